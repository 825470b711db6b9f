{#- A share at the nearest multiple of 2^-52: differences and sums of such are exact as doubles while they are within ±1. -#}
{% macro on_grid(share) -%}
    (round({{ share }} * 4503599627370496) / 4503599627370496)
{%- endmacro %}
