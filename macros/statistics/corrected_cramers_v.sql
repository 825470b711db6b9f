{#-
  Cramér's V of a cross-table without the part that chance alone gives (Bergsma 2013): chi-square over n less its
  expectation, at least 0, over sides that are as much smaller. NULL where every member is a row or a column of its own.
-#}
{% macro corrected_cramers_v(chi_square, total, rows, columns) -%}
    {%- set excess = '(' ~ chi_square ~ ' / ' ~ total ~ ' - cast((' ~ rows ~ ' - 1) * (' ~ columns ~ ' - 1) as double)'
        ~ ' / nullif(' ~ total ~ ' - 1, 0))' -%}
    {%- set side = '({n} - 1) * (1 - cast({n} - 1 as double) / nullif(' ~ total ~ ' - 1, 0))' -%}
    {#- What is under a millionth of a millionth is the noise of doubles, which the root would make visible. -#}
    sqrt(
        case when {{ excess }} < 0.000000000001 then 0 else {{ excess }} end
        / nullif(least({{ side | replace('{n}', rows) }}, {{ side | replace('{n}', columns) }}), 0)
    )
{%- endmacro %}
