with

means as (

    -- Loans drawn after a training may lie so far out that squares need a larger unit. Members are no CTE, which the
    -- engine would keep in memory for its readers.
    select
        space_number,
        count(*) as member_count,
        {{ per_feature('greatest(max(abs(scaled_{f})), cast(1 as double)) as unit_{f}') }},
        {{ per_feature('cast(sum(' ~ summable('scaled_{f}') ~ ') as double) / count(*) as scaled_{f}') }}
    from {{ ref('int_segmentation__scaled_member') }}
    group by space_number

),

variations as (

    select
        members.space_number,
        {{ per_feature(
            'cast(sum(' ~ summable(squared_to(
                'members.scaled_{f} / means.unit_{f}', 'means.scaled_{f} / means.unit_{f}'
            )) ~ ') as double) as variation_{f}'
        ) }}
    from {{ ref('int_segmentation__scaled_member') }} as members
    inner join means
        on members.space_number = means.space_number
    group by members.space_number

),

final as (

    select
        ----------  keys
        spaces.space_code,

        ----------  measures
        means.member_count,
        {{ per_feature('means.scaled_{f}') }},
        {{ per_feature('means.unit_{f}') }},
        {{ per_feature('variations.variation_{f}') }}

    from means
    inner join variations
        on means.space_number = variations.space_number
    inner join {{ ref('int_segmentation__space') }} as spaces
        on means.space_number = spaces.space_number

)

select * from final
