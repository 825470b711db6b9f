with

policies as (

    select * from {{ ref('segmentation_candidate_policy') }}
    where is_active

),

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

silhouettes as (

    select
        candidate_code,
        cast(sum(silhouette_sum) as double) / nullif(sum(silhouette_count), 0) as silhouette
    from {{ ref('int_segmentation__segment_quality') }}
    group by candidate_code

),

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

means as (

    select
        {{ per_feature('cast(sum(' ~ summable('scaled_{f}') ~ ') as double) / count(*) as scaled_{f}') }}
    from loans

),

totals as (

    -- How much the features vary around the mean of all loans,
    select
        {{ per_feature(
            'cast(sum(' ~ summable(squared_difference('loans', 'means')) ~ ') as double) as variation_{f}'
        ) }}
    from loans
    cross join means

),

explained as (

    -- and how much of that lies between the segments.
    select
        clusters.candidate_code,
        count(*) as cluster_count,
        sum(clusters.loan_count) as loan_count,
        min(clusters.loan_share) as smallest_share,
        max(clusters.loan_share) as largest_share,
        {{ per_feature(
            'cast(sum(' ~ summable('clusters.loan_count * ' ~ squared_difference('clusters', 'means')) ~ ') as double)'
            ~ ' / nullif(max(totals.variation_{f}), 0) as eta_squared_{f}'
        ) }}
    from clusters
    cross join means
    cross join totals
    group by clusters.candidate_code

),

final as (

    select
        ----------  keys
        policies.candidate_code,

        ----------  attributes
        policies.algorithm_code,
        policies.policy_order,

        ----------  measures
        cast(coalesce(explained.cluster_count, 0) as integer) as cluster_count,
        cast(coalesce(explained.loan_count, 0) as bigint) as loan_count,
        silhouettes.silhouette,
        explained.smallest_share,
        explained.largest_share,
        explained.smallest_share / explained.largest_share as smallest_to_largest_ratio,
        {{ per_feature('explained.eta_squared_{f}') }},
        -- The plain mean over the features that vary at all.
        ({{ per_feature('coalesce(explained.eta_squared_{f}, 0)', ' + ') }})
        / nullif({{ per_feature('case when explained.eta_squared_{f} is null then 0 else 1 end', ' + ') }}, 0)
            as mean_eta_squared

    from policies
    left join explained
        on policies.candidate_code = explained.candidate_code
    left join silhouettes
        on policies.candidate_code = silhouettes.candidate_code

)

select * from final
