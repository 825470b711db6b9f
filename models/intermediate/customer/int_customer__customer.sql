with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

customers as (

    select * from {{ ref('stg_crm__customer') }}

),

sizes as (

    select * from {{ ref('int_customer__enterprise_size') }}

),

identifiers as (

    -- Whoever has an account, a loan or a fee is a customer, known to the CRM or not.
    select customer_id from customers
    union distinct
    select customer_id from {{ ref('int_contract__contract') }}
    union distinct
    select customer_id from {{ ref('int_customer__fee') }}

),

final as (

    select
        ----------  keys
        identifiers.customer_id,
        customers.relationship_manager_id,
        customers.group_id,

        ----------  attributes
        customers.customer_type_code,
        sizes.enterprise_size,
        customers.industry_section,
        customers.ownership_code,
        customers.branch_code,
        coalesce(customers.in_rating_scope, false) as in_rating_scope,
        coalesce(customers.marketing_consent, false) as has_marketing_consent,

        ----------  dates
        as_of.as_of_date,
        as_of.year_start_date,
        as_of.elapsed_days

    from identifiers
    cross join as_of
    left join customers
        on identifiers.customer_id = customers.customer_id
    left join sizes
        on identifiers.customer_id = sizes.customer_id

)

select * from final
