with

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

lists as (

    select
        candidate_code,
        {{ list_of(['cluster_number'] + per_feature('scaled_{f}').split(', '), 'cluster_number') }} as centres
    from clusters
    group by candidate_code

),

final as (

    -- Each with the others of its candidate, so that no row per member and centre is ever made.
    select
        clusters.candidate_code,
        clusters.cluster_number,
        cast(
            row_number() over (order by clusters.candidate_code, clusters.cluster_number) as integer
        ) as centre_number,
        {{ per_feature('clusters.scaled_{f}') }},
        {{ items_where('lists.centres', 'item.cluster_number <> clusters.cluster_number') }} as others
    from clusters
    inner join lists
        on clusters.candidate_code = lists.candidate_code

)

select * from final
