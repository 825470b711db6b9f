with

prototypes as (

    select * from {{ ref('segment_prototype') }}
    where profile_count is not null

),

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

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
        clusters.segment_code,

        ----------  measures
        cast(prototypes.profile_count as bigint) as loan_count,
        {{ per_feature(
            unscaled('prototypes.learned_{f} * prototypes.spread_{f} + prototypes.offset_{f}') ~ ' as mean_{f}'
        ) }},
        {{ per_feature(
            'sqrt(prototypes.profile_squares_{f} / prototypes.profile_count) * prototypes.spread_{f}'
            ~ ' * cast(feature_ranges.maximum_{f} - feature_ranges.minimum_{f} as double) as deviation_{f}'
        ) }}

    from prototypes
    cross join feature_ranges
    left join clusters
        on
            prototypes.candidate_code = clusters.candidate_code
            and prototypes.cluster_number = clusters.cluster_number

)

select * from final
