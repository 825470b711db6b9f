with

priced as (

    select
        price_keys.*,
        policies.weight,
        policies.average_days,
        coalesce(policies.second_tenor_days, 0) as second_tenor_days,
        policies.second_weight
    from {{ ref('int_ftp__price_key') }} as price_keys
    inner join {{ ref('ftp_assignment') }} as policies
        on
            price_keys.policy_code = policies.policy_code
            and price_keys.policy_valid_from = policies.valid_from
    -- A price without a tenor is the policy's own rate.
    where not (policies.method_code = 'fixed_spread' and policies.tenor_days is null)

),

validities as (

    select * from {{ ref('int_ftp__curve_validity') }}

),

final as (

    select curve_code, pricing_date, tenor_days, weight, second_tenor_days, second_weight
    from priced
    where average_days is null

    union distinct

    -- An average needs every curve that was in force within its days,
    select
        priced.curve_code,
        validities.curve_date as pricing_date,
        priced.tenor_days,
        cast(1 as decimal(5, 4)) as weight,
        0 as second_tenor_days,
        cast(0 as decimal(5, 4)) as second_weight
    from priced
    inner join validities
        on
            priced.curve_code = validities.curve_code
            and priced.pricing_date >= validities.valid_from
            and priced.pricing_date - priced.average_days + 1 < validities.valid_before

    union distinct

    -- and its volatile part the current one.
    select
        curve_code,
        pricing_date,
        second_tenor_days as tenor_days,
        cast(1 as decimal(5, 4)) as weight,
        0 as second_tenor_days,
        cast(0 as decimal(5, 4)) as second_weight
    from priced
    where average_days is not null and second_weight <> 0

    union distinct

    select
        curve_code,
        pricing_date,
        tenor_days,
        cast(1 as decimal(5, 4)) as weight,
        0 as second_tenor_days,
        cast(0 as decimal(5, 4)) as second_weight
    from {{ ref('int_ftp__leg') }}

)

select * from final
