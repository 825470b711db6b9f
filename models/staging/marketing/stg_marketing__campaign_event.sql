with

rows_read as (

    select * from {{ ref('base_marketing__campaign_event') }}

),

final as (

    select
        ----------  keys
        event_id,
        campaign_id,
        customer_id,
        loan_id,

        ----------  attributes
        event_code,

        ----------  dates
        occurred_at,

        ----------  measures
        amount

    from rows_read
    where reason_code is null

)

select * from final
