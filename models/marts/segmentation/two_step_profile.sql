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
    where grain_code = 'loan'

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
        candidates.rate_basis_code,
        codes.segment_code,

        ----------  measures
        cast(prototypes.profile_count as bigint) as loan_count,
        {{ per_named_feature('loan', unscaled(learned_place('prototypes')) ~ ' as mean_{name}')
            | replace('annual_rate_pct', 'rate') }},
        {{ per_named_feature(
            'loan',
            'sqrt(prototypes.profile_squares_{f} / prototypes.profile_count) * prototypes.spread_{f}'
            ~ ' * (feature_ranges.maximum_{f} - feature_ranges.minimum_{f}) as deviation_{name}'
        ) | replace('annual_rate_pct', 'rate') }}

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
