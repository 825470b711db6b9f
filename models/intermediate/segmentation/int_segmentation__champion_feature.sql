{{ config(materialized='view') }}

with

members as (

    select * from {{ ref('int_segmentation__champion_member') }}

),

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

final as (

    select
        members.grain_code,
        members.member_id,
        members.segment_code,
        candidates.space_code,
        {{ per_feature('members.own_value_{f} as value_{f}') }}
    from members
    inner join candidates
        on members.candidate_code = candidates.candidate_code

)

select * from final
