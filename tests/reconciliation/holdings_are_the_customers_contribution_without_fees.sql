-- Products add up to every contract, and to the customer's deposits and loans within the half cent that each of the two
-- is rounded by.
with

holdings as (

    select
        customer_id,
        sum(contribution_amount) as contribution_amount,
        sum(deposit_count) as deposit_count,
        sum(loan_count) as loan_count
    from {{ ref('customer_product_holding') }}
    group by customer_id

),

contracts as (

    select
        customer_id,
        count(*) filter (where contract_kind_code = 'deposit') as deposit_count,
        count(*) filter (where contract_kind_code = 'loan') as loan_count
    from {{ ref('int_contract__contract') }}
    group by customer_id

)

select customers.customer_id
from {{ ref('customer_contribution') }} as customers
left join holdings
    on customers.customer_id = holdings.customer_id
left join contracts
    on customers.customer_id = contracts.customer_id
where
    abs(
        customers.contribution_amount - customers.fee_income_amount - coalesce(holdings.contribution_amount, 0)
    ) > 0.01
    or coalesce(contracts.deposit_count, 0) <> coalesce(holdings.deposit_count, 0)
    or coalesce(contracts.loan_count, 0) <> coalesce(holdings.loan_count, 0)
