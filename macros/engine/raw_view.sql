{#- Everything DuckDB needs to know to read the extracts' files. See extract_door.py beside it. -#}

{% macro inspect_extract_files(specification) %}
    {{ return(adapter.dispatch('inspect_extract_files')(specification)) }}
{% endmacro %}

{% macro duckdb__inspect_extract_files(specification) %}
    {% set query = "select inspect_extracts('" ~ tojson(specification) | replace("'", "''") ~ "')" %}
    {{ return(fromjson(run_query(query).rows[0][0])) }}
{% endmacro %}

{% macro inspect_policy_files(specification) %}
    {{ return(adapter.dispatch('inspect_policy_files')(specification)) }}
{% endmacro %}

{% macro duckdb__inspect_policy_files(specification) %}
    {% set query = "select inspect_policy('" ~ tojson(specification) | replace("'", "''") ~ "')" %}
    {{ return(run_query(query).rows[0][0]) }}
{% endmacro %}

{% macro raw_view_statements(sources, answer) %}
    {{ return(adapter.dispatch('raw_view_statements')(sources, answer)) }}
{% endmacro %}

{% macro duckdb__raw_view_statements(sources, answer) %}
create schema if not exists raw;
create or replace view raw.extract_file as
select
    cast(extract_name as varchar) as extract_name,
    cast(file_number as bigint) as file_number,
    cast(file_path as varchar) as file_path,
    cast(content_hash as varchar) as content_hash
from (values (null, null, null, null)
{%- for name in sources %}{% for part in answer.extracts[name] -%}
    , ({{ sql_text(name) }}, {{ loop.index0 }}, {{ sql_text(part.path) }}, {{ sql_text(part.content_hash) }})
{%- endfor %}{% endfor %}) as file (extract_name, file_number, file_path, content_hash)
where extract_name is not null;
create or replace view raw.door_finding as
select
    cast(finding_code as varchar) as finding_code,
    cast(extract_name as varchar) as extract_name,
    cast(detail as varchar) as detail
from (values (null, null, null)
{%- for finding in answer.findings -%}
    , ({{ sql_text(finding.finding_code) }}, {{ sql_text(finding.extract_name) }}, {{ sql_text(finding.detail) }})
{%- endfor %}) as finding (finding_code, extract_name, detail)
where finding_code is not null;
{% for name, source in sources.items() %}
create or replace view raw.{{ name }} as
{{ raw_view(source, answer.extracts[name]) }};
{% endfor %}
{% endmacro %}

{#- Parts that share their columns' types are read together; an absent table is an empty one. -#}
{% macro raw_view(source, parts) %}
    {% set groups = {} %}
    {% for part in parts %}
        {% set shape = tojson([part.columns, part.hive | list]) %}
        {% do groups.setdefault(shape, []).append({'number': loop.index0, 'part': part}) %}
    {% endfor %}
    {% for members in groups.values() %}
{{ raw_part_select(source, members) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not groups %}
select
    {% for column in source.columns.values() %}cast(null as {{ column.data_type }}) as {{ column.name }},
    {% endfor %}
    cast(null as varchar) as missing_column,
    cast(null as varchar) as wrong_type_column,
    cast(null as varchar) as row_key,
    cast(null as varchar) as row_json,
    cast(null as bigint) as file_order
where false
    {% endif %}
{% endmacro %}

{#-
  Three steps: the cells as read (text trimmed, blank is null), the cells typed, and what is wrong
  with them. file_order counts files bytewise by path, then rows: the order that decides duplicates.
-#}
{% macro raw_part_select(source, members) %}
    {% set physical = {} %}
    {% set names = {} %}
    {% set spelling = {} %}
    {% set hive = {} %}
    {% set part = members[0].part %}
    {% for name, type in part.columns.items() %}
        {% do spelling.update({name | lower: name}) %}
        {% do physical.update({name | lower: type}) %}
        {% do names.update({name | lower: '"' ~ name | replace('"', '""') ~ '"'}) %}
    {% endfor %}
    {% for name in part.hive %}
        {% set values = [] %}
        {% for member in members %}{% do values.append(sql_text(member.part.hive[name])) %}{% endfor %}
        {% set value = '([' ~ values | join(', ') ~ '])[cast(file_index as bigint) + 1]' %}
        {% do spelling.update({name | lower: name}) %}
        {% do physical.update({name | lower: 'VARCHAR'}) %}
        {% do names.update({name | lower: 'cast(' ~ value ~ ' as varchar)'}) %}
    {% endfor %}
    {% set paths = [] %}
    {% set numbers = [] %}
    {% for member in members %}
        {% do paths.append(sql_text(member.part.readable)) %}
        {% do numbers.append(member.number) %}
    {% endfor %}
select
    {% for column in source.columns.values() %}{{ column.name }},
    {% endfor %}
    case {% for column in source.columns.values() if column_rule(column, 'required') %}
        when {{ column.name }}__cell is null then '{{ column.name }}'{% endfor %} end as missing_column,
    case {% for column in source.columns.values() %}
        when {{ column.name }}__cell is not null and {{ column.name }} is null then '{{ column.name }}'
        {%- endfor %} end as wrong_type_column,
    {% for column in source.columns.values() if column_rule(column, 'key') -%}
        {{ "" if loop.first else " || '|' || " -}}
        coalesce({{ cell_text(column.name ~ '__cell', physical.get(column.name)) }}, '')
    {%- endfor %} as row_key,
    row_json,
    file_order
from (
    select
        {% for column in source.columns.values() %}{{ column.name }}__cell,
        {{ typed_cell(column.name ~ '__cell', physical.get(column.name), column.data_type) }} as {{ column.name }},
        {% endfor %}
        row_json,
        file_order
    from (
        select
            {% for column in source.columns.values() %}
            {%- set name = names.get(column.name, 'cast(null as varchar)') %}
            {%- if physical.get(column.name) == 'VARCHAR' -%}
                nullif(trim({{ name }}, {{ white_space() }}), '')
            {%- else -%}{{ name }}
            {%- endif %} as {{ column.name }}__cell,
            {% endfor %}
            {# JSON has no NaN, so floats are text there. -#}
            cast(json_object({% for name, cell in names.items() %}
                {{ sql_text(spelling[name]) }}, {{ 'cast(' ~ cell ~ ' as varchar)' if physical[name] in ('FLOAT', 'DOUBLE') else cell }}
                {{- ", " if not loop.last }}
            {% endfor %}) as varchar) as row_json,
            ([{{ numbers | join(', ') }}])[cast(file_index as bigint) + 1] * {{ rows_per_file() }} + file_row_number as file_order
        from read_parquet([{{ paths | join(', ') }}], file_row_number = true, hive_partitioning = false, binary_as_string = true)
    ) as read_cell
) as checked_cell
{% endmacro %}

{#- The characters trimmed from text: space, tab, line ends, no-break and ideographic space. -#}
{% macro white_space() -%}
    ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288)
{%- endmacro %}

{% macro sql_text(value) -%}
    {{ "null" if value is none else "'" ~ value | replace("'", "''") ~ "'" }}
{%- endmacro %}

{#- A cell as the text of a code or key: plain decimals, ISO days. -#}
{% macro cell_text(cell, physical) -%}
    {%- if physical in ('FLOAT', 'DOUBLE') -%}
        case
            when isfinite({{ cell }}) and {{ cell }} = trunc({{ cell }}) and abs({{ cell }}) < 1e38
                then cast(cast({{ cell }} as hugeint) as varchar)
            else cast({{ cell }} as varchar)
        end
    {%- elif physical and physical.startswith('TIMESTAMP') -%}
        case
            when {{ cell }} = date_trunc('day', {{ cell }}) then cast(cast({{ cell }} as date) as varchar)
            else cast({{ cell }} as varchar)
        end
    {%- else -%}
        cast({{ cell }} as varchar)
    {%- endif -%}
{%- endmacro %}

{#- A cell as its contract type; null where it does not hold such a value. -#}
{% macro typed_cell(cell, physical, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- set is_float = physical in ('FLOAT', 'DOUBLE') -%}
    {%- set is_decimal = physical is not none and physical.startswith('DECIMAL') -%}
    {%- set is_integer = physical is not none and 'INT' in physical -%}
    {%- set is_timestamp = physical is not none and physical.startswith('TIMESTAMP') -%}
    {%- if physical is none -%}
        cast(null as {{ type }})
    {%- elif type == 'varchar' and is_float -%}
        case when isfinite({{ cell }}) then {{ cell_text(cell, physical) }} end
    {%- elif type == 'varchar' -%}
        {{ cell_text(cell, physical) }}
    {%- elif physical == 'VARCHAR' -%}
        {{ typed_text(cell, type) }}
    {%- elif type == 'boolean' -%}
        {{ cell if physical == 'BOOLEAN' else typed_text('(' ~ cell_text(cell, physical) ~ ')', type) }}
    {%- elif type == 'date' and physical == 'DATE' -%}
        {{ cell }}
    {%- elif type == 'date' and is_timestamp -%}
        case when {{ cell }} = date_trunc('day', {{ cell }}) then cast({{ cell }} as date) end
    {%- elif type == 'timestamp' and (is_timestamp or physical == 'DATE') -%}
        cast({{ cell }} as timestamp)
    {%- elif type == 'integer' and (is_integer or is_decimal or is_float) -%}
        case when {{ cell }} = trunc({{ cell }}) then try_cast({{ cell }} as integer) end
    {%- elif type == 'double' and (is_integer or is_decimal or is_float) -%}
        case when isfinite(cast({{ cell }} as double)) then cast({{ cell }} as double) end
    {%- elif type.startswith('decimal') and is_decimal -%}
        case
            when try_cast(try_cast({{ cell }} as {{ type }}) as {{ physical }}) = {{ cell }}
                then try_cast({{ cell }} as {{ type }})
        end
    {%- elif type.startswith('decimal') and is_integer -%}
        try_cast({{ cell }} as {{ type }})
    {%- elif type.startswith('decimal') and is_float -%}
        {#- A float is the shortest decimal that names it: 2.675 is 2.68 in cents, whatever its bits. -#}
        try_cast(cast({{ cell }} as varchar) as {{ type }})
    {%- else -%}
        cast(null as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- The contract's rules for typed values written as text. A time with a zone becomes UTC. -#}
{% macro typed_text(text, type) -%}
    {%- if type == 'date' -%}
        case
            when regexp_full_match({{ text }}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') and {{ text }} >= '0001'
                then try_cast({{ text }} as date)
        end
    {%- elif type == 'timestamp' -%}
        case
            when regexp_full_match(
                {{ text }},
                '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?'
            ) and {{ text }} >= '0001' then cast(try_cast({{ text }} as timestamptz) as timestamp)
        end
    {%- elif type == 'boolean' -%}
        case when lower({{ text }}) in ('true', '1') then true when lower({{ text }}) in ('false', '0') then false end
    {%- elif type == 'double' -%}
        case
            when regexp_full_match({{ text }}, '-?[0-9]+([.][0-9]+)?') and isfinite(try_cast({{ text }} as double))
                then try_cast({{ text }} as double)
        end
    {%- else -%}
        {%- set scale = modules.re.findall('[0-9]+', type)[1] | int if type.startswith('decimal') else 0 -%}
        {%- set fraction = '[.][0-9]{1,' ~ scale ~ '}0*' if scale else '[.]0+' -%}
        case when regexp_full_match({{ text }}, '-?[0-9]+({{ fraction }})?') then try_cast({{ text }} as {{ type }}) end
    {%- endif -%}
{%- endmacro %}
