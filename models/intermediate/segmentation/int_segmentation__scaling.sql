with

candidates as (

    select distinct candidates.space_code, spaces.space_number, candidates.scaling_code
    from {{ ref('int_segmentation__candidate') }} as candidates
    inner join {{ ref('int_segmentation__space') }} as spaces
        on candidates.space_code = spaces.space_code
    inner join {{ ref('int_segmentation__training') }} as trainings
        on candidates.grain_code = trainings.grain_code
    where trainings.is_training

),

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

variations as (

    select * from {{ ref('int_segmentation__variation') }}

),

quartiles as (

    select
        candidates.space_code,
        {{ per_feature('percentile_cont(0.5) within group (order by members.scaled_{f}) as median_{f}') }},
        {{ per_feature(
            'percentile_cont(0.75) within group (order by members.scaled_{f})'
            ~ ' - percentile_cont(0.25) within group (order by members.scaled_{f}) as quartile_range_{f}'
        ) }}
    from members
    inner join candidates
        on members.space_number = candidates.space_number
    where candidates.scaling_code = 'robust'
    group by candidates.space_code

),

final as (

    -- A feature without spread in a scaling keeps its min-max unit.
    select
        space_code,
        scaling_code,
        {{ per_feature('cast(0 as double) as offset_{f}') }},
        {{ per_feature('cast(1 as double) as spread_{f}') }}
    from candidates
    where scaling_code = 'min_max'
    union all
    select
        candidates.space_code,
        candidates.scaling_code,
        {{ per_feature('variations.scaled_{f} as offset_{f}') }},
        {{ per_feature(
            'coalesce(nullif(sqrt(variations.variation_{f} / variations.member_count) * variations.unit_{f}, 0), 1)'
            ~ ' as spread_{f}'
        ) }}
    from candidates
    inner join variations
        on candidates.space_code = variations.space_code
    where candidates.scaling_code = 'z_score'
    union all
    select
        space_code,
        'robust' as scaling_code,
        {{ per_feature('median_{f} as offset_{f}') }},
        {{ per_feature('coalesce(nullif(quartile_range_{f}, 0), 1) as spread_{f}') }}
    from quartiles

)

select * from final
