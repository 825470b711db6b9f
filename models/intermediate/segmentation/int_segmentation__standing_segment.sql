with

segments as (

    {{ standing_rows('registry_segment', segment_columns()) }}

),

runs as (

    select distinct grain_code, training_number
    from {{ ref('int_segmentation__standing_run') }}

),

final as (

    -- Those of earlier trainings too: a code is never given twice.
    select
        segments.*,
        segments.training_number = runs.training_number as is_standing
    from segments
    inner join runs
        on
            segments.grain_code = runs.grain_code
            and segments.training_number <= runs.training_number

)

select * from final
