{%- set squared_deviation = squared_to(
    'clusters.scaled_{f} / variations.unit_{f}', 'variations.scaled_{f} / variations.unit_{f}'
) -%}
with

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

clusters as (

    select clusters.*, candidates.measure_space_code as space_code
    from {{ ref('int_segmentation__cluster') }} as clusters
    inner join candidates
        on clusters.candidate_code = candidates.candidate_code

),

silhouettes as (

    select
        candidate_code,
        cast(sum(silhouette_sum) as double) / nullif(sum(silhouette_count), 0) as silhouette
    from {{ ref('int_segmentation__segment_quality') }}
    group by candidate_code

),

variations as (

    select * from {{ ref('int_segmentation__variation') }}

),

explained as (

    -- How much of what the features vary around the mean of all members lies between the segments.
    select
        clusters.candidate_code,
        count(*) as cluster_count,
        sum(clusters.member_count) as member_count,
        max(clusters.measured_count) as measured_count,
        min(clusters.member_count) as smallest_count,
        min(clusters.member_share) as smallest_share,
        max(clusters.member_share) as largest_share,
        {{ per_feature(
            'cast(sum(' ~ summable('clusters.member_count * ' ~ squared_deviation) ~ ') as double)'
            ~ ' / nullif(max(variations.variation_{f}), 0) as eta_squared_{f}'
        ) }}
    from clusters
    inner join variations
        on clusters.space_code = variations.space_code
    group by clusters.candidate_code

),

final as (

    select
        ----------  keys
        candidates.candidate_code,
        candidates.grain_code,

        ----------  attributes
        candidates.algorithm_code,
        candidates.rate_basis_code,
        candidates.policy_order,

        ----------  measures
        cast(coalesce(explained.cluster_count, 0) as integer) as cluster_count,
        cast(coalesce(explained.member_count, 0) as bigint) as member_count,
        explained.measured_count,
        silhouettes.silhouette,
        explained.smallest_count,
        explained.smallest_share,
        explained.largest_share,
        explained.smallest_share / explained.largest_share as smallest_to_largest_ratio,
        {{ per_feature('explained.eta_squared_{f}') }},
        -- The plain mean over the features that vary at all.
        ({{ per_feature('coalesce(explained.eta_squared_{f}, 0)', ' + ') }})
        / nullif({{ per_feature('case when explained.eta_squared_{f} is null then 0 else 1 end', ' + ') }}, 0)
            as mean_eta_squared

    from candidates
    left join explained
        on candidates.candidate_code = explained.candidate_code
    left join silhouettes
        on candidates.candidate_code = silhouettes.candidate_code

)

select * from final
