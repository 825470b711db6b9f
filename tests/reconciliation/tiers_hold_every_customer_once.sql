-- Customers and money of the four tiers are those of all customers; the money by the reading that tiers are judged by.
with

tiers as (

    select sum(customer_count) as customer_count, sum(contribution_amount) as contribution_amount
    from {{ ref('tier_summary') }}

),

customers as (

    select count(*) as customer_count, coalesce(sum({{ tier_amount() }}), 0) as contribution_amount
    from {{ ref('int_customer__tier_measure') }}

)

select tiers.*
from tiers
cross join customers
where
    tiers.customer_count <> customers.customer_count
    or tiers.contribution_amount <> customers.contribution_amount
