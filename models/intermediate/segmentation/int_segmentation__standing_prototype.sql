with

prototypes as (

    {{ standing_rows('registry_prototype', prototype_columns()) }}

),

runs as (

    select * from {{ ref('int_segmentation__standing_run') }}

),

final as (

    select prototypes.*, runs.is_champion
    from prototypes
    inner join runs
        on
            prototypes.grain_code = runs.grain_code
            and prototypes.training_number = runs.training_number
            and prototypes.candidate_code = runs.candidate_code

)

select * from final
