{{ config(**registry_config(['grain_code', 'training_number'])) }}

with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

final as (

    select
        trainings.grain_code,
        trainings.training_number,
        feature_ranges.*
    from trainings
    inner join {{ ref('int_segmentation__space') }} as spaces
        on trainings.grain_code = spaces.grain_code
    inner join {{ ref('int_segmentation__feature_range') }} as feature_ranges
        on spaces.space_code = feature_ranges.space_code
    where trainings.is_training

)

select * from final
