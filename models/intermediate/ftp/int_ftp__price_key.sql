with

funding_keys as (

    select distinct
        policy_code,
        policy_valid_from,
        contract_kind_code,
        product_family_code,
        curve_code,
        pricing_date,
        tenor_days,
        own_contract_id
    from {{ ref('int_contract__funding') }}

),

fundings as (

    -- A short number for the prices of each month.
    select
        *,
        cast(
            case
                when pricing_date is null
                    then row_number() over (
                        order by
                            pricing_date nulls first, policy_code, policy_valid_from, product_family_code, curve_code,
                            tenor_days, own_contract_id
                    )
            end as integer
        ) as price_number
    from funding_keys

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

final as (

    select
        policy_code,
        policy_valid_from,
        contract_kind_code,
        product_family_code,
        curve_code,
        pricing_date,
        tenor_days,
        own_contract_id,
        price_number,
        cast(null as date) as month_end_date,
        false as is_monthly
    from fundings
    where pricing_date is not null

    union all

    -- Prices of the current curve change with the month.
    select
        fundings.policy_code,
        fundings.policy_valid_from,
        fundings.contract_kind_code,
        fundings.product_family_code,
        fundings.curve_code,
        months.month_start_date as pricing_date,
        fundings.tenor_days,
        fundings.own_contract_id,
        fundings.price_number,
        months.month_end_date,
        true as is_monthly
    from fundings
    cross join months
    where fundings.pricing_date is null

)

select * from final
