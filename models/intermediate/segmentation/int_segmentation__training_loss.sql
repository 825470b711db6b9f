with

points as (

    select * from {{ ref('int_segmentation__training_point') }}

),

variations as (

    select * from {{ ref('int_segmentation__variation') }}

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
        variations.space_code,
        variations.member_count,
        inside.point_count,
        inside.resolution,
        coalesce(
            inside.variation / nullif(
                {{ per_feature('variations.variation_{f} * variations.unit_{f} * variations.unit_{f}', ' + ') }}, 0
            ), 0
        ) as lost_variance_share
    from variations
    inner join inside
        on variations.space_code = inside.space_code

)

select * from final
