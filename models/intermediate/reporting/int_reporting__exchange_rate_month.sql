with

months as (

    select * from {{ ref('int_reporting__month') }}

),

exchange_rates as (

    select * from {{ ref('int_reporting__exchange_rate_interval') }}

),

final as (

    -- By month, so that a balance looks among the rates of its own month only.
    select
        exchange_rates.currency_code,
        months.month_end_date,
        greatest(exchange_rates.valid_from, months.month_start_date) as valid_from,
        least(exchange_rates.valid_before, months.month_end_date + 1) as valid_before,
        exchange_rates.rate_to_reporting
    from exchange_rates
    inner join months
        on
            exchange_rates.valid_from <= months.month_end_date
            and exchange_rates.valid_before > months.month_start_date

)

select * from final
