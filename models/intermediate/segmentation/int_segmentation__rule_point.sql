{{ config(materialized='view') }}

with

members as (

    select * from {{ ref('int_segmentation__champion_feature') }}

),

distinct_members as (

    select
        grain_code,
        segment_code,
        {{ per_feature('value_{f}') }},
        count(*) as member_count,
        min(member_id) as first_member_id
    from members
    group by grain_code, segment_code, {{ per_feature('value_{f}') }}

),

numbered as (

    select
        *,
        row_number() over (partition by grain_code order by first_member_id) as point_number,
        count(*) over (partition by grain_code) as point_count
    from distinct_members

),

final as (

    -- Too many to learn from: every second, third, … of them.
    select
        grain_code,
        point_number,
        segment_code,
        member_count,
        {{ per_feature('value_{f}') }}
    from numbered
    where
        mod(
            point_number - 1,
            cast(floor((point_count - 1) / cast({{ var('segmentation_max_points') }} as double)) as bigint) + 1
        ) = 0

)

select * from final
