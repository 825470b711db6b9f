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

curve_days as (

    -- Found once for a day that many prices share.
    select days.curve_code, days.pricing_date, validities.curve_date
    from (select distinct curve_code, pricing_date from requests) as days
    inner join validities
        on
            days.curve_code = validities.curve_code
            and days.pricing_date >= validities.valid_from
            and days.pricing_date < validities.valid_before

),

dated as (

    -- Requests are distinct already; said again, no engine joins days to brackets before it knows the requests.
    select distinct requests.*, curve_days.curve_date
    from requests
    inner join curve_days
        on
            requests.curve_code = curve_days.curve_code
            and requests.pricing_date = curve_days.pricing_date

),

looked_up as (

    -- Each rate as numerator over width, so that weighting two of them is still exact.
    select
        dated.*,
        -- On a node itself there is nothing to interpolate, however far the next one is.
        case when dated.tenor_days = brackets.from_tenor_days then 1 else brackets.width_days end as width_days,
        dated.tenor_days - brackets.from_tenor_days as days_past_node,
        brackets.from_rate,
        brackets.rate_change,
        case
            when second_brackets.from_tenor_days is null then 1
            when dated.second_tenor_days = second_brackets.from_tenor_days then 1
            else second_brackets.width_days
        end as second_width_days,
        dated.second_tenor_days - second_brackets.from_tenor_days as second_days_past_node,
        second_brackets.from_rate as second_from_rate,
        second_brackets.rate_change as second_rate_change
    from dated
    inner join brackets
        on
            dated.curve_code = brackets.curve_code
            and dated.curve_date = brackets.curve_date
            and dated.tenor_days >= brackets.from_tenor_days
            and dated.tenor_days < brackets.before_tenor_days
    left join brackets as second_brackets
        on
            dated.second_weight <> 0
            and dated.curve_code = second_brackets.curve_code
            and dated.curve_date = second_brackets.curve_date
            and dated.second_tenor_days >= second_brackets.from_tenor_days
            and dated.second_tenor_days < second_brackets.before_tenor_days

),

combined as (

    select
        *,
        cast(weight as decimal(5, 4))
        * cast(from_rate * width_days + rate_change * days_past_node as decimal(19, 8))
        * second_width_days
        + cast(second_weight as decimal(5, 4))
        * cast(
            coalesce(second_from_rate * second_width_days + second_rate_change * second_days_past_node, 0)
            as decimal(19, 8)
        )
        * width_days
            as numerator,
        cast(width_days as bigint) * second_width_days as denominator
    from looked_up

),

estimated as (

    select *, {{ quotient_estimate('numerator', 'denominator', 10) }} as estimate from combined

),

final as (

    select
        ----------  keys
        curve_code,
        pricing_date,
        tenor_days,
        weight,
        second_tenor_days,
        second_weight,

        ----------  attributes
        curve_date,
        curve_date > pricing_date as is_before_first_curve,

        ----------  rates
        cast({{ quotient_settled('numerator', 'denominator', 'estimate', 10) }} as decimal(12, 10)) as market_rate

    from estimated

)

select * from final
