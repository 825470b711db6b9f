with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

customers as (

    select * from {{ ref('int_coverage__customer') }}

),

holdings as (

    select * from {{ ref('customer_product_holding') }}
    where is_held

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

families as (

    -- Where the product table does not know it, a family is a deposit or a loan.
    select customer_id, coalesce(product_family_code, 'deposit') as product_family_code
    from holdings
    where open_deposit_count > 0

    union all

    select customer_id, coalesce(product_family_code, 'loan') as product_family_code
    from holdings
    where open_loan_count > 0

),

counted_families as (

    select customer_id, count(distinct product_family_code) as product_family_count
    from families
    group by customer_id

),

counted_products as (

    select
        customer_id,
        count(*) as product_count,
        count(*) filter (where is_specialised) as specialised_product_count,
        bool_or(open_deposit_count > 0) as has_deposit,
        bool_or(open_loan_count > 0) as has_loan
    from holdings
    group by customer_id

),

counted_loans as (

    select
        loans.customer_id,
        count(*) as loan_count,
        count(*) filter (where loans.start_date >= as_of.year_start_date) as year_loan_count
    from loans
    inner join as_of
        on loans.start_date <= as_of.as_of_date
    group by loans.customer_id

),

final as (

    select
        ----------  keys
        customers.customer_id,

        ----------  attributes
        customers.segment_code,
        customers.tier_code,

        ----------  counts
        coalesce(products.product_count, 0) as product_count,
        coalesce(families.product_family_count, 0) as product_family_count,
        coalesce(products.specialised_product_count, 0) as specialised_product_count,
        coalesce(counted_loans.year_loan_count, 0) as year_loan_count,

        ----------  flags
        coalesce(products.has_deposit, false) as has_deposit,
        coalesce(products.has_loan, false) as has_loan,
        coalesce(families.product_family_count, 0) >= 2 as is_cross_sold,
        -- A loan of the year, and one before it in this or another year.
        coalesce(counted_loans.year_loan_count >= 1 and counted_loans.loan_count >= 2, false) as is_repeat_borrower

    from customers
    left join counted_products as products
        on customers.customer_id = products.customer_id
    left join counted_families as families
        on customers.customer_id = families.customer_id
    left join counted_loans
        on customers.customer_id = counted_loans.customer_id

)

select * from final
