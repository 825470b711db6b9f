-- Customer = account = group: groups add up to the customers to the cent, and to the accounts' months and the fees
-- within the half cent that each customer's deposits and loans may be rounded by.
with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

dated as (

    select 'deposit' as part_code, customer_id, month_end_date as amount_date, contribution_amount as amount
    from {{ ref('deposit_account_monthly_contribution') }}

    union all

    select 'loan' as part_code, customer_id, month_end_date as amount_date, contribution_amount as amount
    from {{ ref('loan_monthly_contribution') }}

    union all

    select 'fee' as part_code, customer_id, booked_date as amount_date, cast(fee_amount as decimal(38, 10)) as amount
    from {{ ref('int_customer__fee') }}

),

account_parts as (

    select dated.customer_id, dated.part_code, coalesce(sum(dated.amount), 0) as amount
    from dated
    inner join as_of
        on dated.amount_date >= as_of.year_start_date
    group by dated.customer_id, dated.part_code

),

accounts as (

    select coalesce(sum(amount), 0) as amount, count(*) filter (where part_code <> 'fee') as part_count
    from account_parts

),

customers as (

    select
        count(*) as customer_count,
        coalesce(sum(deposit_contribution_amount), 0) as deposit_amount,
        coalesce(sum(loan_contribution_amount), 0) as loan_amount,
        coalesce(sum(fee_income_amount), 0) as fee_amount,
        coalesce(sum(contribution_amount), 0) as amount
    from {{ ref('customer_contribution') }}

),

group_sums as (

    select
        coalesce(sum(customer_count), 0) as customer_count,
        coalesce(sum(deposit_contribution_amount), 0) as deposit_amount,
        coalesce(sum(loan_contribution_amount), 0) as loan_amount,
        coalesce(sum(fee_income_amount), 0) as fee_amount,
        coalesce(sum(contribution_amount), 0) as amount
    from {{ ref('group_contribution') }}

)

select group_sums.*
from group_sums
cross join customers
cross join accounts
where
    group_sums.customer_count <> customers.customer_count
    or group_sums.deposit_amount <> customers.deposit_amount
    or group_sums.loan_amount <> customers.loan_amount
    or group_sums.fee_amount <> customers.fee_amount
    or group_sums.amount <> customers.amount
    or group_sums.amount <> group_sums.deposit_amount + group_sums.loan_amount + group_sums.fee_amount
    or abs(group_sums.amount - accounts.amount) > 0.005 * accounts.part_count
