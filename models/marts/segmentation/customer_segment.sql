with

customers as (

    select * from {{ ref('int_segmentation__customer_feature') }}

),

members as (

    select * from {{ ref('int_segmentation__champion_member') }}
    where grain_code = 'customer'

),

final as (

    select
        ----------  keys
        customers.customer_id,

        ----------  attributes
        members.segment_code,

        ----------  features
        {{ per_named_feature('customer', 'customers.{name}') }},

        ----------  measures
        members.own_centre_distance,
        members.nearest_other_centre_distance,
        members.silhouette

    from customers
    left join members
        on customers.customer_id = members.member_id

)

select * from final
