{{ config(materialized='view') }}
with

final as (

    -- The centre-based silhouette of the study's tool, with the means of the members now in the segment.
    {{ member_silhouettes(ref('int_segmentation__member_cluster')) }}

)

select * from final
