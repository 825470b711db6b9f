{#-
  numerator / denominator rounded half away from zero to `scale` decimals, exact on any engine.

  SQL engines disagree on decimal division, so the quotient is estimated twice as a double and then
  settled by the exact decimal remainder. numerator: decimal of at most 22 integer digits and 12
  decimals; denominator: a whole number from 1 to 9,999,999,999; scale: 0 to 10.

  Over millions of rows, put quotient_estimate in one CTE and quotient_settled in the next: inline, the
  engine computes the estimate five times.
-#}
{% macro exact_divide(numerator, denominator, scale) -%}
    {{ quotient_settled(numerator, denominator, quotient_estimate(numerator, denominator, scale), scale) }}
{%- endmacro %}

{#- The quotient, at most one unit of its last decimal off. -#}
{% macro quotient_estimate(numerator, denominator, scale) -%}
    {%- set number = 'cast(' ~ numerator ~ ' as decimal(34, 12))' -%}
    {%- set result = 'decimal(26, ' ~ scale ~ ')' -%}
    {%- set first = 'cast(cast(' ~ number ~ ' as double) / ' ~ denominator ~ ' as ' ~ result ~ ')' -%}
    {%- set rest = 'cast(' ~ number ~ ' - ' ~ first ~ ' * cast(' ~ denominator ~ ' as decimal(10, 0)) as double)' -%}
    cast({{ first }} + cast({{ rest }} / {{ denominator }} as {{ result }}) as {{ result }})
{%- endmacro %}

{#- The estimate moved to where the remainder is at most half a unit, ties away from zero. -#}
{% macro quotient_settled(numerator, denominator, estimate, scale) -%}
    {%- set number = 'cast(' ~ numerator ~ ' as decimal(34, 12))' -%}
    {%- set divisor = 'cast(' ~ denominator ~ ' as decimal(10, 0))' -%}
    {%- set result = 'decimal(26, ' ~ scale ~ ')' -%}
    {#- In the result's own scale: another one would be divided back into it. -#}
    {%- set unit = 'cast(' ~ '%.12f' % (10 ** -scale) ~ ' as decimal(19, ' ~ scale ~ '))' -%}
    {%- set remainder = '(2 * cast(' ~ number ~ ' - ' ~ estimate ~ ' * ' ~ divisor ~ ' as decimal(34, 12)))' -%}
    {%- set step = '(' ~ divisor ~ ' * ' ~ unit ~ ')' -%}
    cast({{ estimate }} + case
        when {{ remainder }} > {{ step }} or ({{ remainder }} = {{ step }} and {{ number }} >= 0) then {{ unit }}
        when {{ remainder }} < -{{ step }} or ({{ remainder }} = -{{ step }} and {{ number }} < 0) then -{{ unit }}
        else 0
    end as {{ result }})
{%- endmacro %}
