{#- Nothing is learned from a space that is measured in only, nor without a training. -#}
{%- set members -%}
(
        select members.*
        from {{ ref('int_segmentation__scaled_member') }} as members
        inner join candidates
            on members.space_number = candidates.space_number
    )
{%- endset -%}
with

candidates as (

    select distinct spaces.space_code, spaces.space_number
    from {{ ref('int_segmentation__candidate') }} as candidates
    inner join {{ ref('int_segmentation__space') }} as spaces
        on candidates.space_code = spaces.space_code
    inner join {{ ref('int_segmentation__training') }} as trainings
        on candidates.grain_code = trainings.grain_code
    where trainings.is_training

),

{{ grid_of_members(members, 'members.value_{f}', '
        min(members.member_id) as first_member_id,
        count(*) as member_count,
        ' ~ per_feature('min(members.scaled_{f}) as scaled_{f}')) }}

exact_points as (

    select
        distinct_members.space_number,
        distinct_members.first_member_id,
        distinct_members.member_count,
        {{ per_feature('distinct_members.scaled_{f}') }},
        {{ per_feature('cast(0 as double) as squares_{f}') }},
        cast(null as integer) as resolution
    from distinct_members
    inner join counted
        on distinct_members.space_number = counted.space_number
    where counted.is_exact

),

cells as (

    select
        members.space_number,
        chosen.resolution,
        min(members.member_id) as first_member_id,
        count(*) as member_count,
        {{ per_feature('cast(sum(' ~ summable('members.scaled_{f}') ~ ') as double) as sum_{f}') }},
        {{ per_feature(
            'cast(sum(' ~ summable('members.scaled_{f} * members.scaled_{f}') ~ ') as double) as square_sum_{f}'
        ) }}
    from {{ members }} as members
    inner join chosen
        on members.space_number = chosen.space_number
    group by
        members.space_number, chosen.resolution,
        {{ per_feature(
            'cast(least(floor(members.scaled_{f} * chosen.resolution), chosen.resolution - 1) as integer)'
        ) }}

),

grid_points as (

    select
        space_number,
        first_member_id,
        member_count,
        {{ per_feature('sum_{f} / member_count as scaled_{f}') }},
        {{ per_feature(
            'greatest(square_sum_{f} - sum_{f} * (sum_{f} / member_count), cast(0 as double)) as squares_{f}'
        ) }},
        resolution
    from cells

),

points as (

    select * from exact_points
    union all
    select * from grid_points

),

final as (

    -- The order of the points decides the starts of the training, so it must be total.
    select
        cast(row_number() over (partition by points.space_number order by points.first_member_id) as integer)
            as point_number,
        candidates.space_code,
        points.first_member_id,
        points.member_count,
        {{ per_feature('points.scaled_{f}') }},
        {{ per_feature('points.squares_{f}') }},
        points.resolution
    from points
    inner join candidates
        on points.space_number = candidates.space_number

)

select * from final
