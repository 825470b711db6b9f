with

ranges as (

    {{ standing_rows('registry_range', range_columns()) }}

),

runs as (

    select distinct grain_code, training_number
    from {{ ref('int_segmentation__standing_run') }}

),

final as (

    select ranges.*
    from ranges
    inner join runs
        on
            ranges.grain_code = runs.grain_code
            and ranges.training_number = runs.training_number

)

select * from final
