with

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

means as (

    select {{ per_feature('cast(sum(' ~ summable('scaled_{f}') ~ ') as double) / count(*) as scaled_{f}') }}
    from loans

),

deviations as (

    select
        {{ per_feature(
            'sqrt(cast(sum(' ~ summable(squared_difference('loans', 'means')) ~ ') as double) / count(*)) as deviation_{f}'
        ) }}
    from loans
    cross join means

),

quartiles as (

    select
        {{ per_feature('percentile_cont(0.5) within group (order by scaled_{f}) as median_{f}') }},
        {{ per_feature(
            'percentile_cont(0.75) within group (order by scaled_{f})'
            ~ ' - percentile_cont(0.25) within group (order by scaled_{f}) as quartile_range_{f}'
        ) }}
    from loans

),

final as (

    -- A feature without spread in a scaling keeps its min-max unit.
    select
        'min_max' as scaling_code,
        {{ per_feature('cast(0 as double) as offset_{f}') }},
        {{ per_feature('cast(1 as double) as spread_{f}') }}
    union all
    select
        'z_score' as scaling_code,
        {{ per_feature('means.scaled_{f} as offset_{f}') }},
        {{ per_feature('coalesce(nullif(deviations.deviation_{f}, 0), 1) as spread_{f}') }}
    from means
    cross join deviations
    union all
    select
        'robust' as scaling_code,
        {{ per_feature('quartiles.median_{f} as offset_{f}') }},
        {{ per_feature('coalesce(nullif(quartiles.quartile_range_{f}, 0), 1) as spread_{f}') }}
    from quartiles

)

select * from final
