{#- First and last day a date can hold here: open ends of validity intervals. -#}
{% macro first_date() %}cast('0001-01-01' as date){% endmacro %}
{% macro last_date() %}cast('9999-12-31' as date){% endmacro %}

{#- A var that holds a day as SQL, or SQL null. -#}
{% macro date_setting_sql(name) -%}
    {%- set value = date_setting(name) -%}
    {{ "cast(null as date)" if value is none else "cast('" ~ value ~ "' as date)" }}
{%- endmacro %}

{#- The currency of a row: NULL means the reporting currency. -#}
{% macro currency_or_reporting(column) -%}
    coalesce({{ column }}, '{{ var('reporting_currency') }}')
{%- endmacro %}
