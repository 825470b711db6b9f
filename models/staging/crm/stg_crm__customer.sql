with

rows_read as (

    select * from {{ ref('base_crm__customer') }}

),

final as (

    select
        ----------  keys
        customer_id,
        relationship_manager_id,
        group_id,

        ----------  attributes
        customer_type_code,
        customer_name,
        id_number,
        enterprise_size_code,
        industry_section,
        industry_division,
        industry_class_code,
        ownership_code,
        region,
        branch_code,

        ----------  flags
        coalesce(in_rating_scope, false) as in_rating_scope,
        coalesce(marketing_consent, false) as marketing_consent,

        ----------  dates
        birth_date,
        relationship_start_date,

        ----------  measures
        employee_count,
        annual_revenue,
        total_assets

    from rows_read
    where reason_code is null

)

select * from final
