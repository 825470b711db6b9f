with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

nodes as (

    select
        ftp_curve.curve_code,
        ftp_curve.curve_date,
        ftp_curve.tenor_days,
        ftp_curve.annual_rate,
        lead(ftp_curve.tenor_days) over curve as next_tenor_days,
        lead(ftp_curve.annual_rate) over curve as next_annual_rate,
        row_number() over curve as node_number
    from {{ ref('stg_treasury__ftp_curve') }} as ftp_curve
    inner join as_of
        on ftp_curve.curve_date <= as_of.as_of_date
    window curve as (partition by ftp_curve.curve_code, ftp_curve.curve_date order by ftp_curve.tenor_days)

),

final as (

    -- From each node to the next a straight line, after the last node flat,
    select
        curve_code,
        curve_date,
        tenor_days as from_tenor_days,
        coalesce(next_tenor_days, 2147483647) as before_tenor_days,
        coalesce(next_tenor_days - tenor_days, 1) as width_days,
        annual_rate as from_rate,
        coalesce(next_annual_rate - annual_rate, 0) as rate_change
    from nodes

    union all

    -- and flat before the first.
    select
        curve_code,
        curve_date,
        0 as from_tenor_days,
        tenor_days as before_tenor_days,
        1 as width_days,
        annual_rate as from_rate,
        0 as rate_change
    from nodes
    where node_number = 1

)

select * from final
