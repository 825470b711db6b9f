with

rows_read as (

    select * from {{ ref('base_treasury__ftp_curve') }}

),

final as (

    select
        ----------  keys
        curve_code,
        curve_date,
        tenor_days,

        ----------  measures
        annual_rate_pct,
        cast(annual_rate_pct * 0.01 as decimal(11, 8)) as annual_rate

    from rows_read
    where reason_code is null

)

select * from final
