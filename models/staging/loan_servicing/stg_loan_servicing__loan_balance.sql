with

rows_read as (

    select * from {{ ref('base_loan_servicing__loan_balance') }}

),

final as (

    select
        ----------  keys
        loan_id,
        balance_date,

        ----------  measures
        principal_balance

    from rows_read
    where reason_code is null

)

select * from final
