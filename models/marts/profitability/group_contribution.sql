with

contributions as (

    select * from {{ ref('customer_contribution') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

grouped as (

    select
        customers.group_id is not null as has_group,
        coalesce(customers.group_id, customers.customer_id) as group_id,
        max(contributions.as_of_date) as as_of_date,
        count(*) as customer_count,
        -- NULL only when every customer's part is.
        sum(contributions.deposit_contribution_amount) as deposit_contribution_amount,
        sum(contributions.loan_contribution_amount) as loan_contribution_amount,
        sum(contributions.fee_income_amount) as fee_income_amount,
        sum(contributions.contribution_amount) as contribution_amount
    from contributions
    inner join customers
        on contributions.customer_id = customers.customer_id
    group by customers.group_id is not null, coalesce(customers.group_id, customers.customer_id)

),

final as (

    select
        ----------  keys
        has_group,
        group_id,

        ----------  dates
        as_of_date,

        ----------  measures
        cast(customer_count as bigint) as customer_count,

        ----------  amounts
        cast(deposit_contribution_amount as decimal(18, 2)) as deposit_contribution_amount,
        cast(loan_contribution_amount as decimal(18, 2)) as loan_contribution_amount,
        cast(fee_income_amount as decimal(18, 2)) as fee_income_amount,
        cast(contribution_amount as decimal(18, 2)) as contribution_amount

    from grouped

)

select * from final
