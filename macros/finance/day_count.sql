{#- Days of the year that rates are for (计息基准天数): a day earns a 360th of the annual rate. -#}
{% macro day_count() -%}
    360
{%- endmacro %}
