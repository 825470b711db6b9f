{#- Stops before any model when a var cannot be what its name says. -#}
{% macro check_settings() %}
    {% for name in ['as_of_date', 'segmentation_start_date', 'segmentation_end_date'] %}
        {% set value = date_setting(name) %}
        {% if execute and value is not none %}
            {% set answer = run_query("select try_cast('" ~ value | replace("'", "''") ~ "' as date)") %}
            {% if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value) or answer.rows[0][0] is none %}
                {{ exceptions.raise_compiler_error("var " ~ name ~ ": '" ~ value ~ "' is no day. Write it as YYYY-MM-DD") }}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% if not modules.re.fullmatch('[A-Za-z0-9]+', var('reporting_currency') | string) %}
        {{ exceptions.raise_compiler_error("var reporting_currency: '" ~ var('reporting_currency') ~ "' is no currency code. Write it like CNY") }}
    {% endif %}
    {% if var('segmentation_include_retail') is not boolean %}
        {{ exceptions.raise_compiler_error("var segmentation_include_retail: '" ~ var('segmentation_include_retail') ~ "' is neither true nor false") }}
    {% endif %}
{% endmacro %}

{#- A var that holds a day, as text; none where it is not set. -#}
{% macro date_setting(name) %}
    {% set value = var(name, none) %}
    {{ return(none if value is none or value | string | lower in ['none', 'null', ''] else value | string) }}
{% endmacro %}
