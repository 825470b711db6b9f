with

rows_read as (

    select * from {{ ref('base_general_ledger__ledger_control') }}

),

final as (

    select
        ----------  keys
        as_of_date,
        account_class_code,
        currency_code,

        ----------  measures
        amount

    from rows_read
    where reason_code is null

)

select * from final
