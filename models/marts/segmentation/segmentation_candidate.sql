with

qualities as (

    select * from {{ ref('int_segmentation__candidate_quality') }}

),

policy as (

    select * from {{ ref('segmentation_choice_policy') }}

),

fit as (

    select
        qualities.*,
        coalesce(qualities.smallest_share >= policy.smallest_share_floor, false) as is_fit,
        policy.silhouette_band
    from qualities
    cross join policy

),

compared as (

    select
        *,
        max(case when is_fit then silhouette end) over () as best_silhouette
    from fit

),

judged as (

    -- Fit models of one segment have no silhouette: they are the band when there is nothing better.
    select
        *,
        is_fit
        and coalesce(silhouette >= best_silhouette - silhouette_band, best_silhouette is null) as is_in_band
    from compared

),

final as (

    select
        ----------  keys
        candidate_code,

        ----------  attributes
        algorithm_code,
        is_fit,
        is_in_band,

        ----------  measures
        cluster_count,
        silhouette,
        smallest_share,
        largest_share,
        smallest_to_largest_ratio,
        mean_eta_squared,

        ----------  choice
        -- In the band the model that explains most; outside it, and when none is fit, the silhouette.
        cast(
            row_number() over (
                order by
                    is_in_band desc,
                    case when is_in_band then round(mean_eta_squared, 9) end desc nulls last,
                    case when is_in_band then cluster_count end desc nulls last,
                    case when not is_in_band then silhouette end desc nulls last,
                    policy_order
            ) as integer
        ) as quality_rank

    from judged

)

select
    *,
    quality_rank = 1 as is_champion
from final
