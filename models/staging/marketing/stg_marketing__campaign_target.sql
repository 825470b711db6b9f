with

rows_read as (

    select * from {{ ref('base_marketing__campaign_target') }}

),

final as (

    select
        ----------  keys
        campaign_id,
        customer_id,

        ----------  attributes
        arm_code,

        ----------  dates
        assigned_date,

        ----------  measures
        response_score,
        default_probability

    from rows_read
    where reason_code is null

)

select * from final
