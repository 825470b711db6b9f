{#- A part of a whole as a fraction; NULL of nothing. -#}
{% macro share(part, whole) -%}
    (cast({{ part }} as double) / nullif({{ whole }}, 0))
{%- endmacro %}
