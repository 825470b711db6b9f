{{ config(materialized='view') }}

with

points as (

    select * from {{ ref('int_segmentation__training_point') }}

),

members as (

    select * from {{ ref('int_segmentation__champion_feature') }}

),

final as (

    -- A point speaks through its first member: all of a distinct point are alike, of a cell one is taken.
    select
        members.grain_code,
        points.point_number,
        members.segment_code,
        points.member_count,
        {{ per_feature('members.value_{f}') }}
    from points
    inner join members
        on
            points.space_code = members.space_code
            and points.first_member_id = members.member_id

)

select * from final
