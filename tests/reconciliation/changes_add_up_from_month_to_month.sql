-- A customer's and the bank's change is the difference of their contracts' months and fees, to the cent; at every other
-- level it is the bank's but for the half cent that each row may be rounded by.
with

-- Of one type: a union of decimals of different scale would cut the longer ones.
amounts as (

    select customer_id, month_end_date, cast(coalesce(contribution_amount, 0) as decimal(28, 10)) as amount
    from {{ ref('deposit_account_monthly_contribution') }}

    union all

    select customer_id, month_end_date, cast(coalesce(contribution_amount, 0) as decimal(28, 10)) as amount
    from {{ ref('loan_monthly_contribution') }}

    union all

    select
        customer_id,
        last_day(booked_date) as month_end_date,
        cast(coalesce(fee_amount, 0) as decimal(28, 10)) as amount
    from {{ ref('int_customer__fee') }}

),

first_month as (

    select min(month_end_date) as month_end_date from amounts

),

moved as (

    select customer_id, month_end_date, amount from amounts
    union all
    select customer_id, last_day(month_end_date + 1) as month_end_date, -amount as amount from amounts

),

expected as (

    select
        case when moved.customer_id is null then 'total' else 'customer' end as level_code,
        coalesce(moved.customer_id, 'total') as level_value,
        moved.month_end_date,
        round(sum(moved.amount), 2) as change_amount
    from moved
    inner join {{ ref('int_reporting__month') }} as months
        on moved.month_end_date = months.month_end_date
    inner join first_month
        on moved.month_end_date > first_month.month_end_date
    group by grouping sets ((moved.customer_id, moved.month_end_date), (moved.month_end_date))

),

found as (

    select * from {{ ref('contribution_change') }}

),

levels as (

    select
        level_code,
        month_end_date,
        count(*) as row_count,
        sum(change_amount) as change_amount
    from found
    group by level_code, month_end_date

),

level_codes as (

    select distinct level_code from found

)

select found.level_code, found.level_value, found.month_end_date
from expected
full outer join found
    on
        expected.level_code = found.level_code
        and expected.level_value = found.level_value
        and expected.month_end_date = found.month_end_date
where
    coalesce(found.level_code, expected.level_code) in ('total', 'customer')
    and found.change_amount is distinct from expected.change_amount

union all

select total.level_code, level_codes.level_code as level_value, total.month_end_date
from levels as total
cross join level_codes
left join levels as parts
    on
        level_codes.level_code = parts.level_code
        and total.month_end_date = parts.month_end_date
where
    total.level_code = 'total'
    and coalesce(abs(parts.change_amount - total.change_amount) > 0.005 * (parts.row_count + 1), true)
