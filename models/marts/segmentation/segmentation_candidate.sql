with

choices as (

    select * from {{ ref('int_segmentation__choice') }}
    where grain_code = 'loan'

),

stabilities as (

    -- Of the champion, over its loans.
    select
        candidate_code,
        cast(sum({{ summable('mean_jaccard * member_count') }}) as double)
        / nullif(sum(member_count) filter (where mean_jaccard is not null), 0) as stability
    from {{ ref('int_segmentation__segment_stability') }}
    group by candidate_code

),

final as (

    select
        ----------  keys
        choices.candidate_code,

        ----------  attributes
        choices.algorithm_code,
        choices.rate_basis_code,
        choices.is_fit,
        choices.is_fit_for_use,
        choices.is_in_band,

        ----------  measures
        choices.cluster_count,
        choices.member_count as loan_count,
        choices.covered_share,
        choices.silhouette,
        choices.smallest_share,
        choices.largest_share,
        choices.smallest_to_largest_ratio,
        {{ per_named_feature('loan', 'choices.eta_squared_{f} as eta_squared_{name}') }},
        choices.mean_eta_squared,
        stabilities.stability,

        ----------  choice
        choices.quality_rank,
        choices.is_champion,
        choices.is_override,
        choices.override_reason,
        choices.override_valid_from,
        choices.override_decided_by,
        choices.lost_because

    from choices
    left join stabilities
        on choices.candidate_code = stabilities.candidate_code

)

select * from final
