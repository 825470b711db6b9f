{#-
  Every row of an extract with the first reason to reject it, in the contract's order, or null.

  references: column -> base model of the master it points to. Checked only when the master's file is
  there; a rejected master row still counts. optional_references: the same, but an unknown value is
  set to null and kept in <column>_unknown instead of rejecting the row.
-#}
{% macro checked_extract(system, extract, references={}, optional_references={}) %}
{{ config(materialized='table') }}
{%- set extract_relation = source(system, extract) -%}
{%- set file_relation = source('door', 'extract_file') -%}
{%- set masters = {} -%}
{%- for column, model in dict(references, **optional_references).items() -%}
    {%- do masters.update({column: {'relation': ref(model), 'extract': model.split('__')[1]}}) -%}
{%- endfor -%}
{% if execute %}
{%- set source_node = extract_sources()[extract] -%}
{%- set columns = source_node.columns.values() -%}
{%- set keys = [] -%}
{%- for column in columns if column_rule(column, 'key') %}{% do keys.append(column.name) %}{% endfor -%}
{%- set meta = source_node.config.get('meta', source_node.meta) -%}
with

extract as (

    select * from {{ extract_relation }}

),
{% for column, master in masters.items() %}
{{ column }}_master as (

    select distinct {{ column }} as {{ column }}_known
    from {{ master.relation }}
    where {{ column }} is not null

),

{{ column }}_master_file as (

    -- Nothing is checked against a master that was not delivered.
    select count(*) > 0 as is_{{ column }}_checked
    from {{ file_relation }}
    where extract_name = '{{ master.extract }}'

),
{% endfor %}
checked as (

    select
        {% for column in columns if column.name not in optional_references %}extract.{{ column.name }},
        {% endfor %}
        {% for column in optional_references %}case when is_{{ column }}_checked then {{ column }}_known else extract.{{ column }} end as {{ column }},
        case when is_{{ column }}_checked and {{ column }}_known is null then extract.{{ column }} end as {{ column }}_unknown,
        {% endfor %}
        extract.row_key,
        extract.row_json,
        extract.file_order,
        case
            when extract.missing_column is not null then 'missing_required'
            when extract.wrong_type_column is not null then 'wrong_type'
            {% for condition in range_faults(columns) %}when {{ condition }} then 'out_of_range'
            {% endfor %}
            {% for pair in meta.get('in_order', []) %}when extract.{{ pair[1] }} < extract.{{ pair[0] }} then 'bad_order'
            {% endfor %}
            {% for column in references %}when is_{{ column }}_checked and extract.{{ column }} is not null and {{ column }}_known is null
                then 'unknown_reference'
            {% endfor %}
        end as fault_code
    from extract
    {% for column in masters %}
    left join {{ column }}_master
        on extract.{{ column }} = {{ column }}_known
    cross join {{ column }}_master_file
    {% endfor %}

),

duplicated_keys as (

    select
        {% for key in keys %}{{ key }},
        {% endfor %}
        max(file_order) as last_file_order
    from checked
    where fault_code is null
    group by {{ keys | join(', ') }}
    having count(*) > 1

),

final as (

    select
        {% for column in columns %}checked.{{ column.name }},
        {% endfor %}
        {% for column in optional_references %}checked.{{ column }}_unknown,
        {% endfor %}
        checked.row_key,
        checked.row_json,
        checked.file_order,
        coalesce(
            checked.fault_code,
            case when checked.file_order < duplicated_keys.last_file_order then 'duplicate_key' end
        ) as reason_code
    from checked
    left join duplicated_keys
        on {% for key in keys %}checked.{{ key }} = duplicated_keys.{{ key }}{{ "\n        and " if not loop.last }}{% endfor %}

)

select
    {% for column in columns %}{{ column.name }},
    {% endfor %}
    {% for column in optional_references %}{{ column }}_unknown,
    {% endfor %}
    row_key,
    -- Kept for rejected rows only: the accepted ones are in the columns.
    case when reason_code is not null then row_json end as row_json,
    file_order,
    reason_code
from final
{% endif %}
{% endmacro %}

{#- The conditions under which a column is outside the range its source YAML gives. -#}
{% macro range_faults(columns) %}
    {% set conditions = [] %}
    {% for column in columns %}
        {% for rule, operator in {'minimum': '<', 'maximum': '>', 'above': '<='}.items() %}
            {% set bound = column_rule(column, rule) %}
            {% if bound is not none %}
                {% do conditions.append('extract.' ~ column.name ~ ' ' ~ operator ~ ' ' ~ bound) %}
            {% endif %}
        {% endfor %}
        {% set allowed = column_rule(column, 'allowed') %}
        {% if allowed %}
            {% do conditions.append("extract." ~ column.name ~ " not in ('" ~ allowed | join("', '") ~ "')") %}
        {% endif %}
    {% endfor %}
    {{ return(conditions) }}
{% endmacro %}
