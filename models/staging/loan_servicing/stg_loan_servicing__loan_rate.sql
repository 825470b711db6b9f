with

rows_read as (

    select * from {{ ref('base_loan_servicing__loan_rate') }}

),

final as (

    select
        ----------  keys
        loan_id,
        effective_date,

        ----------  measures
        annual_rate_pct,
        cast(annual_rate_pct * 0.01 as decimal(11, 8)) as annual_rate

    from rows_read
    where reason_code is null

)

select * from final
