with

rows_read as (

    select * from {{ ref('base_loan_servicing__loan_performance') }}

),

final as (

    select
        ----------  keys
        loan_id,
        month_end_date,

        ----------  attributes
        status_code,

        ----------  measures
        days_past_due,
        principal_balance

    from rows_read
    where reason_code is null

)

select * from final
