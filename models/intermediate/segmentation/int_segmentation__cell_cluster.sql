with

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

prototypes as (

    select * from {{ ref('int_segmentation__prototype') }}
    where cluster_number is not null

),

spaces as (

    select * from {{ ref('int_segmentation__space') }}

),

measures as (

    select grain_code, space_code
    from spaces
    where is_measure

),

codebooks as (

    -- One row per candidate, so that no row per cell and prototype is ever made.
    select
        candidate_code,
        space_code,
        max(outlier_distance) as outlier_distance,
        {{ list_of(
            ['cluster_number', 'profile_count']
            + per_feature('learned_{f}|offset_{f}|spread_{f}|profile_squares_{f}', '|').split('|'),
            'prototype_number'
        ) }} as prototypes
    from prototypes
    group by candidate_code, space_code

),

cells as (

    select distinct
        space_code,
        {{ per_feature(cell('scaled_{f}') ~ ' as cell_{f}') }}
    from members

),

reaches as (

    -- No member of a cell is farther from its nearest prototype than the cell's farthest corner is,
    select
        codebooks.*,
        {{ per_feature('cells.cell_{f}') }},
        {{ least_of(for_each('codebooks.prototypes', prototype_distance(
            'greatest(abs(' ~ learned_difference('cells.cell_{f} / 128') ~ '), abs('
            ~ learned_difference('(cells.cell_{f} + 1) / 128') ~ '))'
        ))) }} as corner_distance
    from cells
    inner join codebooks
        on cells.space_code = codebooks.space_code

),

contenders as (

    -- so a prototype that is farther from all of the cell takes none of them. A little is left for rounding.
    select
        reaches.candidate_code,
        reaches.space_code,
        {{ per_feature('reaches.cell_{f}') }},
        reaches.outlier_distance,
        reaches.corner_distance + 0.000001 * (1 + abs(reaches.corner_distance))
        <= reaches.outlier_distance as has_no_outlier,
        {{ items_where(
            'reaches.prototypes',
            prototype_distance(
                'greatest(' ~ learned_difference('reaches.cell_{f} / 128') ~ ', least('
                ~ learned_difference('(reaches.cell_{f} + 1) / 128') ~ ', cast(0 as double)))'
            ) ~ ' <= reaches.corner_distance + 0.000001 * (1 + abs(reaches.corner_distance))'
        ) }} as prototypes
    from reaches

),

bounded as (

    select
        *,
        {{ least_of(for_each('prototypes', 'item.cluster_number')) }} as lowest_cluster_number,
        {{ greatest_of(for_each('prototypes', 'item.cluster_number')) }} as highest_cluster_number
    from contenders

),

judged as (

    select
        *,
        lowest_cluster_number = highest_cluster_number and coalesce(has_no_outlier, true) as is_in_one_cluster
    from bounded

),

final as (

    select
        ----------  keys
        judged.candidate_code,
        judged.space_code,
        {{ per_feature('judged.cell_{f}') }},

        ----------  attributes
        spaces.is_measure,
        measures.space_code as measure_space_code,
        judged.outlier_distance,
        case when judged.is_in_one_cluster then judged.lowest_cluster_number end as cluster_number,
        case when not judged.is_in_one_cluster then judged.prototypes end as prototypes

    from judged
    inner join spaces
        on judged.space_code = spaces.space_code
    inner join measures
        on spaces.grain_code = measures.grain_code

)

select * from final
