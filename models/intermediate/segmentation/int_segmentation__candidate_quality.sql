with

policies as (

    select * from {{ ref('segmentation_candidate_policy') }}

),

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

silhouettes as (

    select * from {{ ref('int_segmentation__loan_silhouette') }}

),

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

overall as (

    -- What the features vary in all, around the mean of all loans.
    select
        {% for feature in segmentation_features() -%}
        cast(sum({{ summable('(loans.scaled_' ~ feature ~ ' - means.scaled_' ~ feature ~ ') * (loans.scaled_' ~ feature ~ ' - means.scaled_' ~ feature ~ ')') }}) as double)
            as total_{{ feature }},
        max(means.scaled_{{ feature }}) as scaled_{{ feature }}{{ "," if not loop.last }}
        {% endfor %}
    from loans
    cross join (
        select
            {% for feature in segmentation_features() -%}
            cast(sum({{ summable('scaled_' ~ feature) }}) as double) / count(*) as scaled_{{ feature }}{{ "," if not loop.last }}
            {% endfor %}
        from loans
    ) as means

),

explained as (

    select
        clusters.candidate_code,
        count(*) as cluster_count,
        min(clusters.loan_share) as smallest_share,
        max(clusters.loan_share) as largest_share,
        {% for feature in segmentation_features() -%}
        cast(sum({{ summable('clusters.loan_count * (clusters.scaled_' ~ feature ~ ' - overall.scaled_' ~ feature ~ ') * (clusters.scaled_' ~ feature ~ ' - overall.scaled_' ~ feature ~ ')') }}) as double)
        / nullif(max(overall.total_{{ feature }}), 0) as eta_squared_{{ feature }}{{ "," if not loop.last }}
        {% endfor %}
    from clusters
    cross join overall
    group by clusters.candidate_code

),

silhouette_means as (

    select
        candidate_code,
        cast(sum({{ summable('silhouette') }}) as double) / nullif(count(silhouette), 0) as silhouette
    from silhouettes
    group by candidate_code

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
        silhouette_means.silhouette,
        explained.smallest_share,
        explained.largest_share,
        explained.smallest_share / explained.largest_share as smallest_to_largest_ratio,
        -- The plain mean over the features that vary at all.
        (
            {% for feature in segmentation_features() -%}
            coalesce(explained.eta_squared_{{ feature }}, 0){{ " + " if not loop.last }}
            {%- endfor %}
        ) / nullif(
            {% for feature in segmentation_features() -%}
            case when explained.eta_squared_{{ feature }} is null then 0 else 1 end{{ " + " if not loop.last }}
            {%- endfor %}, 0
        ) as mean_eta_squared

    from policies
    left join explained
        on policies.candidate_code = explained.candidate_code
    left join silhouette_means
        on policies.candidate_code = silhouette_means.candidate_code

)

select * from final
