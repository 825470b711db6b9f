-- Every customer has one row, and is counted once in the rates: over segments and tiers, and in the total.
with

customers as (

    select count(*) as customer_count from {{ ref('customer_tier') }}

),

covered as (

    select count(*) as customer_count from {{ ref('customer_product_coverage') }}

),

rates as (

    select
        sum(customer_count) filter (where segment_code <> 'total' and tier_code <> 'total') as cell_count,
        sum(customer_count) filter (where segment_code = 'total' and tier_code = 'total') as total_count
    from {{ ref('product_holding_rate') }}

)

select customers.customer_count
from customers
cross join covered
cross join rates
where
    customers.customer_count <> covered.customer_count
    or customers.customer_count <> rates.cell_count
    or customers.customer_count <> rates.total_count
