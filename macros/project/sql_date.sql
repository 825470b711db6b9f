{#- First and last day a date can hold here: open ends of validity intervals. -#}
{% macro first_date() %}cast('0001-01-01' as date){% endmacro %}
{% macro last_date() %}cast('9999-12-31' as date){% endmacro %}

{#- A var that holds a day as SQL, or SQL null. -#}
{% macro date_setting_sql(name) -%}
    {%- set value = date_setting(name) -%}
    {{ "cast(null as date)" if value is none else "cast('" ~ value ~ "' as date)" }}
{%- endmacro %}

{#- A var that holds text as SQL, or SQL null. -#}
{% macro text_setting_sql(name) -%}
    {%- set value = text_setting(name) -%}
    {{ "cast(null as varchar)" if value is none else "'" ~ value | replace("'", "''") ~ "'" }}
{%- endmacro %}

{#- The currency of a row: NULL means the reporting currency. -#}
{% macro currency_or_reporting(column) -%}
    coalesce({{ column }}, '{{ var('reporting_currency') }}')
{%- endmacro %}

{#- The first day of a month that is not before a day: from when a rule bound by months holds. -#}
{% macro first_of_month_from(day) -%}
    case
        when {{ day }} in ({{ first_date() }}, {{ last_date() }}) or {{ day }} = cast(date_trunc('month', {{ day }}) as date)
            then {{ day }}
        else last_day({{ day }}) + 1
    end
{%- endmacro %}

{#- The day that figures speak of with its year: the first day, the days elapsed and all its days. -#}
{% macro reporting_day(day) -%}
    {%- set year_start = "cast(date_trunc('year', " ~ day ~ ") as date)" -%}
    {{ day }} as as_of_date,
    {{ year_start }} as year_start_date,
    cast({{ days_between(year_start, day) }} + 1 as integer) as elapsed_days,
    cast({{ days_between(year_start, add_months(year_start, 12)) }} as integer) as days_in_year
{%- endmacro %}
