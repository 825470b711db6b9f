with

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

prototypes as (

    select * from {{ ref('int_segmentation__prototype') }}
    where cluster_number is not null

),

codebooks as (

    -- One row per candidate, so that no row per member and prototype is ever made.
    select
        candidate_code,
        space_code,
        {{ per_feature('max(offset_{f}) as offset_{f}') }},
        {{ per_feature('max(spread_{f}) as spread_{f}') }},
        max(outlier_distance) as outlier_distance,
        {{ list_of(
            ['cluster_number', 'profile_count']
            + per_feature('learned_{f}').split(', ') + per_feature('profile_squares_{f}').split(', '),
            'prototype_number'
        ) }} as prototypes
    from prototypes
    group by candidate_code, space_code

),

placed as (

    select
        codebooks.candidate_code,
        members.member_id,
        codebooks.outlier_distance,
        codebooks.prototypes,
        {{ per_feature('(members.scaled_{f} - codebooks.offset_{f}) / codebooks.spread_{f} as learned_{f}') }}
    from members
    inner join codebooks
        on members.space_code = codebooks.space_code

),

measured as (

    select
        *,
        {{ for_each('prototypes', prototype_distance()) }} as distances
    from placed

),

final as (

    -- Outliers of a candidate that looks for them are a cluster of their own.
    select
        candidate_code,
        member_id,
        case
            when {{ least_of('distances') }} > outlier_distance then 0
            else {{ item_at_least('prototypes', 'distances') }}.cluster_number
        end as cluster_number
    from measured

)

select * from final
