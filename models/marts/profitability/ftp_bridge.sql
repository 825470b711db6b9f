{{ config(materialized='view') }}

with

prices as (

    select * from {{ ref('int_contract__monthly_price') }}

),

averaged as (

    -- A price that changes within the month is shown as the mean of its days.
    select
        contract_kind_code,
        contract_id,
        month_end_date,
        max_by(policy_code, terms_from) as policy_code,
        max_by(pricing_date, terms_from) as pricing_date,
        max_by(tenor_days, terms_from) as tenor_days,
        count(distinct ftp_rate) as price_count,
        bool_or(is_before_first_curve) as is_before_first_curve,
        {{ mean_of_days('market_rate') }} as market_rate,
        {{ mean_of_days('liquidity_rate') }} as liquidity_rate,
        {{ mean_of_days('reserve_requirement_rate') }} as reserve_requirement_rate,
        {{ mean_of_days('strategic_incentive_rate') }} as strategic_incentive_rate,
        max(contingent_liquidity_amount) as contingent_liquidity_amount
    from prices
    group by contract_kind_code, contract_id, month_end_date

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
        cast(tenor_days as bigint) as tenor_days,
        price_count,
        is_before_first_curve,

        ----------  rates
        cast(market_rate as decimal(12, 10)) as market_rate,
        cast(liquidity_rate as decimal(12, 10)) as liquidity_rate,
        cast(reserve_requirement_rate as decimal(12, 10)) as reserve_requirement_rate,
        cast(strategic_incentive_rate as decimal(12, 10)) as strategic_incentive_rate,
        cast(
            market_rate + liquidity_rate + reserve_requirement_rate + strategic_incentive_rate as decimal(12, 10)
        ) as ftp_rate,

        ----------  amounts
        cast(contingent_liquidity_amount as decimal(38, 10)) as contingent_liquidity_amount

    from averaged

)

select * from final
