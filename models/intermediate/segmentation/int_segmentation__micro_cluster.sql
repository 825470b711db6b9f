{%- set members -%}
(
        select members.*
        from {{ ref('int_segmentation__scaled_member') }} as members
        inner join champion
            on members.space_number = champion.space_number
    )
{%- endset -%}
with

champion as (

    select candidates.candidate_code, spaces.space_number
    from {{ ref('int_segmentation__candidate') }} as candidates
    inner join {{ ref('int_segmentation__space') }} as spaces
        on candidates.space_code = spaces.space_code
    inner join {{ ref('int_segmentation__choice') }} as choices
        on candidates.candidate_code = choices.candidate_code
    where choices.is_champion and choices.grain_code = 'loan'

),

{{ grid_of_members(members, 'members.scaled_{f}', per_feature('members.scaled_{f}')) }}

placed as (

    -- Too many distinct loans are taken cell by cell.
    select
        members.member_id,
        members.cluster_number,
        members.month_end_date,
        {{ per_named_feature('loan', 'members.own_scaled_{f} as scaled_{f}') }},
        {{ per_named_feature(
            'loan',
            'coalesce('
            ~ 'floor(members.own_scaled_{f} * chosen.resolution) / chosen.resolution, members.own_scaled_{f}'
            ~ ') as place_{f}'
        ) }}
    from {{ ref('int_segmentation__shown_cluster') }} as members
    inner join champion
        on members.candidate_code = champion.candidate_code
    left join chosen
        on champion.space_number = chosen.space_number

),

monthly as (

    -- Sums from the corner of the cell, so that those of an exact point are 0.
    select
        cluster_number,
        month_end_date,
        {{ per_named_feature('loan', 'place_{f}') }},
        min(member_id) as first_member_id,
        count(*) as member_count,
        {{ per_named_feature('loan', 'cast(sum(' ~ summable('scaled_{f} - place_{f}') ~ ') as double) as sum_{f}') }},
        {{ per_named_feature(
            'loan',
            'cast(sum(' ~ summable('(scaled_{f} - place_{f}) * (scaled_{f} - place_{f})') ~ ') as double) as square_sum_{f}'
        ) }}
    from placed
    group by cluster_number, month_end_date, {{ per_named_feature('loan', 'place_{f}') }}

),

points as (

    select
        *,
        min(first_member_id) over (
            partition by cluster_number, {{ per_named_feature('loan', 'place_{f}') }}
        ) as point_first_member_id
    from monthly

),

final as (

    -- In the order of the smallest loan_id, as points are learned from.
    select
        ----------  keys
        cast(dense_rank() over (order by point_first_member_id) as integer) as point_number,
        month_end_date,

        ----------  attributes
        cluster_number,
        {{ per_named_feature('loan', 'place_{f}') }},

        ----------  measures
        member_count,
        {{ per_named_feature('loan', 'sum_{f}') }},
        {{ per_named_feature('loan', 'square_sum_{f}') }}

    from points

)

select * from final
