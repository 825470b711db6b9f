with

candidates as (

    select distinct candidates.space_code
    from {{ ref('int_segmentation__candidate') }} as candidates
    inner join {{ ref('int_segmentation__training') }} as trainings
        on candidates.grain_code = trainings.grain_code
    where trainings.is_training

),

members as (

    -- Nothing is learned from a space that is measured in only, nor without a training.
    select members.*
    from {{ ref('int_segmentation__scaled_member') }} as members
    inner join candidates
        on members.space_code = candidates.space_code

),

distinct_members as (

    select
        space_code,
        {{ per_feature('min(scaled_{f}) as scaled_{f}') }},
        count(*) as member_count,
        min(member_id) as first_member_id
    from members
    group by space_code, {{ per_feature('value_{f}') }}

),

{{ grid_of_distinct_members() }}

exact_points as (

    select
        distinct_members.space_code,
        distinct_members.first_member_id,
        distinct_members.member_count,
        {{ per_feature('distinct_members.scaled_{f}') }},
        {{ per_feature('cast(0 as double) as squares_{f}') }},
        cast(null as integer) as resolution
    from distinct_members
    inner join counted
        on distinct_members.space_code = counted.space_code
    where counted.is_exact

),

placed as (

    select
        distinct_members.*,
        chosen.resolution,
        {{ per_feature(
            'least(floor(distinct_members.scaled_{f} * chosen.resolution), chosen.resolution - 1) as cell_{f}'
        ) }}
    from distinct_members
    inner join chosen
        on distinct_members.space_code = chosen.space_code

),

cells as (

    select
        space_code,
        resolution,
        {{ per_feature('cell_{f}') }},
        min(first_member_id) as first_member_id,
        cast(sum(member_count) as bigint) as member_count,
        {{ per_feature('cast(sum(' ~ summable('scaled_{f} * member_count') ~ ') as double) as sum_{f}') }},
        {{ per_feature(
            'cast(sum(' ~ summable('scaled_{f} * scaled_{f} * member_count') ~ ') as double) as square_sum_{f}'
        ) }}
    from placed
    group by space_code, resolution, {{ per_feature('cell_{f}') }}

),

grid_points as (

    select
        space_code,
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
        cast(row_number() over (partition by space_code order by first_member_id) as integer) as point_number,
        *
    from points

)

select * from final
