with

points as (

    select * from {{ ref('int_segmentation__training_point') }}

),

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

means as (

    select {{ per_feature('cast(sum(' ~ summable('scaled_{f}') ~ ') as double) / count(*) as scaled_{f}') }}
    from loans

),

totals as (

    select
        count(*) as loan_count,
        cast(sum({{ summable(squared_distance('loans', 'means')) }}) as double) as variation
    from loans
    cross join means

),

inside as (

    select
        count(*) as point_count,
        max(resolution) as resolution,
        cast(sum({{ summable(per_feature('squares_{f}', ' + ')) }}) as double) as variation
    from points

),

final as (

    select
        totals.loan_count,
        inside.point_count,
        inside.resolution,
        coalesce(inside.variation / nullif(totals.variation, 0), 0) as lost_variance_share
    from totals
    cross join inside

)

select * from final
