{#- Stops before any model when a policy file breaks the rules its seed's YAML gives (meta: policy). -#}
{% macro check_policy() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set specification = {} %}
    {% for seed in graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | sort(attribute='name') %}
        {% set rules = seed.config.get('meta', {}).get('policy') %}
        {% if rules is not none %}
            {% set columns = {} %}
            {% for name, type in seed.config.column_types.items() %}
                {% set column = seed.columns.get(name) %}
                {% set meta = column.config.get('meta', column.meta) if column else {} %}
                {% do columns.update({name: dict(meta, type=type)}) %}
            {% endfor %}
            {% do specification.update({seed.name: dict(rules, columns=columns)}) %}
        {% endif %}
    {% endfor %}
    {% set fault = inspect_policy_files(specification) %}
    {% if fault %}{{ exceptions.raise_compiler_error(fault) }}{% endif %}
{% endmacro %}
