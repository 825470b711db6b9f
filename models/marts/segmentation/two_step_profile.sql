with

prototypes as (

    select * from {{ ref('int_segmentation__prototype') }}
    where profile_count is not null

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
        prototypes.prototype_number,

        ----------  attributes
        candidates.grain_code,
        candidates.rate_basis_code,
        codes.segment_code,

        ----------  measures
        case when candidates.grain_code = 'loan' then cast(prototypes.profile_count as bigint) end as loan_count,
        case when candidates.grain_code = 'customer' then cast(prototypes.profile_count as bigint) end
            as customer_count,
        {{ per_grain_feature('candidates.grain_code', unscaled(learned_place('prototypes')), 'mean_{name}') }},
        {{ per_grain_feature(
            'candidates.grain_code',
            'sqrt(prototypes.profile_squares_{f} / prototypes.profile_count) * prototypes.spread_{f}'
            ~ ' * (feature_ranges.maximum_{f} - feature_ranges.minimum_{f})',
            'deviation_{name}'
        ) }}

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
