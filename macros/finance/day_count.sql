{#- Days of the year that rates are for (计息基准天数): with 360 a day earns a 360th of the annual rate. -#}
{% macro day_count(alternative={}) -%}
    {{ reading('day_count', alternative) }}
{%- endmacro %}
