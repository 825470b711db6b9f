with

requests as (

    select * from {{ ref('int_ftp__request') }}

),

validities as (

    select * from {{ ref('int_ftp__curve_validity') }}

),

brackets as (

    select * from {{ ref('int_ftp__curve_bracket') }}

),

dated as (

    select requests.*, validities.curve_date
    from requests
    inner join validities
        on
            requests.curve_code = validities.curve_code
            and requests.pricing_date >= validities.valid_from
            and requests.pricing_date < validities.valid_before

),

looked_up as (

    -- Each rate as numerator over width, so that weighting two of them is still exact.
    select
        dated.*,
        brackets.width_days,
        brackets.from_rate * brackets.width_days
        + brackets.rate_change * (dated.tenor_days - brackets.from_tenor_days) as rate_numerator,
        coalesce(second_brackets.width_days, 1) as second_width_days,
        coalesce(
            second_brackets.from_rate * second_brackets.width_days
            + second_brackets.rate_change * (dated.second_tenor_days - second_brackets.from_tenor_days),
            0
        ) as second_rate_numerator
    from dated
    inner join brackets
        on
            dated.curve_code = brackets.curve_code
            and dated.curve_date = brackets.curve_date
            and dated.tenor_days >= brackets.from_tenor_days
            and dated.tenor_days < brackets.before_tenor_days
    left join brackets as second_brackets
        on
            dated.curve_code = second_brackets.curve_code
            and dated.curve_date = second_brackets.curve_date
            and dated.second_tenor_days >= second_brackets.from_tenor_days
            and dated.second_tenor_days < second_brackets.before_tenor_days

),

combined as (

    select
        *,
        cast(weight as decimal(5, 4)) * cast(rate_numerator as decimal(19, 8)) * second_width_days
        + cast(second_weight as decimal(5, 4)) * cast(second_rate_numerator as decimal(19, 8)) * width_days
            as numerator,
        cast(width_days as bigint) * second_width_days as denominator
    from looked_up

),

final as (

    select
        policy_code,
        curve_code,
        pricing_date,
        tenor_days,
        cast({{ exact_divide('numerator', 'denominator', 10) }} as decimal(12, 10)) as ftp_rate,
        curve_date,
        curve_date > pricing_date as is_before_first_curve
    from combined

)

select * from final
