{#-
  One row per figure that a printed one can be held against: relation, measure, and the keys of its row, '' where it has
  none. The relations are CTEs of the caller, named like the marts and policies they come from.
-#}
{% macro paper_measures() %}
    {%- set key_columns = ['population_code', 'segment_code', 'dimension_code', 'dimension_value'] -%}
    {%- set relations = [
        ('segment_profile', ['segment_code'], [
            'loan_share', 'mean_term_days', 'mean_contract_amount', 'mean_annual_rate_pct',
        ]),
        ('segment_composition', key_columns, ['loan_count', 'share_of_value', 'share_of_segment']),
        ('segment_composition', ['population_code', 'dimension_code', 'dimension_value'], ['value_customer_share']),
        ('product_coverage', ['population_code', 'segment_code'], ['coverage_rate', 'product_count']),
        ('tier_summary', ['population_code'], ['contribution_share']),
        ('segmentation_candidate', [], ['candidate_count', 'cluster_count', 'silhouette']),
        ('tier_threshold', ['population_code'], ['minimum_contribution_amount']),
        ('tax_regime', [], ['net_interest_factor']),
        ('day_count', [], ['day_count']),
    ] -%}
    {%- for relation, keys, measures in relations -%}
        {%- set is_last_relation = loop.last -%}
        {%- for measure in measures %}
    select distinct
        '{{ relation }}' as source_code,
        '{{ measure }}' as measure_code,
        {%- for key in key_columns %}
        {{ key if key in keys else "''" }} as {{ key }},
        {%- endfor %}
        cast({{ measure }} as decimal(28, 12)) as measured_value
    from {{ relation }}
        {{- '\n\n    union all\n' if not (is_last_relation and loop.last) }}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}
