with

choices as (

    select * from {{ ref('int_segmentation__choice') }}
    where grain_code = 'customer'

),

final as (

    select
        ----------  keys
        candidate_code,

        ----------  attributes
        algorithm_code,
        is_fit,
        is_fit_for_use,
        is_in_band,

        ----------  measures
        cluster_count,
        silhouette,
        smallest_share,
        largest_share,
        smallest_to_largest_ratio,
        {{ per_named_feature('customer', 'eta_squared_{f} as eta_squared_{name}') }},
        mean_eta_squared,

        ----------  choice
        quality_rank,
        is_champion,
        is_override,
        override_reason,
        override_valid_from,
        override_decided_by,
        lost_because

    from choices

)

select * from final
