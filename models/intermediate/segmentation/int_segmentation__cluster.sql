with

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

cells as (

    select * from {{ ref('int_segmentation__cell') }}

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

parts as (

    -- Cells whose members are all of one cluster are summed already,
    select
        whole.candidate_code,
        whole.cluster_number,
        cells.member_count,
        cells.first_member_id,
        {{ per_feature('cells.sum_{f}') }}
    from {{ ref('int_segmentation__cell_cluster') }} as whole
    inner join cells
        on whole.cell_key = cells.cell_key
    where whole.is_measure and whole.cluster_number is not null

    union all

    -- members of others one by one.
    select
        candidate_code,
        cluster_number,
        count(*) as member_count,
        min(member_id) as first_member_id,
        {{ per_feature('sum(value_{f}) as sum_{f}') }}
    from (
        {{ clustered_members(
            '(select * from ' ~ ref('int_segmentation__cell_cluster')
            ~ ' where not is_measure or cluster_number is null)'
        ) }}
    ) as single_members
    group by candidate_code, cluster_number

),

summed as (

    select
        parts.candidate_code,
        parts.cluster_number,
        candidates.measure_space_code,
        cast(sum(parts.member_count) as bigint) as member_count,
        min(parts.first_member_id) as first_member_id,
        {{ per_feature('cast(sum(parts.sum_{f}) as decimal(38, 10)) as sum_{f}') }},
        {{ per_feature('cast(sum(parts.sum_{f}) as double) / cast(sum(parts.member_count) as bigint) as mean_{f}') }}
    from parts
    inner join candidates
        on parts.candidate_code = candidates.candidate_code
    group by parts.candidate_code, parts.cluster_number, candidates.measure_space_code

),

measured as (

    select space_code, cast(sum(member_count) as bigint) as member_count
    from cells
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
        cast(summed.member_count as double) / measured.member_count as member_share,
        measured.member_count as measured_count
    from summed
    inner join measured
        on summed.measure_space_code = measured.space_code
    inner join feature_ranges
        on summed.measure_space_code = feature_ranges.space_code

)

select * from final
