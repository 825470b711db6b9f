{#-
  The question what a loan would earn, kept in the working file as the function what_if.price_loans(name of a table of requests):
  a reader asks it in a moment, without dbt and without writing. Made anew by a build that made all the models it asks.
-#}
{% macro keep_what_if(results) %}
    {% if not execute or flags.WHICH not in ['build', 'run'] %}{{ return('') }}{% endif %}
    {% set queries, plan = {}, priced_loan_models() %}
    {% for result in results if result.node.resource_type == 'model' and result.status == 'success' %}
        {% do queries.update({result.node.name: result.node.compiled_code}) %}
    {% endfor %}
    {% for name in models_that_lead_to(plan.targets + plan.targets_by_day, plan.replaced, plan.kept) if name not in queries %}
        {{ return('') }}
    {% endfor %}
    {{ return(adapter.dispatch('keep_what_if')(queries)) }}
{% endmacro %}

{% macro default__keep_what_if(queries) %}{% endmacro %}

{% macro duckdb__keep_what_if(queries) %}
    {#- Without the database's name, which is that of the file: a copy may have another. -#}
    create schema if not exists what_if;
    create or replace macro what_if.price_loans(request_table) as table
    {{ priced_loans('query_table(request_table)', queries) | replace(adapter.quote(target.database) ~ '.', '') }}
{% endmacro %}

{#- Ends the query with a line of text. -#}
{% macro fault(message) -%}{{ adapter.dispatch('fault')(message) }}{%- endmacro %}

{% macro default__fault(message) -%}raise_error({{ message }}){%- endmacro %}

{% macro duckdb__fault(message) -%}error({{ message }}){%- endmacro %}
