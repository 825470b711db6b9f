{{ config(materialized='view') }}
with

final as (

    {{ clustered_members(ref('int_segmentation__cell_cluster')) }}

)

select * from final
