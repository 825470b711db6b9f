with

prototypes as (

    select * from {{ ref('segment_prototype') }}
    where grid_row is not null

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
        prototypes.grid_row,
        prototypes.grid_column,

        ----------  attributes
        clusters.segment_code,

        ----------  measures
        prototypes.hit_count as loan_count,
        prototypes.u_distance,

        ----------  place of the unit
        {{ per_feature(
            unscaled('prototypes.learned_{f} * prototypes.spread_{f} + prototypes.offset_{f}') ~ ' as {f}'
        ) }}

    from prototypes
    cross join feature_ranges
    left join clusters
        on
            prototypes.candidate_code = clusters.candidate_code
            and prototypes.cluster_number = clusters.cluster_number

)

select * from final
