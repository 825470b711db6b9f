with

contested as (

    select
        cells.candidate_code,
        cells.cell_key,
        cells.is_measure,
        cells.measure_space_number,
        prototypes.prototype_number,
        prototypes.cluster_number,
        prototypes.profile_count,
        prototypes.outlier_distance,
        {{ per_feature('prototypes.learned_{f}') }},
        {{ per_feature('prototypes.offset_{f}') }},
        {{ per_feature('prototypes.spread_{f}') }},
        {{ per_feature('prototypes.profile_squares_{f}') }}
    from {{ ref('int_segmentation__cell_cluster') }} as cells
    inner join {{ ref('int_segmentation__contender') }} as contenders
        on
            cells.candidate_code = contenders.candidate_code
            and cells.cell_key = contenders.cell_key
    inner join {{ ref('int_segmentation__prototype') }} as prototypes
        on
            contenders.candidate_code = prototypes.candidate_code
            and contenders.prototype_number = prototypes.prototype_number
    where cells.cluster_number is null

),

compared as (

    select
        prototypes.candidate_code,
        prototypes.is_measure,
        prototypes.measure_space_number,
        members.member_id,
        members.month_end_date,
        {{ per_feature('members.value_{f}') }},
        {{ per_feature('members.scaled_{f}') }},
        prototypes.outlier_distance,
        {{ struct_of({
            'distance': prototype_distance(learned_difference('members.scaled_{f}')),
            'prototype_number': 'prototypes.prototype_number',
            'cluster_number': 'prototypes.cluster_number',
        }) }} as prototype
    from {{ ref('int_segmentation__scaled_member') }} as members
    inner join contested as prototypes
        on members.cell_key = prototypes.cell_key

),

nearest as (

    -- Of equally near prototypes the one with the lower number; the rest is the same in every row of a member.
    select
        candidate_code,
        member_id,
        any_value(is_measure) as is_measure,
        any_value(measure_space_number) as measure_space_number,
        any_value(month_end_date) as month_end_date,
        {{ per_feature('any_value(value_{f}) as value_{f}') }},
        {{ per_feature('any_value(scaled_{f}) as scaled_{f}') }},
        any_value(outlier_distance) as outlier_distance,
        min(prototype) as prototype
    from compared
    group by candidate_code, member_id

),

placed as (

    select
        nearest.*,
        -- Outliers of a candidate that looks for them are a cluster of their own.
        case
            when nearest.prototype.distance > nearest.outlier_distance then 0
            else nearest.prototype.cluster_number
        end as cluster_number
    from nearest

),

final as (

    -- With what it is in the candidate's own space, and in the one all are measured in.
    select
        candidate_code,
        member_id,
        cluster_number,
        month_end_date,
        {{ per_feature('value_{f} as own_value_{f}') }},
        {{ per_feature('scaled_{f} as own_scaled_{f}') }},
        {{ per_feature('value_{f}') }},
        {{ per_feature('scaled_{f}') }}
    from placed
    where is_measure
    {% if has_other_spaces() %}

    union all

    select
        placed.candidate_code,
        placed.member_id,
        placed.cluster_number,
        placed.month_end_date,
        {{ per_feature('placed.value_{f} as own_value_{f}') }},
        {{ per_feature('placed.scaled_{f} as own_scaled_{f}') }},
        {{ per_feature('measured.value_{f}') }},
        {{ per_feature('measured.scaled_{f}') }}
    from placed
    inner join {{ ref('int_segmentation__scaled_member') }} as measured
        on
            placed.measure_space_number = measured.space_number
            and placed.member_id = measured.member_id
    where not placed.is_measure
    {% endif %}

)

select * from final
