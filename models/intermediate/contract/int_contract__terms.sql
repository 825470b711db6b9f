with

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

rates as (

    select * from {{ ref('int_contract__rate_interval') }}

),

fundings as (

    select * from {{ ref('int_contract__funding') }}

),

prices as (

    select * from {{ ref('int_ftp__price') }}
    where not is_monthly

),

monthly_prices as (

    select distinct
        policy_code,
        policy_valid_from,
        product_family_code,
        curve_code,
        tenor_days,
        own_contract_id,
        price_number
    from {{ ref('int_ftp__price') }}
    where is_monthly

),

exemptions as (

    select * from {{ ref('int_loan__tax_exemption') }}

),

exemption_changes as (

    select loan_id, {{ first_date() }} as change_date from exemptions
    union distinct
    select loan_id, valid_from as change_date from exemptions
    union distinct
    select loan_id, valid_before as change_date from exemptions
    where valid_before < {{ last_date() }}

),

exemption_stretches as (

    -- With the days between them that are not exempt.
    select
        changes.loan_id,
        changes.change_date as valid_from,
        coalesce(
            lead(changes.change_date) over (partition by changes.loan_id order by changes.change_date),
            {{ last_date() }}
        ) as valid_before,
        exemptions.exempt_rate_limit,
        exemptions.is_limit_for_whole
    from exemption_changes as changes
    left join exemptions
        on
            changes.loan_id = exemptions.loan_id
            and changes.change_date >= exemptions.valid_from
            and changes.change_date < exemptions.valid_before

),

final as (

    select
        ----------  keys
        contracts.contract_kind_code,
        contracts.contract_id,
        contracts.contract_number,
        greatest(rates.valid_from, fundings.valid_from, coalesce(stretches.valid_from, {{ first_date() }}))
            as valid_from,
        least(rates.valid_before, fundings.valid_before, coalesce(stretches.valid_before, {{ last_date() }}))
            as valid_before,

        ----------  attributes
        contracts.customer_id,
        contracts.currency_code,
        case when fundings.accrues_interest then rates.annual_rate else 0 end as annual_rate,
        stretches.exempt_rate_limit,
        stretches.is_limit_for_whole,

        ----------  price
        fundings.policy_code,
        fundings.policy_valid_from,
        fundings.product_family_code,
        fundings.curve_code,
        fundings.pricing_date,
        fundings.tenor_days,
        fundings.own_contract_id,
        monthly_prices.price_number as monthly_price_number,
        coalesce(prices.is_before_first_curve, false) as is_before_first_curve,
        prices.market_rate,
        prices.liquidity_rate,
        prices.reserve_requirement_rate,
        prices.strategic_incentive_rate,
        prices.ftp_rate

    from contracts
    inner join rates
        on
            contracts.contract_kind_code = rates.contract_kind_code
            and contracts.contract_id = rates.contract_id
    inner join fundings
        on
            contracts.contract_kind_code = fundings.contract_kind_code
            and contracts.contract_id = fundings.contract_id
            and rates.valid_from < fundings.valid_before
            and rates.valid_before > fundings.valid_from
    left join exemption_stretches as stretches
        on
            contracts.contract_kind_code = 'loan'
            and contracts.contract_id = stretches.loan_id
            and rates.valid_from < stretches.valid_before
            and rates.valid_before > stretches.valid_from
            and fundings.valid_from < stretches.valid_before
            and fundings.valid_before > stretches.valid_from
    left join prices
        on
            fundings.policy_code = prices.policy_code
            and fundings.policy_valid_from = prices.policy_valid_from
            and fundings.product_family_code = prices.product_family_code
            and fundings.curve_code = prices.curve_code
            and fundings.pricing_date = prices.pricing_date
            and fundings.tenor_days = prices.tenor_days
            and fundings.own_contract_id = prices.own_contract_id
    left join monthly_prices
        on
            fundings.pricing_date is null
            and fundings.policy_code = monthly_prices.policy_code
            and fundings.policy_valid_from = monthly_prices.policy_valid_from
            and fundings.product_family_code = monthly_prices.product_family_code
            and fundings.curve_code = monthly_prices.curve_code
            and fundings.tenor_days = monthly_prices.tenor_days
            and fundings.own_contract_id = monthly_prices.own_contract_id

)

select * from final
