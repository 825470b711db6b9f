-- Customers and money of the four tiers are those of all customers.
with

tiers as (

    select sum(customer_count) as customer_count, sum(contribution_amount) as contribution_amount
    from {{ ref('tier_summary') }}

),

customers as (

    select count(*) as customer_count, coalesce(sum(contribution_amount), 0) as contribution_amount
    from {{ ref('customer_contribution') }}

)

select tiers.*
from tiers
cross join customers
where
    tiers.customer_count <> customers.customer_count
    or tiers.contribution_amount <> customers.contribution_amount
