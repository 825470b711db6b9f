with

members as (

    select * from {{ ref('int_segmentation__member') }}

),

final as (

    select
        space_code,
        {{ per_feature('min(number_{f}) as minimum_{f}') }},
        {{ per_feature('max(number_{f}) as maximum_{f}') }},
        count(*) as member_count
    from members
    group by space_code

)

select * from final
