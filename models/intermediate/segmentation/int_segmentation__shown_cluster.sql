{{ config(materialized='view') }}
with

final as (

    {{ clustered_members(ref('int_segmentation__shown_cell')) }}

)

select * from final
