{#-
  What a unit of balance earns the bank in a year, rounded to 10 decimals: a deposit earns the transfer
  price less its own rate, a loan its rate after tax less the transfer price.
-#}
{% macro spread_rate(contract_kind_code, annual_rate, ftp_rate, net_interest_factor) -%}
    case {{ contract_kind_code }}
        when 'deposit' then {{ ftp_rate }} - {{ annual_rate }}
        when 'loan'
            then round(
                cast({{ annual_rate }} as decimal(11, 8)) * cast({{ net_interest_factor }} as decimal(11, 10))
                - {{ ftp_rate }}, 10
            )
    end
{%- endmacro %}

{#- What a customer pays for a unit of balance after tax, or is paid for it, rounded to 10 decimals. -#}
{% macro net_rate(contract_kind_code, annual_rate, net_interest_factor) -%}
    case {{ contract_kind_code }}
        when 'deposit' then {{ annual_rate }}
        when 'loan'
            then round(
                cast({{ annual_rate }} as decimal(11, 8)) * cast({{ net_interest_factor }} as decimal(11, 10)), 10
            )
    end
{%- endmacro %}

{#- The net interest factor of a contract's terms: the regime's, or more where its interest is exempt; a deposit has none. -#}
{% macro contract_net_interest_factor(terms, regime_factor) -%}
    case
        when {{ terms }}.contract_kind_code = 'deposit' then null
        when {{ terms }}.exempt_rate_limit is null then {{ regime_factor }}
        else {{ taxed_interest_factor(
            terms ~ '.annual_rate', regime_factor, terms ~ '.exempt_rate_limit', terms ~ '.is_limit_for_whole'
        ) }}
    end
{%- endmacro %}

{#- What a sum of daily balances earns at a spread, on the basis of the day count. Ten decimals. -#}
{% macro contribution(daily_balance_sum, spread_rate, alternative={}) -%}
    {{ exact_divide(
        'cast(' ~ daily_balance_sum ~ ' as decimal(22, 2)) * cast(' ~ spread_rate ~ ' as decimal(12, 10))',
        day_count(alternative), 10
    ) }}
{%- endmacro %}

{#-
  Average balance × average spread × days / 360, the study's form: right only while rates stand still. What an undrawn
  line costs is no spread on a balance and comes off as it is.
-#}
{% macro plug_in_contribution(balance_sum, spread_sum, days, contingent_liquidity_amount, alternative={}) -%}
    coalesce(
        {{ exact_divide(
            'cast(' ~ balance_sum ~ ' as decimal(22, 2)) * cast(' ~ spread_sum ~ ' as decimal(15, 10))',
            'nullif(cast(' ~ days ~ ' as bigint) * ' ~ day_count(alternative) ~ ', 0)',
            10
        ) }}, 0
    ) - {{ contingent_liquidity_amount }}
{%- endmacro %}

{#- An amount of the chosen day count on that of an alternative. Ten decimals. -#}
{% macro on_day_count(amount, alternative) -%}
    {{ exact_divide('cast(' ~ amount ~ ' as decimal(26, 10)) * ' ~ day_count(), day_count(alternative), 10) }}
{%- endmacro %}
