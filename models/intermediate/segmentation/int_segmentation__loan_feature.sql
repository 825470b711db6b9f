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

rates as (

    select * from {{ ref('int_contract__rate_interval') }}
    where contract_kind_code = 'loan'

),

exchange_rates as (

    select * from {{ ref('int_reporting__exchange_rate_interval') }}

),

final as (

    select
        ----------  keys
        loans.loan_id,
        loans.customer_id,

        ----------  features
        {{ days_between('loans.start_date', 'loans.maturity_date') }} as term_days,
        coalesce(loans.annual_rate_pct, cast(rates.annual_rate * 100 as decimal(9, 6))) as annual_rate_pct,
        cast(round(loans.contract_amount * exchange_rates.rate_to_reporting, 2) as decimal(18, 2)) as contract_amount,
        loans.maturity_date is not null
        and coalesce(loans.annual_rate, rates.annual_rate) is not null
        and exchange_rates.rate_to_reporting is not null as is_complete

    from loans
    cross join as_of
    inner join customers
        on loans.customer_id = customers.customer_id
    left join rates
        on
            loans.loan_id = rates.contract_id
            and loans.start_date >= rates.valid_from
            and loans.start_date < rates.valid_before
    left join exchange_rates
        on
            loans.loan_currency_code = exchange_rates.currency_code
            and loans.start_date >= exchange_rates.valid_from
            and loans.start_date < exchange_rates.valid_before
    where
        loans.start_date between
        coalesce({{ date_setting_sql('segmentation_start_date') }}, as_of.year_start_date)
        and coalesce({{ date_setting_sql('segmentation_end_date') }}, as_of.as_of_date)
        and ({{ var('segmentation_include_retail') }} or coalesce(customers.customer_type_code, '') <> 'retail')

)

select * from final
