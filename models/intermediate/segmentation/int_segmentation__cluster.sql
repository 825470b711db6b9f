with

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

assignments as (

    select * from {{ ref('int_segmentation__member_cluster') }}

),

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

summed as (

    select
        assignments.candidate_code,
        assignments.cluster_number,
        candidates.measure_space_code,
        count(*) as member_count,
        min(assignments.member_id) as first_member_id,
        {{ per_feature('sum(assignments.value_{f}) as sum_{f}') }},
        {{ per_feature('cast(sum(assignments.value_{f}) as double) / count(*) as mean_{f}') }}
    from assignments
    inner join candidates
        on assignments.candidate_code = candidates.candidate_code
    group by assignments.candidate_code, assignments.cluster_number, candidates.measure_space_code

),

measured as (

    select space_code, count(*) as member_count
    from members
    group by space_code

),

final as (

    select
        summed.candidate_code,
        summed.cluster_number,
        row_number() over (
            partition by summed.candidate_code order by summed.member_count desc, summed.first_member_id
        ) as size_rank,
        summed.member_count,
        {{ per_feature('summed.sum_{f}') }},
        {{ per_feature('summed.mean_{f}') }},
        {{ per_feature(scaled('summed.mean_{f}') ~ ' as scaled_{f}') }},
        cast(summed.member_count as double) / measured.member_count as member_share
    from summed
    inner join measured
        on summed.measure_space_code = measured.space_code
    inner join feature_ranges
        on summed.measure_space_code = feature_ranges.space_code

)

select * from final
