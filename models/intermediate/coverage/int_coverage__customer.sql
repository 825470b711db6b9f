with

tiers as (

    select * from {{ ref('customer_tier') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

segments as (

    select * from {{ ref('loan_segment') }}
    where segment_code is not null

),

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

ranked as (

    select
        loans.customer_id,
        loans.loan_id,
        segments.segment_code,
        row_number() over (
            partition by loans.customer_id order by loans.start_date desc, loans.loan_id desc
        ) as loan_rank
    from loans
    inner join segments
        on loans.loan_id = segments.loan_id

),

final as (

    -- A customer's segment is that of its latest segmented loan.
    select
        ----------  keys
        tiers.customer_id,
        ranked.loan_id as latest_loan_id,

        ----------  attributes
        ranked.segment_code,
        tiers.tier_code,
        tiers.class_code,
        tiers.in_rating_scope,
        customers.has_marketing_consent,
        coalesce(customers.enterprise_size, 'unknown') as enterprise_size,
        coalesce(customers.industry_section, 'unknown') as industry_section,
        customers.branch_code

    from tiers
    inner join customers
        on tiers.customer_id = customers.customer_id
    left join ranked
        on
            tiers.customer_id = ranked.customer_id
            and ranked.loan_rank = 1

)

select * from final
