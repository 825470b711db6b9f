-- To the cent: the year's months of a customer's accounts and loans, rounded once, and its fees.
with

months as (

    select customer_id, month_end_date, contribution_amount, 'deposit' as kind
    from {{ ref('deposit_account_monthly_contribution') }}

    union all

    select customer_id, month_end_date, contribution_amount, 'loan' as kind
    from {{ ref('loan_monthly_contribution') }}

),

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

summed as (

    select
        months.customer_id,
        coalesce(round(sum(months.contribution_amount) filter (where months.kind = 'deposit'), 2), 0) as deposits,
        coalesce(round(sum(months.contribution_amount) filter (where months.kind = 'loan'), 2), 0) as loans
    from months
    inner join as_of
        on months.month_end_date >= as_of.year_start_date
    group by months.customer_id

)

select customers.*
from {{ ref('customer_contribution') }} as customers
left join summed
    on customers.customer_id = summed.customer_id
where
    coalesce(customers.deposit_contribution_amount, 0) <> coalesce(summed.deposits, 0)
    or coalesce(customers.loan_contribution_amount, 0) <> coalesce(summed.loans, 0)
    or customers.contribution_amount
    <> coalesce(summed.deposits, 0) + coalesce(summed.loans, 0) + customers.fee_income_amount
