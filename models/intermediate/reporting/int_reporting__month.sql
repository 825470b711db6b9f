with recursive

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

first_days as (

    select min(balance_date) as first_date from {{ ref('stg_core_banking__deposit_balance') }}
    union all
    select min(balance_date) as first_date from {{ ref('stg_loan_servicing__loan_balance') }}
    union all
    select min(booked_date) as first_date from {{ ref('stg_core_banking__fee_income') }}

),

months as (

    select last_day(min(first_days.first_date)) as month_end_date, min(as_of.as_of_date) as as_of_date
    from first_days
    cross join as_of
    where first_days.first_date <= as_of.as_of_date

    union all

    select last_day(month_end_date + 1) as month_end_date, as_of_date
    from months
    where month_end_date < as_of_date

),

bounded as (

    select
        cast(date_trunc('month', month_end_date) as date) as month_start_date,
        month_end_date,
        least(month_end_date, as_of_date) as last_date
    from months
    where month_end_date is not null

),

final as (

    select
        *,
        cast({{ days_between('month_start_date', 'last_date') }} + 1 as integer) as days
    from bounded

)

select * from final
