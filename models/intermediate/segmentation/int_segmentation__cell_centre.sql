with

cells as (

    select * from {{ ref('int_segmentation__cell_cluster') }}

),

bounds as (

    select * from {{ ref('int_segmentation__cell') }}

),

centres as (

    select * from {{ ref('int_segmentation__centre') }}

),

reaches as (

    -- The nearest other centre of any member is no farther than the one whose farthest corner is nearest,
    select
        cells.*,
        centres.centre_number,
        centres.others,
        {{ per_feature('centres.scaled_{f} as centre_{f}') }},
        {{ per_feature('bounds.lower_{f}') }},
        {{ per_feature('bounds.upper_{f}') }},
        {{ least_of(for_each('centres.others', per_feature(
            squared_to(
                'greatest(abs(bounds.lower_{f} - item.scaled_{f}), abs(bounds.upper_{f} - item.scaled_{f}))',
                'cast(0 as double)',
            ), ' + '
        ))) }} as corner_distance
    from cells
    inner join bounds
        on cells.cell_key = bounds.cell_key
    left join centres
        on
            cells.candidate_code = centres.candidate_code
            and cells.cluster_number = centres.cluster_number

),

contenders as (

    -- so one that is farther from all of the cell is nobody's. A little is left for rounding.
    select
        *,
        {{ items_where('reaches.others', per_feature(
            squared_to(
                'greatest(reaches.lower_{f} - item.scaled_{f}, least(reaches.upper_{f} - item.scaled_{f}, cast(0 as double)))',
                'cast(0 as double)',
            ), ' + '
        ) ~ ' <= reaches.corner_distance + 0.000001 * (1 + reaches.corner_distance)') }} as nearest
    from reaches

),

judged as (

    select
        *,
        {{ item_at_least('nearest', for_each('nearest', 'item.cluster_number')) }} as nearest_other,
        -- With one segment there is no other.
        is_measure and cluster_number is not null
        and coalesce(
            {{ least_of(for_each('nearest', 'item.cluster_number')) }}
            = {{ greatest_of(for_each('nearest', 'item.cluster_number')) }}, true
        ) as has_same_centres
    from contenders

),

final as (

    select
        ----------  keys
        judged.candidate_code,
        judged.space_code,
        judged.cell_key,

        ----------  attributes
        judged.is_measure,
        judged.measure_space_number,
        judged.cluster_number,
        judged.has_same_centres,
        case when judged.has_same_centres then judged.centre_number end as centre_number,
        {{ per_feature('case when judged.has_same_centres then judged.centre_{f} end as centre_{f}') }},
        {{ per_feature('case when judged.has_same_centres then judged.nearest_other.scaled_{f} end as other_{f}') }}

    from judged

)

select * from final
