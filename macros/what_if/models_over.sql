{#-
  Models over other rows, as CTEs of one query. What `replaced` names is read from CTEs of those names that the caller puts
  first; every model under them that leads to a target is computed from these by its own SQL, so that nothing is said
  twice; `kept` and whatever does not depend on the replaced is read as the build left it. `queries` has the SQL that this
  build made the models by.
-#}
{% macro models_over(replaced, targets, kept, queries) %}
    {% set names = models_that_lead_to(targets, replaced, kept) %}
    {% set ctes = [] %}
    {% for name in names %}
        {% set model = namespace(sql=queries[name]) %}
        {% for other in replaced + names %}
            {% set model.sql = model.sql | replace(built(other), other) %}
        {% endfor %}
        {% do ctes.append(name ~ ' as (\n\n' ~ model.sql ~ '\n\n)') %}
    {% endfor %}
    {{ return(ctes | join(',\n\n')) }}
{% endmacro %}

{#- The models from the replaced to some targets, parents first. -#}
{% macro models_that_lead_to(targets, replaced, kept) %}
    {% set names, seen = [], {} %}
    {% for target in targets %}
        {% for name in models_between(target, replaced, kept, seen) if name not in names %}{% do names.append(name) %}{% endfor %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{#- The models from the replaced to a target, itself included, parents first; none when it does not depend on them. -#}
{% macro models_between(target, replaced, kept, seen) %}
    {% if target in replaced or target in kept %}{{ return([]) }}{% endif %}
    {% if target in seen %}{{ return(seen[target]) }}{% endif %}
    {% set names, state = [], namespace(is_reached=false) %}
    {% for parent in model_node(target).depends_on.nodes if parent.startswith('model.') %}
        {% set parent_name = graph.nodes[parent].name %}
        {% set between = models_between(parent_name, replaced, kept, seen) %}
        {% if between or parent_name in replaced %}{% set state.is_reached = true %}{% endif %}
        {% for name in between if name not in names %}{% do names.append(name) %}{% endfor %}
    {% endfor %}
    {% if state.is_reached %}{% do names.append(target) %}{% endif %}
    {% do seen.update({target: names}) %}
    {{ return(names) }}
{% endmacro %}

{% macro model_node(name) %}{{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name]) }}{% endmacro %}

{#- The relation of a model or seed; a ref would ask what hooks cannot say, what they depend on. -#}
{% macro built(name) %}
    {% set model, seed = 'model.' ~ project_name ~ '.' ~ name, 'seed.' ~ project_name ~ '.' ~ name %}
    {{ return(graph.nodes[model if model in graph.nodes else seed].relation_name) }}
{% endmacro %}
