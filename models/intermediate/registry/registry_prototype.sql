{{ config(**registry_config(['grain_code', 'training_number'])) }}

with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

final as (

    select
        trainings.grain_code,
        trainings.training_number,
        prototypes.candidate_code,
        prototypes.prototype_number,
        {{ prototype_columns_of('prototypes') }}
    from trainings
    inner join {{ ref('int_segmentation__prototype') }} as prototypes
        on trainings.grain_code = prototypes.grain_code
    inner join candidates
        on prototypes.candidate_code = candidates.candidate_code
    where trainings.is_training

)

select * from final
