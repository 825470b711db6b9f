with

shares as (

    {{ standing_rows('registry_share', share_columns()) }}

),

runs as (

    select distinct grain_code, training_number
    from {{ ref('int_segmentation__standing_run') }}

),

final as (

    select shares.*
    from shares
    inner join runs
        on
            shares.grain_code = runs.grain_code
            and shares.training_number = runs.training_number

)

select * from final
