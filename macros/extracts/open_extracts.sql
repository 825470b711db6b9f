{#-
  The door: finds every extract's files, stops on one that cannot be read, and creates
  the `raw` views, one per extract, with the columns its source YAML lists. Runs once per dbt command,
  before any model.
-#}
{% macro open_extracts() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set sources = extract_sources() %}
    {% set specification = {} %}
    {% for name, source in sources.items() %}
        {% set required = [] %}
        {% for column in source.columns.values() if column_rule(column, 'required') %}
            {% do required.append(column.name) %}
        {% endfor %}
        {% do specification.update({name: {'columns': source.columns | list, 'required': required}}) %}
    {% endfor %}
    {% set answer = inspect_extract_files(specification) %}
    {% if answer.fault %}{{ exceptions.raise_compiler_error(answer.fault) }}{% endif %}
    {% do run_query(raw_view_statements(sources, answer)) %}
{% endmacro %}

{#- Every extract of the contract: its name -> its source node, with the columns a bank delivers. -#}
{% macro extract_sources() %}
    {% set found = {} %}
    {% for source in graph.sources.values() | sort(attribute='unique_id') if source.source_name != 'door' %}
        {% set columns = {} %}
        {% for name, column in source.columns.items() if not column_rule(column, 'of_the_door') %}
            {% do columns.update({name: column}) %}
        {% endfor %}
        {% do found.update({source.name: dict(source, columns=columns)}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- A rule (key, required, minimum, maximum, above, allowed) of a source column, or none. -#}
{% macro column_rule(column, rule) %}
    {{ return(column.config.get('meta', {}).get(rule, column.meta.get(rule))) }}
{% endmacro %}
