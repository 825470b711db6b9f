with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

learned as (

    select * from {{ ref('segment_prototype') }}

),

standing as (

    select standing.*, trainings.is_training
    from {{ ref('int_segmentation__standing_prototype') }} as standing
    inner join trainings
        on standing.grain_code = trainings.grain_code

),

former_ranges as (

    select * from {{ ref('int_segmentation__standing_range') }}

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

final as (

    select
        candidates.grain_code,
        candidates.candidate_code,
        learned.prototype_number,
        {{ prototype_columns_of('learned', {'space_code': 'candidates.space_code'}) }}
    from learned
    inner join candidates
        on learned.candidate_code = candidates.candidate_code

    union all

    select
        grain_code,
        candidate_code,
        prototype_number,
        {{ prototype_columns_of('standing') }}
    from standing
    where not is_training

    union all

    -- The champion until now, on the scale of today, so that its members can be told from the new one's.
    select
        standing.grain_code,
        {{ former_champion('standing.grain_code') }} as candidate_code,
        standing.prototype_number,
        {{ prototype_columns_of('standing', rescaled_columns('standing', 'former_ranges', 'feature_ranges')) }}
    from standing
    inner join former_ranges
        on
            standing.grain_code = former_ranges.grain_code
            and standing.space_code = former_ranges.space_code
    inner join feature_ranges
        on standing.space_code = feature_ranges.space_code
    where standing.is_training and standing.is_champion

)

select * from final
