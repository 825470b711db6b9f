with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

months as (

    select * from {{ ref('int_contract__monthly_contribution') }}

),

adjustments as (

    select * from {{ ref('int_assessed__monthly_adjustment') }}

),

fees as (

    select * from {{ ref('int_customer__fee') }}

),

amounts as (

    -- Of one type: a union of decimals of different scale would cut the longer ones.
    select
        customer_id,
        month_end_date as amount_date,
        cast(contribution_amount as decimal(28, 10)) as ledger_amount,
        cast(contribution_amount as decimal(28, 10)) as assessed_amount
    from months

    union all

    select
        customer_id,
        month_end_date as amount_date,
        cast(0 as decimal(28, 10)) as ledger_amount,
        cast(contribution_change_amount as decimal(28, 10)) as assessed_amount
    from adjustments

    union all

    select
        customer_id,
        booked_date as amount_date,
        cast(fee_amount as decimal(28, 10)) as ledger_amount,
        cast(fee_amount as decimal(28, 10)) as assessed_amount
    from fees

),

final as (

    -- The last month is split as of the reporting day.
    select
        ----------  keys
        amounts.customer_id,
        least(amounts.amount_date, as_of.as_of_date) as share_date,

        ----------  amounts
        cast(coalesce(sum(amounts.ledger_amount), 0) as decimal(28, 10)) as ledger_amount,
        cast(coalesce(sum(amounts.assessed_amount), 0) as decimal(28, 10)) as assessed_amount

    from amounts
    inner join as_of
        on amounts.amount_date >= as_of.year_start_date
    group by amounts.customer_id, least(amounts.amount_date, as_of.as_of_date)

)

select * from final
