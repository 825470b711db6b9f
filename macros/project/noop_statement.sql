{#-
  dbt's own, but for one line: it writes what a seed ran to target/run/<path of the seed's file>. For a policy folder
  outside the project that path is absolute, so it is the policy file itself, and the bank's policy is overwritten.
-#}
{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
    {%- set sql = caller() -%}
    {%- if name is not none -%}
        {{ store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) }}
    {%- endif -%}
{%- endmacro %}
