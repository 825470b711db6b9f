with

rows_read as (

    select * from {{ ref('base_treasury__exchange_rate') }}

),

final as (

    select
        ----------  keys
        currency_code,
        rate_date,

        ----------  measures
        rate_to_reporting

    from rows_read
    where reason_code is null

)

select * from final
