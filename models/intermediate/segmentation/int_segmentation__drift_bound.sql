with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

champions as (

    select candidates.grain_code, candidates.space_code
    from {{ ref('int_segmentation__choice') }} as choices
    inner join {{ ref('int_segmentation__candidate') }} as candidates
        on choices.candidate_code = candidates.candidate_code
    where choices.is_champion

),

points as (

    select points.*, champions.grain_code
    from {{ ref('int_segmentation__training_point') }} as points
    inner join champions
        on points.space_code = champions.space_code

),

spread_values as (

    {% for slot in segmentation_slots() %}
    select
        points.grain_code,
        {{ slot }} as slot,
        points.scaled_{{ slot }} as scaled,
        points.member_count
    from points
    inner join {{ ref('int_segmentation__space') }} as spaces
        on points.space_code = spaces.space_code
    where spaces.has_{{ slot }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

counted as (

    select grain_code, slot, scaled, sum(member_count) as member_count
    from spread_values
    group by grain_code, slot, scaled

),

cumulated as (

    select
        grain_code,
        slot,
        scaled,
        sum(member_count) over (partition by grain_code, slot order by scaled) as members_up_to,
        sum(member_count) over (partition by grain_code, slot) as all_members
    from counted

),

tenths as (

    select 1 as tenth
    {% for tenth in range(2, 10) %}
    union all
    select {{ tenth }} as tenth
    {% endfor %}

),

final as (

    -- Upper bounds of ten bins with a tenth of the members each, as far as equal values allow.
    select
        cumulated.grain_code,
        cumulated.slot,
        tenths.tenth as bin_number,
        min(cumulated.scaled) as upper_bound
    from cumulated
    cross join tenths
    where 10 * cumulated.members_up_to >= tenths.tenth * cumulated.all_members
    group by cumulated.grain_code, cumulated.slot, tenths.tenth

    union all

    select
        standing.grain_code,
        standing.slot,
        case when standing.slot > 0 then cast(standing.bin_code as integer) end as bin_number,
        standing.upper_bound
    from {{ ref('int_segmentation__standing_share') }} as standing
    inner join trainings
        on standing.grain_code = trainings.grain_code
    where not trainings.is_training and standing.slot > 0 and standing.upper_bound is not null

)

select * from final
