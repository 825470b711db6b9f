with

curve_days as (

    select distinct curve_code, curve_date from {{ ref('int_ftp__curve_bracket') }}

),

final as (

    -- A day takes its own curve, else the latest before; days before the first curve take the first.
    select
        curve_code,
        curve_date,
        case when lag(curve_date) over curve is null then {{ first_date() }} else curve_date end as valid_from,
        coalesce(lead(curve_date) over curve, {{ last_date() }}) as valid_before
    from curve_days
    window curve as (partition by curve_code order by curve_date)

)

select * from final
