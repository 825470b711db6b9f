{#-
  From contribution to economic value added. Rates of a year meet sums of daily balances, so a part of a year costs its
  days: Σ balance × rate / days of the year, exact. Amounts are cast to over 18 digits, beyond which products overflow.
-#}

{#- What a balance is expected to lose (预期损失): PD × LGD is the rate, or what is provided for its class. Ten decimals. -#}
{% macro expected_loss(daily_balance_sum, expected_loss_rate, days_in_year) -%}
    {{ exact_divide(
        'cast(' ~ daily_balance_sum ~ ' as decimal(22, 2)) * cast(' ~ expected_loss_rate ~ ' as decimal(11, 10))',
        days_in_year,
        10
    ) }}
{%- endmacro %}

{#- The rate of expected loss, PD × LGD, to 10 decimals; both are doubles. -#}
{% macro expected_loss_rate(probability_of_default, loss_given_default) -%}
    round(
        cast({{ probability_of_default }} as decimal(19, 10)) * cast({{ loss_given_default }} as decimal(11, 10)), 10
    )
{%- endmacro %}

{#- Capital held for a unit of balance: risk weight (风险权重) × capital ratio, percent both, as a fraction of 10 decimals. -#}
{% macro capital_rate(risk_weight_pct, capital_ratio_pct) -%}
    round(cast({{ risk_weight_pct }} as decimal(19, 6)) * cast({{ capital_ratio_pct }} as decimal(9, 6)) * 0.0001, 10)
{%- endmacro %}

{#- Capital held on average (经济资本), over the days that the daily balances are summed of. Ten decimals. -#}
{% macro economic_capital(daily_balance_sum, capital_rate, elapsed_days) -%}
    {{ exact_divide(
        'cast(' ~ daily_balance_sum ~ ' as decimal(22, 2)) * cast(' ~ capital_rate ~ ' as decimal(11, 10))',
        elapsed_days,
        10
    ) }}
{%- endmacro %}

{#- What running it costs: an amount a year for each day it is open, and a part of the balance. Ten decimals. -#}
{% macro operating_cost(daily_balance_sum, balance_cost_rate, open_days, annual_cost_amount, days_in_year) -%}
    {{ exact_divide(
        'cast(' ~ daily_balance_sum ~ ' as decimal(22, 2)) * cast(' ~ balance_cost_rate ~ ' as decimal(11, 10)) + '
        ~ open_days ~ ' * cast(' ~ annual_cost_amount ~ ' as decimal(20, 2))',
        days_in_year,
        10
    ) }}
{%- endmacro %}

{#- What shareholders ask for their capital in the elapsed days (资本成本), in cents. -#}
{% macro capital_charge(economic_capital_amount, hurdle_rate_pct, elapsed_days, days_in_year) -%}
    {{ exact_divide(
        'cast(' ~ economic_capital_amount ~ ' as decimal(20, 2)) * cast(' ~ hurdle_rate_pct ~ ' * 0.01 as decimal(10, 8)) * ' ~ elapsed_days,
        days_in_year,
        2
    ) }}
{%- endmacro %}

{#- Income tax (所得税) on a profit, in cents; a loss saves the bank as much elsewhere. -#}
{% macro income_tax(pre_tax_amount, income_tax_rate_pct) -%}
    round(cast({{ pre_tax_amount }} as decimal(20, 2)) * cast({{ income_tax_rate_pct }} * 0.01 as decimal(10, 8)), 2)
{%- endmacro %}

{#- Return a year on the capital held (风险调整后资本收益率), a fraction; NULL without capital. -#}
{% macro raroc(after_tax_amount, economic_capital_amount, elapsed_days, days_in_year) -%}
    case
        when {{ economic_capital_amount }} > 0
            then
                cast(cast({{ after_tax_amount }} as decimal(20, 2)) * {{ days_in_year }} as double)
                / cast(cast({{ economic_capital_amount }} as decimal(20, 2)) * {{ elapsed_days }} as double)
    end
{%- endmacro %}
