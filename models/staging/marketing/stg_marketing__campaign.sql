with

rows_read as (

    select * from {{ ref('base_marketing__campaign') }}

),

final as (

    select
        ----------  keys
        campaign_id,

        ----------  attributes
        campaign_name,
        product_code,
        audience,
        scene,
        pain_point,
        value_proposition,
        story,
        channel_code,

        ----------  dates
        start_date,
        end_date,

        ----------  measures
        fixed_cost

    from rows_read
    where reason_code is null

)

select * from final
