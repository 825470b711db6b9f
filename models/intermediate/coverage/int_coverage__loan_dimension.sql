{%- set dimensions = {
    'enterprise_size': 'customers.enterprise_size',
    'industry_section': 'customers.industry_section',
    'ownership': 'customers.ownership_code',
    'loan_type': 'loans.loan_type_code',
    'tier': 'tiers.tier_code',
    'product': 'loans.product_code',
    'guarantee_type': 'loans.guarantee_type_code',
} -%}
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
        coalesce(products.is_specialised, false) as is_specialised,
        {% for dimension, column in dimensions.items() -%}
        coalesce({{ column }}, 'unknown') as {{ dimension }}{{ "," if not loop.last }}
        {% endfor %}
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

final as (

    {% for dimension in dimensions %}
    select
        loan_id,
        customer_id,
        segment_code,
        tier_code,
        is_specialised,
        '{{ dimension }}' as dimension_code,
        {{ dimension }} as dimension_value
    from described
    {%- if not loop.last %}

    union all

    {%- endif %}
    {% endfor %}

)

select * from final
