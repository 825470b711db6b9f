with

rows_read as (

    select * from {{ ref('base_marketing__campaign_contact') }}

),

final as (

    select
        ----------  keys
        contact_id,
        campaign_id,
        customer_id,

        ----------  attributes
        channel_code,

        ----------  dates
        contacted_at,

        ----------  measures
        cost

    from rows_read
    where reason_code is null

)

select * from final
