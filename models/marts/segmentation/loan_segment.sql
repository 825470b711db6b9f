with

loans as (

    select
        *,
        'loan' as grain_code
    from {{ ref('int_segmentation__loan_feature') }}

),

segments as (

    select * from {{ ref('int_segmentation__segment') }}
    where grain_code = 'loan'

),

feature_ranges as (

    select
        spaces.grain_code,
        spaces.space_number,
        {{ per_feature('ranges.minimum_{f}, ranges.maximum_{f}') }}
    from {{ ref('int_segmentation__space') }} as spaces
    inner join {{ ref('int_segmentation__feature_range') }} as ranges
        on spaces.space_code = ranges.space_code
    where spaces.is_measure

),

cells as (

    -- Whose members lie between the same two centres,
    select cells.*
    from {{ ref('int_segmentation__shown_cell') }} as cells
    inner join segments
        on
            cells.candidate_code = segments.candidate_code
            and cells.cluster_number = segments.cluster_number
    where cells.has_same_centres

),

singles as (

    -- and the members of others.
    select members.*
    from (
        {{ single_member_distances(ref('int_segmentation__shown_cell')) }}
    ) as members
    inner join segments
        on
            members.candidate_code = segments.candidate_code
            and members.cluster_number = segments.cluster_number

),

scaled as (

    select
        loans.*,
        feature_ranges.space_number,
        {{ per_named_feature(
            'loan', scaled('cast(loans.{name} as double)') ~ ' as scaled_{f}', 'cast(0 as double) as scaled_{f}'
        ) }}
    from loans
    left join feature_ranges
        on loans.grain_code = feature_ranges.grain_code

),

placed as (

    -- Loans are put into cells once more: to look ten million of them up by their names takes longer. One that lacks a
    -- feature is in none.
    select
        *,
        {{ cell_key() }} as cell_key
    from scaled

),

measured as (

    select
        members.loan_id,
        members.term_days,
        members.contract_amount,
        members.annual_rate_pct,
        case when cells.cell_key is null then members.loan_id end as single_loan_id,
        cells.cluster_number,
        {{ cell_distances() }}
    from placed as members
    left join cells
        on members.cell_key = cells.cell_key

),

assigned as (

    select
        measured.loan_id,
        measured.term_days,
        measured.contract_amount,
        measured.annual_rate_pct,
        coalesce(measured.cluster_number, singles.cluster_number) as cluster_number,
        coalesce(measured.own_centre_distance, singles.own_centre_distance) as own_centre_distance,
        coalesce(measured.nearest_other_centre_distance, singles.nearest_other_centre_distance)
            as nearest_other_centre_distance
    from measured
    left join singles
        on measured.single_loan_id = singles.member_id

),

final as (

    select
        ----------  keys
        assigned.loan_id,

        ----------  attributes
        segments.segment_code,
        segments.segment_name_zh,
        segments.segment_name_en,

        ----------  features
        assigned.term_days,
        assigned.contract_amount,
        assigned.annual_rate_pct,

        ----------  measures
        assigned.own_centre_distance,
        assigned.nearest_other_centre_distance,
        {{ silhouette_of('assigned.own_centre_distance', 'assigned.nearest_other_centre_distance') }} as silhouette

    from assigned
    left join segments
        on assigned.cluster_number = segments.cluster_number

)

select * from final
