{{ config(materialized='view') }}

with

contract_months as (

    select * from {{ ref('int_contract__monthly_contribution') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

terms as (

    select * from {{ ref('int_contract__terms') }}

),

monthly_prices as (

    select * from {{ ref('int_ftp__price') }}
    where is_monthly

),

factors as (

    select * from {{ ref('int_reporting__net_interest_factor') }}

),

rated as (

    -- Days of the month from the contract's first balance row on.
    select
        terms.*,
        contract_months.month_end_date,
        contract_months.contingent_liquidity_amount,
        months.month_start_date,
        {{ days_between(
            'greatest(contract_months.first_date, terms.valid_from)', 'least(months.last_date + 1, terms.valid_before)'
        ) }} as days,
        {{ contract_net_interest_factor('terms', 'factors.net_interest_factor') }} as net_interest_factor
    from contract_months
    inner join months
        on contract_months.month_end_date = months.month_end_date
    inner join terms
        on
            contract_months.contract_kind_code = terms.contract_kind_code
            and contract_months.contract_id = terms.contract_id
            and contract_months.first_date < terms.valid_before
            and months.last_date >= terms.valid_from
    left join factors
        on contract_months.month_end_date = factors.month_end_date

),

priced as (

    select
        rated.*,
        coalesce(rated.pricing_date, rated.month_start_date) as priced_on,
        rated.is_before_first_curve or coalesce(monthly_prices.is_before_first_curve, false) as is_early,
        coalesce(rated.market_rate, monthly_prices.market_rate) as priced_market_rate,
        coalesce(rated.liquidity_rate, monthly_prices.liquidity_rate) as priced_liquidity_rate,
        coalesce(rated.reserve_requirement_rate, monthly_prices.reserve_requirement_rate)
            as priced_reserve_requirement_rate,
        coalesce(rated.strategic_incentive_rate, monthly_prices.strategic_incentive_rate)
            as priced_strategic_incentive_rate,
        coalesce(rated.ftp_rate, monthly_prices.ftp_rate) as priced_ftp_rate
    from rated
    left join monthly_prices
        on
            rated.monthly_price_number = monthly_prices.price_number
            and rated.month_end_date = monthly_prices.month_end_date

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        month_end_date,
        valid_from as terms_from,
        customer_id,

        ----------  attributes
        currency_code,
        policy_code,
        tenor_days,
        priced_on as pricing_date,
        is_early as is_before_first_curve,
        cast(days as integer) as days,

        ----------  rates
        annual_rate,
        priced_market_rate as market_rate,
        priced_liquidity_rate as liquidity_rate,
        priced_reserve_requirement_rate as reserve_requirement_rate,
        priced_strategic_incentive_rate as strategic_incentive_rate,
        priced_ftp_rate as ftp_rate,
        cast(net_interest_factor as decimal(11, 10)) as net_interest_factor,
        {{ spread_rate('contract_kind_code', 'annual_rate', 'priced_ftp_rate', 'net_interest_factor') }} as spread_rate,

        ----------  amounts
        contingent_liquidity_amount

    from priced

)

select * from final
