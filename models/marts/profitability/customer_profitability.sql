with

contributions as (

    select * from {{ ref('customer_contribution') }}

),

tiers as (

    select * from {{ ref('customer_tier') }}

),

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

policies as (

    select * from {{ ref('profitability_policy') }}

),

unknowns as (

    -- What could not be priced counts 0, yet its cost, loss and capital count.
    select distinct customer_id
    from {{ ref('int_contract__year_to_date') }}
    where has_unknown_month

),

costs as (

    select
        customer_id,
        round(sum(operating_cost_amount), 2) as operating_cost_amount
    from {{ ref('int_value__operating_cost') }}
    group by customer_id

),

risks as (

    -- A loan that cannot be converted counts 0, as it does in the contribution.
    select
        customer_id,
        round(sum(expected_loss_amount), 2) as expected_loss_amount,
        round(sum(economic_capital_amount), 2) as economic_capital_amount
    from {{ ref('int_value__loan_risk') }}
    group by customer_id

),

joined as (

    select
        contributions.customer_id,
        contributions.as_of_date,
        contributions.elapsed_days,
        as_of.days_in_year,
        tiers.tier_code,
        unknowns.customer_id is not null as has_unknown_contribution,
        contributions.contribution_amount,
        cast(coalesce(costs.operating_cost_amount, 0) as decimal(18, 2)) as operating_cost_amount,
        cast(coalesce(risks.expected_loss_amount, 0) as decimal(18, 2)) as expected_loss_amount,
        cast(coalesce(risks.economic_capital_amount, 0) as decimal(18, 2)) as economic_capital_amount,
        policies.hurdle_rate_pct,
        policies.income_tax_rate_pct
    from contributions
    cross join as_of
    inner join tiers
        on contributions.customer_id = tiers.customer_id
    left join unknowns
        on contributions.customer_id = unknowns.customer_id
    left join policies
        on contributions.as_of_date between policies.valid_from and policies.valid_to
    left join costs
        on contributions.customer_id = costs.customer_id
    left join risks
        on contributions.customer_id = risks.customer_id

),

charged as (

    select
        *,
        cast(contribution_amount - operating_cost_amount - expected_loss_amount as decimal(18, 2)) as pre_tax_amount,
        cast(coalesce(
            {{ capital_charge('economic_capital_amount', 'hurdle_rate_pct', 'elapsed_days', 'days_in_year') }}, 0
        ) as decimal(18, 2)) as capital_charge_amount
    from joined

),

taxed as (

    -- Without any date there is no policy of the day, and nothing to tax.
    select
        *,
        cast(coalesce({{ income_tax('pre_tax_amount', 'income_tax_rate_pct') }}, 0) as decimal(18, 2))
            as income_tax_amount
    from charged

),

final as (

    select
        ----------  keys
        customer_id,

        ----------  dates
        as_of_date,
        elapsed_days,

        ----------  attributes
        tier_code,
        pre_tax_amount - income_tax_amount < capital_charge_amount as is_value_destroying,
        has_unknown_contribution,

        ----------  from contribution to value
        contribution_amount,
        operating_cost_amount,
        expected_loss_amount,
        pre_tax_amount,
        income_tax_amount,
        cast(pre_tax_amount - income_tax_amount as decimal(18, 2)) as after_tax_amount,
        economic_capital_amount,
        capital_charge_amount,
        {{ raroc('(pre_tax_amount - income_tax_amount)', 'economic_capital_amount', 'elapsed_days', 'days_in_year') }}
            as raroc,
        cast(pre_tax_amount - income_tax_amount - capital_charge_amount as decimal(18, 2)) as eva_amount

    from taxed

)

select * from final
