with

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

centres as (

    select * from {{ ref('int_segmentation__centre') }}

),

silhouettes as (

    -- The centre-based silhouette of the study's tool, with the means of the members now in the segment.
    select
        centre_number,
        sum({{ summable('silhouette') }}) as silhouette_sum,
        count(silhouette) as silhouette_count
    from (
        {{ member_silhouettes(ref('int_segmentation__cell_centre')) }}
    ) as members
    group by centre_number

),

final as (

    select
        clusters.candidate_code,
        clusters.cluster_number,
        clusters.member_count,
        clusters.member_share,
        {{ per_feature('clusters.sum_{f}') }},
        {{ per_feature('clusters.mean_{f}') }},
        {{ per_feature('clusters.scaled_{f}') }},
        silhouettes.silhouette_sum,
        silhouettes.silhouette_count,
        cast(silhouettes.silhouette_sum as double) / nullif(silhouettes.silhouette_count, 0) as silhouette
    from clusters
    inner join centres
        on
            clusters.candidate_code = centres.candidate_code
            and clusters.cluster_number = centres.cluster_number
    left join silhouettes
        on centres.centre_number = silhouettes.centre_number

)

select * from final
