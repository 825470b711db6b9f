with

rows_read as (

    select * from {{ ref('base_core_banking__fee_income') }}

),

final as (

    select
        ----------  keys
        fee_id,
        customer_id,

        ----------  attributes
        fee_type_code,
        currency_code,

        ----------  dates
        booked_date,

        ----------  measures
        amount

    from rows_read
    where reason_code is null

)

select * from final
