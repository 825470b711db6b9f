with

champion as (

    select * from {{ ref('int_segmentation__choice') }}
    where is_champion and grain_code = 'loan'

),

clusters as (

    select clusters.*, codes.segment_code
    from {{ ref('int_segmentation__cluster') }} as clusters
    inner join champion
        on clusters.candidate_code = champion.candidate_code
    inner join {{ ref('int_segmentation__segment_code') }} as codes
        on
            clusters.candidate_code = codes.candidate_code
            and clusters.cluster_number = codes.cluster_number

),

runs as (

    select * from {{ ref('segment_stability_run') }}

),

policy as (

    select * from {{ ref('segmentation_choice_policy') }}

),

summed as (

    select
        cluster_number,
        count(*) as run_count,
        {{ mean_jaccard() }} as mean_jaccard,
        min(jaccard) as minimum_jaccard,
        {% for kind in ['shuffle', 'bootstrap', 'scaling', 'month'] %}
        {{ mean_jaccard(kind) }} as {{ kind }}_jaccard,
        {% endfor %}
        cast(count(*) filter (where is_modal) as double) / count(*) as modal_solution_share
    from runs
    group by cluster_number

),

final as (

    select
        ----------  keys
        clusters.segment_code,
        clusters.candidate_code,

        ----------  attributes
        coalesce(summed.mean_jaccard >= policy.nameable_jaccard, false) as is_nameable,

        ----------  measures
        clusters.member_count,
        coalesce(summed.run_count, 0) as run_count,
        summed.mean_jaccard,
        summed.minimum_jaccard,
        summed.shuffle_jaccard,
        summed.bootstrap_jaccard,
        summed.scaling_jaccard,
        summed.month_jaccard,
        summed.modal_solution_share

    from clusters
    cross join policy
    left join summed
        on clusters.cluster_number = summed.cluster_number

)

select * from final
