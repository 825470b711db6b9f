{#-
  numerator / denominator rounded half away from zero to `scale` decimals, exact on any engine.

  SQL engines disagree on decimal division, so the quotient is estimated twice as a double and then
  corrected by the exact decimal remainder. numerator: decimal of at most 22 integer digits and 12
  decimals; denominator: a whole number from 1 to 9,999,999,999; scale: 0 to 10.
-#}
{% macro exact_divide(numerator, denominator, scale) -%}
    {%- set number = 'cast(' ~ numerator ~ ' as decimal(34, 12))' -%}
    {%- set divisor = 'cast(' ~ denominator ~ ' as decimal(10, 0))' -%}
    {%- set result = 'decimal(26, ' ~ scale ~ ')' -%}
    {%- set unit = 'cast(' ~ '%.12f' % (10 ** -scale) ~ ' as decimal(19, 12))' -%}
    {%- set estimate = 'cast(cast(' ~ number ~ ' as double) / ' ~ denominator ~ ' as ' ~ result ~ ')' -%}
    {%- set rest = 'cast(' ~ number ~ ' - ' ~ estimate ~ ' * ' ~ divisor ~ ' as double)' -%}
    {%- set quotient = 'cast(' ~ estimate ~ ' + cast(' ~ rest ~ ' / ' ~ denominator ~ ' as ' ~ result ~ ') as ' ~ result ~ ')' -%}
    {%- set remainder = '(2 * cast(' ~ number ~ ' - ' ~ quotient ~ ' * ' ~ divisor ~ ' as decimal(34, 12)))' -%}
    {%- set step = '(' ~ divisor ~ ' * ' ~ unit ~ ')' -%}
    cast({{ quotient }} + case
        when {{ remainder }} > {{ step }} or ({{ remainder }} = {{ step }} and {{ number }} >= 0) then {{ unit }}
        when {{ remainder }} < -{{ step }} or ({{ remainder }} = -{{ step }} and {{ number }} < 0) then -{{ unit }}
        else 0
    end as {{ result }})
{%- endmacro %}
