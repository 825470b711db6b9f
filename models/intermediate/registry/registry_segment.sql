{{ config(**registry_config(['grain_code', 'training_number'])) }}

with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

final as (

    select
        trainings.grain_code,
        trainings.training_number,
        identities.segment_code,
        identities.candidate_code,
        identities.cluster_number,
        identities.matched_by_code,
        identities.jaccard,
        clusters.member_count,
        {{ per_feature('clusters.mean_{f}') }}
    from trainings
    inner join {{ ref('segment_identity') }} as identities
        on trainings.grain_code = identities.grain_code
    inner join {{ ref('int_segmentation__cluster') }} as clusters
        on
            identities.candidate_code = clusters.candidate_code
            and identities.cluster_number = clusters.cluster_number
    where trainings.is_training

)

select * from final
