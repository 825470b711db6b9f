with

rows_read as (

    select * from {{ ref('base_core_banking__deposit_balance') }}

),

final as (

    select
        ----------  keys
        account_id,
        balance_date,

        ----------  measures
        balance

    from rows_read
    where reason_code is null

)

select * from final
