with

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

identities as (

    select * from {{ ref('segment_identity') }}

),

final as (

    -- The champion's segments keep their codes from training to training; those of the others go by size.
    select
        clusters.candidate_code,
        clusters.cluster_number,
        coalesce(identities.segment_code, 'S' || cast(clusters.size_rank as varchar)) as segment_code
    from clusters
    left join identities
        on
            clusters.candidate_code = identities.candidate_code
            and clusters.cluster_number = identities.cluster_number

)

select * from final
