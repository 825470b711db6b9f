{#- The same day so many months later, or that month's last day when it has no such day. -#}
{% macro add_months(date, months) %}{{ return(adapter.dispatch('add_months')(date, months)) }}{% endmacro %}

{% macro duckdb__add_months(date, months) -%}
    cast({{ date }} + to_months({{ months }}) as date)
{%- endmacro %}

{% macro spark__add_months(date, months) -%}
    add_months({{ date }}, {{ months }})
{%- endmacro %}
