with

price_keys as (

    select
        price_keys.*,
        policies.method_code,
        policies.tenor_days as policy_tenor_days,
        policies.weight,
        policies.average_days,
        coalesce(policies.second_tenor_days, 0) as second_tenor_days,
        policies.second_weight,
        cast(policies.spread_pct * 0.01 as decimal(12, 10)) as spread_rate
    from {{ ref('int_ftp__price_key') }} as price_keys
    inner join {{ ref('ftp_assignment') }} as policies
        on
            price_keys.policy_code = policies.policy_code
            and price_keys.policy_valid_from = policies.valid_from

),

rates as (

    select * from {{ ref('int_ftp__rate') }}

),

averaged_rates as (

    select * from {{ ref('int_ftp__averaged_rate') }}

),

leg_rates as (

    select * from {{ ref('int_ftp__leg_rate') }}

),

final as (

    select
        ----------  keys
        price_keys.policy_code,
        price_keys.policy_valid_from,
        price_keys.contract_kind_code,
        price_keys.product_family_code,
        price_keys.curve_code,
        price_keys.pricing_date,
        price_keys.tenor_days,
        price_keys.own_contract_id,

        ----------  attributes
        price_keys.price_number,
        price_keys.month_end_date,
        price_keys.is_monthly,
        coalesce(
            rates.is_before_first_curve, averaged_rates.is_before_first_curve, leg_rates.is_before_first_curve, false
        ) as is_before_first_curve,

        ----------  rates
        price_keys.spread_rate + case
            when price_keys.method_code = 'weighted_term' then leg_rates.component_rate
            when price_keys.method_code = 'fixed_spread' and price_keys.policy_tenor_days is null then 0
            when price_keys.average_days is null then rates.market_rate
            else round(
                cast(price_keys.weight as decimal(5, 4)) * cast(averaged_rates.market_rate as decimal(19, 10))
                + cast(price_keys.second_weight as decimal(5, 4))
                * case when price_keys.second_weight = 0 then 0 else volatile_rates.market_rate end,
                10
            )
        end as market_rate

    from price_keys
    left join rates
        on
            price_keys.average_days is null
            and price_keys.curve_code = rates.curve_code
            and price_keys.pricing_date = rates.pricing_date
            and price_keys.tenor_days = rates.tenor_days
            and price_keys.weight = rates.weight
            and price_keys.second_tenor_days = rates.second_tenor_days
            and price_keys.second_weight = rates.second_weight
    left join averaged_rates
        on
            price_keys.curve_code = averaged_rates.curve_code
            and price_keys.pricing_date = averaged_rates.pricing_date
            and price_keys.tenor_days = averaged_rates.tenor_days
            and price_keys.average_days = averaged_rates.average_days
    left join rates as volatile_rates
        on
            price_keys.average_days is not null
            and price_keys.curve_code = volatile_rates.curve_code
            and price_keys.pricing_date = volatile_rates.pricing_date
            and price_keys.second_tenor_days = volatile_rates.tenor_days
            and volatile_rates.weight = 1
            and volatile_rates.second_weight = 0
    left join leg_rates
        on
            price_keys.policy_code = leg_rates.policy_code
            and price_keys.policy_valid_from = leg_rates.policy_valid_from
            and price_keys.contract_kind_code = leg_rates.contract_kind_code
            and price_keys.own_contract_id = leg_rates.own_contract_id
            and leg_rates.component_code = 'market'

)

select * from final
