-- A month's customers are all customers. Who comes to a tier and who goes is what the tier held before and holds after,
-- in heads and, after, in money; and a calendar year's last month is the year.
with

customers as (

    select count(*) as customer_count from {{ ref('customer_tier') }}

),

stocks as (

    select
        month_end_date,
        tier_code,
        count(*) as customer_count,
        sum(contribution_amount) as contribution_amount
    from {{ ref('customer_monthly_tier') }}
    group by month_end_date, tier_code

),

first_month as (

    select min(month_end_date) as month_end_date from stocks

),

months as (

    select month_end_date, sum(customer_count) as customer_count from stocks
    group by month_end_date

),

tiers as (

    select months.month_end_date, tiers.tier_code from months cross join {{ ref('tier') }} as tiers

),

arrivals as (

    select
        month_end_date,
        to_tier_code as tier_code,
        sum(customer_count) as customer_count,
        sum(contribution_amount) as contribution_amount
    from {{ ref('tier_migration') }}
    group by month_end_date, to_tier_code

),

departures as (

    select
        cast(date_trunc('month', month_end_date) as date) - 1 as month_end_date,
        from_tier_code as tier_code,
        sum(customer_count) as customer_count
    from {{ ref('tier_migration') }}
    group by cast(date_trunc('month', month_end_date) as date) - 1, from_tier_code

),

last_december as (

    select monthly.customer_id
    from {{ ref('customer_monthly_tier') }} as monthly
    inner join {{ ref('customer_tier') }} as yearly
        on
            monthly.customer_id = yearly.customer_id
            and monthly.month_end_date = last_day(yearly.as_of_date)
    where
        monthly.class_code is distinct from yearly.class_code
        or (
            month(yearly.as_of_date) = 12
            and (
                monthly.contribution_amount <> yearly.contribution_amount
                or monthly.tier_code <> yearly.tier_code
            )
        )

)

select 'customers of the month' as what, cast(months.month_end_date as varchar) as place
from months
cross join customers
where months.customer_count <> customers.customer_count

union all

select 'arrivals' as what, cast(tiers.month_end_date as varchar) || ' ' || tiers.tier_code as place
from tiers
inner join first_month
    on tiers.month_end_date > first_month.month_end_date
left join stocks
    on
        tiers.month_end_date = stocks.month_end_date
        and tiers.tier_code = stocks.tier_code
left join arrivals
    on
        tiers.month_end_date = arrivals.month_end_date
        and tiers.tier_code = arrivals.tier_code
where
    coalesce(stocks.customer_count, 0) is distinct from arrivals.customer_count
    or coalesce(stocks.contribution_amount, 0) is distinct from arrivals.contribution_amount

union all

select 'departures' as what, cast(tiers.month_end_date as varchar) || ' ' || tiers.tier_code as place
from tiers
inner join departures
    on
        tiers.month_end_date = departures.month_end_date
        and tiers.tier_code = departures.tier_code
left join stocks
    on
        tiers.month_end_date = stocks.month_end_date
        and tiers.tier_code = stocks.tier_code
where coalesce(stocks.customer_count, 0) <> departures.customer_count

union all

select 'the year' as what, customer_id as place from last_december
