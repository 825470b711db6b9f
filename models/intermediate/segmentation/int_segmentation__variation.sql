with

means as (

    -- Loans drawn after a training may lie so far out that squares need a larger unit. Members are no CTE, which the
    -- engine would keep in memory for its readers.
    select
        space_code,
        count(*) as member_count,
        {{ per_feature('greatest(max(abs(scaled_{f})), cast(1 as double)) as unit_{f}') }},
        {{ per_feature('cast(sum(' ~ summable('scaled_{f}') ~ ') as double) / count(*) as scaled_{f}') }}
    from {{ ref('int_segmentation__scaled_member') }}
    group by space_code

),

variations as (

    select
        members.space_code,
        {{ per_feature(
            'cast(sum(' ~ summable(squared_to(
                'members.scaled_{f} / means.unit_{f}', 'means.scaled_{f} / means.unit_{f}'
            )) ~ ') as double) as variation_{f}'
        ) }}
    from {{ ref('int_segmentation__scaled_member') }} as members
    inner join means
        on members.space_code = means.space_code
    group by members.space_code

),

final as (

    select
        ----------  keys
        means.space_code,

        ----------  measures
        means.member_count,
        {{ per_feature('means.scaled_{f}') }},
        {{ per_feature('means.unit_{f}') }},
        {{ per_feature('variations.variation_{f}') }}

    from means
    inner join variations
        on means.space_code = variations.space_code

)

select * from final
