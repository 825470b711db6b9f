{#-
  What tax leaves of a loan's interest when it is exempt up to a rate, rounded half away from zero to 10 decimals.
  Above the limit either nothing is exempt or only the excess is taxed:
  (rate - (1 - regime factor) * (rate - limit)) / rate. A limit of NULL is no exemption.

  annual_rate, exempt_rate_limit: decimal(11, 8), the rate below 100 (10,000 %), as exact_divide needs it.
-#}
{% macro taxed_interest_factor(annual_rate, regime_factor, exempt_rate_limit, is_limit_for_whole) -%}
    {#- In whole units of 10^-8, so that the divisor is a whole number. -#}
    {%- set rate_units = 'cast(cast(' ~ annual_rate ~ ' as decimal(19, 8)) * 100000000 as decimal(19, 0))' -%}
    {%- set excess_units = 'cast((cast(' ~ annual_rate ~ ' as decimal(19, 8)) - ' ~ exempt_rate_limit ~ ') * 100000000 as decimal(19, 0))' -%}
    {%- set tax_share = 'cast(1 - ' ~ regime_factor ~ ' as decimal(11, 10))' -%}
    cast(case
        when {{ exempt_rate_limit }} is null then {{ regime_factor }}
        when {{ annual_rate }} <= {{ exempt_rate_limit }} or {{ annual_rate }} <= 0 then 1
        when {{ is_limit_for_whole }} then {{ regime_factor }}
        else {{ exact_divide(rate_units ~ ' - ' ~ tax_share ~ ' * ' ~ excess_units, rate_units, 10) }}
    end as decimal(11, 10))
{%- endmacro %}
