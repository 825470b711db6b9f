{{ config(materialized='view') }}

with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

loans as (

    select *, {{ currency_or_reporting('currency_code') }} as loan_currency_code
    from {{ ref('stg_loan_servicing__loan_contract') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

prices as (

    select * from {{ ref('int_loan__price_at_start') }}

),

exchange_rates as (

    select * from {{ ref('int_reporting__exchange_rate_interval') }}

),

final as (

    select
        ----------  keys
        loans.loan_id,
        loans.customer_id,

        ----------  attributes
        loans.product_code,
        customers.customer_type_code,
        customers.enterprise_size,
        customers.industry_section,

        ----------  dates
        loans.start_date,

        ----------  features
        {{ days_between('loans.start_date', 'loans.maturity_date') }} as term_days,
        cast(round(loans.contract_amount * exchange_rates.rate_to_reporting, 2) as decimal(18, 2)) as contract_amount,
        prices.annual_rate_pct,
        prices.benchmark_multiple,
        prices.ftp_margin_pct

    from loans
    cross join as_of
    inner join customers
        on loans.customer_id = customers.customer_id
    left join prices
        on loans.loan_id = prices.loan_id
    left join exchange_rates
        on
            loans.loan_currency_code = exchange_rates.currency_code
            and loans.start_date >= exchange_rates.valid_from
            and loans.start_date < exchange_rates.valid_before
    where loans.start_date between as_of.segmentation_start_date and as_of.segmentation_end_date

)

select * from final
