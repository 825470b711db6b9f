with

segments as (

    select * from {{ ref('loan_segment') }}
    where segment_code is not null

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

tiers as (

    select * from {{ ref('customer_tier') }}

),

products as (

    select * from {{ ref('stg_core_banking__product') }}

),

described as (

    select
        loans.loan_id,
        loans.customer_id,
        segments.segment_code,
        tiers.tier_code,
        loans.product_code,
        coalesce(products.is_specialised, false) as is_specialised,
        segments.contract_amount,
        loans.start_date,
        customers.enterprise_size,
        customers.industry_section,
        customers.ownership_code as ownership,
        loans.loan_type_code as loan_type,
        tiers.tier_code as tier,
        loans.product_code as product,
        loans.guarantee_type_code as guarantee_type
    from segments
    inner join loans
        on segments.loan_id = loans.loan_id
    inner join customers
        on loans.customer_id = customers.customer_id
    inner join tiers
        on loans.customer_id = tiers.customer_id
    left join products
        on loans.product_code = products.product_code

),

weighted as (

    select *, {{ coverage_weight() }} as coverage_weight
    from described

),

final as (

    {% for dimension in [
        'enterprise_size', 'industry_section', 'ownership', 'loan_type', 'tier', 'product', 'guarantee_type'
    ] %}
    select
        loan_id,
        customer_id,
        segment_code,
        tier_code,
        product_code,
        is_specialised,
        coverage_weight,
        '{{ dimension }}' as dimension_code,
        coalesce({{ dimension }}, 'unknown') as dimension_value
    from weighted
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from final
