with

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

silhouettes as (

    select
        candidate_code,
        cluster_number,
        sum({{ summable('silhouette') }}) as silhouette_sum,
        count(silhouette) as silhouette_count
    from {{ ref('int_segmentation__member_silhouette') }}
    group by candidate_code, cluster_number

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
    left join silhouettes
        on
            clusters.candidate_code = silhouettes.candidate_code
            and clusters.cluster_number = silhouettes.cluster_number

)

select * from final
