with

cells as (

    select * from {{ ref('int_segmentation__cell') }}

),

prototypes as (

    select * from {{ ref('int_segmentation__prototype') }}
    where cluster_number is not null

),

reaches as (

    select
        prototypes.candidate_code,
        prototypes.space_code,
        cells.cell_key,
        prototypes.prototype_number,
        prototypes.cluster_number,
        prototypes.outlier_distance,
        {{ prototype_distance(
            'greatest(' ~ learned_difference('cells.lower_{f}') ~ ', least(' ~ learned_difference('cells.upper_{f}')
            ~ ', cast(0 as double)))'
        ) }} as nearest_distance,
        {{ prototype_distance(
            'greatest(abs(' ~ learned_difference('cells.lower_{f}') ~ '), abs('
            ~ learned_difference('cells.upper_{f}') ~ '))'
        ) }} as corner_distance
    from cells
    inner join prototypes
        on cells.space_code = prototypes.space_code

),

nearest as (

    -- No member of a cell is farther from its nearest prototype than the cell's farthest corner is,
    select
        candidate_code,
        cell_key,
        min(corner_distance) as reach_distance
    from reaches
    group by candidate_code, cell_key

),

bounded as (

    select
        reaches.*,
        nearest.reach_distance
    from reaches
    inner join nearest
        on
            reaches.candidate_code = nearest.candidate_code
            and reaches.cell_key = nearest.cell_key

),

final as (

    -- so a prototype that is farther from all of the cell takes none of them. A little is left for rounding.
    select
        ----------  keys
        candidate_code,
        cell_key,
        prototype_number,

        ----------  attributes
        space_code,
        cluster_number,
        outlier_distance is not null
        and reach_distance + 0.000001 * (1 + abs(reach_distance)) > outlier_distance as may_hold_outliers

    from bounded
    where nearest_distance <= reach_distance + 0.000001 * (1 + abs(reach_distance))

)

select * from final
