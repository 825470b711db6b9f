-- Managers add up to the contracts' months and the fees of the year to the last decimal, and to the customers within
-- the half cent that each customer's deposits and loans may be rounded by.
with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

-- Of one type: a union of decimals of different scale would cut the longer ones.
dated as (

    select
        month_end_date as amount_date,
        cast(contribution_amount as decimal(28, 10)) as amount,
        cast(0 as decimal(28, 10)) as change
    from {{ ref('int_contract__monthly_contribution') }}

    union all

    select
        month_end_date as amount_date,
        cast(0 as decimal(28, 10)) as amount,
        cast(contribution_change_amount as decimal(28, 10)) as change
    from {{ ref('assessed_adjustment') }}

    union all

    select
        booked_date as amount_date,
        cast(fee_amount as decimal(28, 10)) as amount,
        cast(0 as decimal(28, 10)) as change
    from {{ ref('int_customer__fee') }}

),

contracts as (

    select coalesce(sum(dated.amount), 0) as amount, coalesce(sum(dated.change), 0) as change
    from dated
    inner join as_of
        on dated.amount_date >= as_of.year_start_date

),

managers as (

    select
        coalesce(sum(contribution_amount), 0) as amount,
        coalesce(sum(assessed_contribution_amount), 0) as assessed_amount
    from {{ ref('relationship_manager_contribution') }}

),

customers as (

    select
        coalesce(sum(contribution_amount), 0) as amount,
        coalesce(sum(assessed_contribution_amount), 0) as assessed_amount,
        coalesce(sum(
            case when deposit_contribution_amount <> 0 then 1 else 0 end
            + case when loan_contribution_amount <> 0 then 1 else 0 end
            + case when deposit_adjustment_amount <> 0 then 1 else 0 end
            + case when loan_adjustment_amount <> 0 then 1 else 0 end
        ), 0) as part_count
    from {{ ref('assessed_contribution') }}

)

select managers.*
from managers
cross join contracts
cross join customers
where
    managers.amount <> contracts.amount
    or managers.assessed_amount <> contracts.amount + contracts.change
    or abs(managers.amount - customers.amount) > 0.005 * customers.part_count
    or abs(managers.assessed_amount - customers.assessed_amount) > 0.005 * customers.part_count
