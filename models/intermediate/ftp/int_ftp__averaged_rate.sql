with

averages as (

    select distinct price_keys.curve_code, price_keys.pricing_date, price_keys.tenor_days, policies.average_days
    from {{ ref('int_ftp__price_key') }} as price_keys
    inner join {{ ref('ftp_assignment') }} as policies
        on
            price_keys.policy_code = policies.policy_code
            and price_keys.policy_valid_from = policies.valid_from
    where policies.average_days is not null

),

validities as (

    select * from {{ ref('int_ftp__curve_validity') }}

),

rates as (

    select * from {{ ref('int_ftp__rate') }}
    where weight = 1 and second_weight = 0

),

counted as (

    -- Days of the window that took each curve.
    select
        averages.*,
        rates.market_rate,
        validities.curve_date > averages.pricing_date as is_before_first_curve,
        {{ days_between(
            'greatest(validities.valid_from, averages.pricing_date - averages.average_days + 1)',
            'least(validities.valid_before, averages.pricing_date + 1)'
        ) }} as days
    from averages
    inner join validities
        on
            averages.curve_code = validities.curve_code
            and averages.pricing_date >= validities.valid_from
            and averages.pricing_date - averages.average_days + 1 < validities.valid_before
    inner join rates
        on
            validities.curve_code = rates.curve_code
            and validities.curve_date = rates.pricing_date
            and averages.tenor_days = rates.tenor_days

),

final as (

    select
        curve_code,
        pricing_date,
        tenor_days,
        average_days,
        bool_or(is_before_first_curve) as is_before_first_curve,
        cast(
            {{ exact_divide('sum(cast(market_rate as decimal(19, 10)) * days)', 'cast(sum(days) as bigint)', 10) }}
            as decimal(12, 10)
        ) as market_rate
    from counted
    group by curve_code, pricing_date, tenor_days, average_days

)

select * from final
