with

members as (

    select * from {{ ref('int_segmentation__member') }}

),

trainings as (

    select spaces.space_code, trainings.is_training
    from {{ ref('int_segmentation__training') }} as trainings
    inner join {{ ref('int_segmentation__space') }} as spaces
        on trainings.grain_code = spaces.grain_code

),

final as (

    -- A training sets the scale; until the next one later members are scored on it.
    select
        members.space_code,
        {{ per_feature('min(members.number_{f}) as minimum_{f}') }},
        {{ per_feature('max(members.number_{f}) as maximum_{f}') }}
    from members
    inner join trainings
        on members.space_code = trainings.space_code
    where trainings.is_training
    group by members.space_code

    union all

    select
        standing.space_code,
        {{ per_feature('standing.minimum_{f}') }},
        {{ per_feature('standing.maximum_{f}') }}
    from {{ ref('int_segmentation__standing_range') }} as standing
    inner join trainings
        on standing.space_code = trainings.space_code
    where not trainings.is_training

)

select * from final
