{{ config(materialized='view') }}

with

segments as (

    select * from {{ ref('int_segmentation__segment') }}

),

silhouettes as (

    {{ member_silhouettes(ref('int_segmentation__shown_cell')) }}

),

final as (

    select
        segments.grain_code,
        silhouettes.member_id,
        segments.candidate_code,
        segments.segment_code,
        segments.segment_name_zh,
        segments.segment_name_en,
        {{ per_feature('silhouettes.own_value_{f}') }},
        {{ per_feature('silhouettes.value_{f}') }},
        silhouettes.own_centre_distance,
        silhouettes.nearest_other_centre_distance,
        silhouettes.silhouette
    from segments
    inner join silhouettes
        on
            segments.candidate_code = silhouettes.candidate_code
            and segments.cluster_number = silhouettes.cluster_number

)

select * from final
