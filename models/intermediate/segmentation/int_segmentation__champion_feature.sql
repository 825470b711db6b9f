{{ config(materialized='view') }}

with

members as (

    select * from {{ ref('int_segmentation__champion_member') }}

),

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

features as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

final as (

    select
        members.grain_code,
        members.member_id,
        members.segment_code,
        candidates.space_code,
        {{ per_feature('features.value_{f}') }}
    from members
    inner join candidates
        on members.candidate_code = candidates.candidate_code
    inner join features
        on
            candidates.space_code = features.space_code
            and members.member_id = features.member_id

)

select * from final
