{{ config(materialized='view') }}

with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

fees as (

    select *, {{ currency_or_reporting('currency_code') }} as fee_currency_code
    from {{ ref('stg_core_banking__fee_income') }}

),

exchange_rates as (

    select * from {{ ref('int_reporting__exchange_rate_month') }}

),

final as (

    select
        fees.fee_id,
        fees.customer_id,
        fees.booked_date,
        fees.fee_currency_code as currency_code,
        fees.amount,
        round(fees.amount * exchange_rates.rate_to_reporting, 2) as fee_amount
    from fees
    inner join as_of
        on fees.booked_date <= as_of.as_of_date
    inner join exchange_rates
        on
            fees.fee_currency_code = exchange_rates.currency_code
            and last_day(fees.booked_date) = exchange_rates.month_end_date
            and fees.booked_date >= exchange_rates.valid_from
            and fees.booked_date < exchange_rates.valid_before

)

select * from final
