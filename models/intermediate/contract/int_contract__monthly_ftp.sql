with

contract_months as (

    select distinct contract_kind_code, contract_id, month_end_date from {{ ref('int_contract__monthly_balance') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

policies as (

    select * from {{ ref('ftp_assignment') }}

),

ftp_rates as (

    select * from {{ ref('int_ftp__rate') }}

),

add_ons as (

    select * from {{ ref('ftp_add_on') }}

),

assigned as (

    select
        contract_months.*,
        contracts.product_family_code,
        contracts.currency_code,
        policies.policy_code,
        coalesce(policies.tenor_days, contracts.term_days) as tenor_days,
        case
            when policies.assignment_code = 'origination' then contracts.assignment_date
            else months.month_start_date
        end as pricing_date
    from contract_months
    inner join contracts
        on
            contract_months.contract_kind_code = contracts.contract_kind_code
            and contract_months.contract_id = contracts.contract_id
    inner join months
        on contract_months.month_end_date = months.month_end_date
    left join policies
        on
            contracts.contract_kind_code = policies.contract_kind_code
            and (contracts.maturity_date is not null) = policies.has_maturity
            and case
                when policies.assignment_code = 'origination' then contracts.assignment_date
                else months.month_start_date
            end between policies.valid_from and policies.valid_to

),

priced as (

    select
        assigned.*,
        ftp_rates.ftp_rate as market_rate,
        coalesce(ftp_rates.is_before_first_curve, false) as is_before_first_curve
    from assigned
    left join ftp_rates
        on
            assigned.policy_code = ftp_rates.policy_code
            and assigned.currency_code = ftp_rates.curve_code
            and assigned.tenor_days = ftp_rates.tenor_days
            and assigned.pricing_date = ftp_rates.pricing_date

),

added as (

    select
        priced.contract_kind_code,
        priced.contract_id,
        priced.month_end_date,
        add_ons.add_on_code,
        round(
            cast(add_ons.spread_pct * 0.01 as decimal(11, 8))
            + cast(add_ons.share_of_market_rate as decimal(9, 6)) * cast(priced.market_rate as decimal(13, 10)), 10
        ) as add_on_rate
    from priced
    inner join add_ons
        on
            priced.contract_kind_code = add_ons.contract_kind_code
            and (add_ons.product_family_code is null or add_ons.product_family_code = priced.product_family_code)
            and priced.pricing_date between add_ons.valid_from and add_ons.valid_to

),

add_on_columns as (

    select
        contract_kind_code,
        contract_id,
        month_end_date,
        sum(add_on_rate) filter (where add_on_code = 'liquidity') as liquidity_rate,
        sum(add_on_rate) filter (where add_on_code = 'reserve_requirement') as reserve_requirement_rate,
        sum(add_on_rate) filter (where add_on_code = 'strategic_incentive') as strategic_incentive_rate
    from added
    group by contract_kind_code, contract_id, month_end_date

),

joined as (

    -- Without a curve there is nothing to add to: every component is unknown.
    select
        priced.*,
        case when priced.market_rate is not null then coalesce(add_on_columns.liquidity_rate, 0) end as liquidity_rate,
        case when priced.market_rate is not null then coalesce(add_on_columns.reserve_requirement_rate, 0) end
            as reserve_requirement_rate,
        case when priced.market_rate is not null then coalesce(add_on_columns.strategic_incentive_rate, 0) end
            as strategic_incentive_rate
    from priced
    left join add_on_columns
        on
            priced.contract_kind_code = add_on_columns.contract_kind_code
            and priced.contract_id = add_on_columns.contract_id
            and priced.month_end_date = add_on_columns.month_end_date

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        month_end_date,

        ----------  attributes
        policy_code,
        pricing_date,
        tenor_days,
        is_before_first_curve,

        ----------  rates
        cast(market_rate as decimal(12, 10)) as market_rate,
        cast(liquidity_rate as decimal(12, 10)) as liquidity_rate,
        cast(reserve_requirement_rate as decimal(12, 10)) as reserve_requirement_rate,
        cast(strategic_incentive_rate as decimal(12, 10)) as strategic_incentive_rate,
        cast(
            market_rate + liquidity_rate + reserve_requirement_rate + strategic_incentive_rate as decimal(12, 10)
        ) as ftp_rate

    from joined

)

select * from final
