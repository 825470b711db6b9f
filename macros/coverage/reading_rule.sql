{#- Whether a row with customer_type_code, enterprise_size and industry_section is in the study's population (研究总体). -#}
{% macro in_population(alternative={}) -%}
    {%- set sizes = {'without_large': "('large', 'unclassified')", 'without_micro': "('micro')"} -%}
    {%- set left_out = sizes.get(reading('population_sizes', alternative)) -%}
    {%- set conditions = [] -%}
    {%- if not reading('segmentation_include_retail', alternative) %}{% do conditions.append("coalesce(customer_type_code, '') <> 'retail'") %}{% endif -%}
    {%- if left_out %}{% do conditions.append("coalesce(enterprise_size, '') not in " ~ left_out) %}{% endif -%}
    {%- if not reading('population_includes_finance', alternative) %}{% do conditions.append("coalesce(industry_section, '') <> 'J'") %}{% endif -%}
    ({{ conditions | join(' and ') or 'true' }})
{%- endmacro %}

{#-
  What a segmented loan with contract_amount, start_date and customer_id counts for in coverage: one loan, its amount, or
  its customer, who is counted with its latest loan, as in its segment. Of the relation's rows.
-#}
{% macro coverage_weight(alternative={}) -%}
    {%- set base = reading('coverage_base', alternative) -%}
    {%- if base == 'amount' -%}
    cast(contract_amount as decimal(18, 2))
    {%- elif base == 'customers' -%}
    cast(
        case when row_number() over (partition by customer_id order by start_date desc, loan_id desc) = 1 then 1 else 0 end
        as decimal(18, 2)
    )
    {%- else -%}
    cast(1 as decimal(18, 2))
    {%- endif -%}
{%- endmacro %}

{#- The readings of the population that are not the shipped ones, as text; nothing where all are. -#}
{% macro other_population() -%}
    {%- set found = [] -%}
    {%- if reading('population_sizes') != 'all' %}{% do found.append(reading('population_sizes')) %}{% endif -%}
    {%- if not reading('population_includes_finance') %}{% do found.append('without_finance') %}{% endif -%}
    {%- for name in found %} {{ name }}{% endfor -%}
{%- endmacro %}
