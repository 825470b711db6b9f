{#-
  Lower bound of Wilson's score interval of the share count / total, at the normal quantile z; NULL without a total.
  The upper bound is 1 less the lower bound of the rest, so that a share of 1 ends at exactly 1.
-#}
{% macro wilson_lower(count, total, z) -%}
    {%- set count_double = 'cast(' ~ count ~ ' as double)' -%}
    (
        2 * {{ count_double }} + {{ z }} * {{ z }}
        - {{ z }} * sqrt({{ z }} * {{ z }} + 4 * {{ count_double }} * ({{ total }} - {{ count }}) / nullif({{ total }}, 0))
    ) / (2 * ({{ total }} + {{ z }} * {{ z }}))
{%- endmacro %}

{% macro wilson_upper(count, total, z) -%}
    1 - {{ wilson_lower('(' ~ total ~ ' - ' ~ count ~ ')', total, z) }}
{%- endmacro %}
