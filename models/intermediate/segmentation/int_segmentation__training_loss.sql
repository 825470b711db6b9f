with

points as (

    select * from {{ ref('int_segmentation__training_point') }}

),

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}
    where space_code in (select points.space_code from points)

),

means as (

    select
        space_code,
        {{ per_feature('cast(sum(' ~ summable('scaled_{f}') ~ ') as double) / count(*) as scaled_{f}') }}
    from members
    group by space_code

),

totals as (

    select
        members.space_code,
        count(*) as member_count,
        cast(sum({{ summable(squared_distance('members', 'means')) }}) as double) as variation
    from members
    inner join means
        on members.space_code = means.space_code
    group by members.space_code

),

inside as (

    select
        space_code,
        count(*) as point_count,
        max(resolution) as resolution,
        cast(sum({{ summable(per_feature('squares_{f}', ' + ')) }}) as double) as variation
    from points
    group by space_code

),

final as (

    select
        totals.space_code,
        totals.member_count,
        inside.point_count,
        inside.resolution,
        coalesce(inside.variation / nullif(totals.variation, 0), 0) as lost_variance_share
    from totals
    inner join inside
        on totals.space_code = inside.space_code

)

select * from final
