with

prototypes as (

    select * from {{ ref('int_segmentation__prototype') }}
    where grid_row is not null

),

codes as (

    select * from {{ ref('int_segmentation__segment_code') }}

),

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

final as (

    select
        ----------  keys
        prototypes.candidate_code,
        prototypes.grid_row,
        prototypes.grid_column,

        ----------  attributes
        candidates.grain_code,
        candidates.rate_basis_code,
        codes.segment_code,

        ----------  measures
        case when candidates.grain_code = 'loan' then prototypes.hit_count end as loan_count,
        case when candidates.grain_code = 'customer' then prototypes.hit_count end as customer_count,
        prototypes.u_distance,

        ----------  place of the unit
        {{ per_grain_feature('candidates.grain_code', unscaled(learned_place('prototypes')), '{name}') }},

        ----------  place on a drawing
        prototypes.grid_column + case when mod(prototypes.grid_row, 2) = 0 then cast(0.5 as double) else 0 end as hex_x,
        prototypes.grid_row * (sqrt(cast(3 as double)) / 2) as hex_y

    from prototypes
    inner join candidates
        on prototypes.candidate_code = candidates.candidate_code
    inner join feature_ranges
        on candidates.space_code = feature_ranges.space_code
    left join codes
        on
            prototypes.candidate_code = codes.candidate_code
            and prototypes.cluster_number = codes.cluster_number

)

select * from final
