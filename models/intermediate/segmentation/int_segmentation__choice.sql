with

qualities as (

    select * from {{ ref('int_segmentation__candidate_quality') }}

),

policy as (

    select * from {{ ref('segmentation_choice_policy') }}

),

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

standing as (

    -- Until the next training the champion stands, whatever the members of today would choose.
    select runs.grain_code, runs.candidate_code, runs.training_number
    from {{ ref('int_segmentation__standing_run') }} as runs
    inner join trainings
        on runs.grain_code = trainings.grain_code
    where runs.is_champion and not trainings.is_training

),

override as (

    -- An officer's choice of the day, if that candidate has learned anything.
    select
        qualities.grain_code,
        overrides.candidate_code,
        overrides.reason,
        overrides.valid_from,
        overrides.decided_by
    from {{ ref('segmentation_override_policy') }} as overrides
    inner join {{ ref('int_reporting__as_of') }} as as_of
        on as_of.as_of_date between overrides.valid_from and overrides.valid_to
    inner join qualities
        on overrides.candidate_code = qualities.candidate_code
    where qualities.smallest_share is not null

),

covered as (

    -- Of the members measured, those that have a feature on its own basis.
    select
        *,
        cast(member_count as double) / measured_count as covered_share
    from qualities

),

floored as (

    select
        covered.*,
        coalesce(covered.covered_share < policy.minimum_covered_share, false) as is_under_covered,
        policy.smallest_share_floor,
        policy.minimum_covered_share,
        policy.silhouette_band,
        policy.band_measure_code,
        case policy.band_measure_code
            when 'mean_eta_squared' then covered.mean_eta_squared
            when 'silhouette' then covered.silhouette
            when 'smallest_share' then covered.smallest_share
        end as band_measure,
        policy.sound_count,
        policy.sound_silhouette
    from covered
    cross join policy

),

fit as (

    -- Nobody chooses segments that leave a part of the bank without one, however well they part the rest.
    select
        *,
        coalesce(smallest_share >= smallest_share_floor, false) and not is_under_covered as is_fit,
        coalesce(
            smallest_share >= smallest_share_floor
            and smallest_count >= sound_count
            and silhouette >= sound_silhouette, false
        ) and not is_under_covered as is_fit_for_use
    from floored

),

compared as (

    select
        *,
        max(case when is_fit then silhouette end) over (partition by grain_code) as best_silhouette,
        max(is_fit) over (partition by grain_code) as is_any_fit
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

ranked as (

    -- In the band the model with most of what the policy asks for; outside it, and when none is fit, the silhouette;
    -- but when none is fit it is still of those who cover the members.
    select
        *,
        cast(
            row_number() over (
                partition by grain_code
                order by
                    is_in_band desc,
                    case when is_in_band then round(band_measure, 9) end desc nulls last,
                    case when is_in_band then cluster_count end desc nulls last,
                    case when is_under_covered and not is_any_fit then 1 else 0 end,
                    case when not is_in_band then silhouette end desc nulls last,
                    policy_order
            ) as integer
        ) as quality_rank
    from judged

),

winner as (

    select * from ranked
    where quality_rank = 1

),

final as (

    select
        ----------  keys
        ranked.candidate_code,
        ranked.grain_code,

        ----------  attributes
        ranked.algorithm_code,
        ranked.rate_basis_code,
        ranked.is_fit,
        ranked.is_fit_for_use,
        ranked.is_in_band,

        ----------  measures
        ranked.cluster_count,
        ranked.member_count,
        ranked.covered_share,
        ranked.silhouette,
        ranked.smallest_share,
        ranked.largest_share,
        ranked.smallest_to_largest_ratio,
        {{ per_feature('ranked.eta_squared_{f}') }},
        ranked.mean_eta_squared,

        ----------  choice
        ranked.quality_rank,
        ranked.candidate_code = coalesce(standing.candidate_code, override.candidate_code, winner.candidate_code)
            as is_champion,
        coalesce(ranked.candidate_code = override.candidate_code, false) as is_override,
        -- Also where the officer confirms the rule.
        {% for column in ['reason', 'valid_from', 'decided_by'] %}
        case when ranked.candidate_code = override.candidate_code then override.{{ column }} end
            as override_{{ column }},
        {% endfor %}
        case
            when
                ranked.candidate_code
                = coalesce(standing.candidate_code, override.candidate_code, winner.candidate_code)
                then null
            when ranked.quality_rank = 1 and standing.candidate_code <> coalesce(override.candidate_code, '')
                then
                    'best by rule today, but ' || standing.candidate_code || ' stands since training '
                    || cast(standing.training_number as varchar)
            when ranked.quality_rank = 1
                then 'best by rule, but an officer chose ' || override.candidate_code || ': ' || override.reason
            when ranked.smallest_share is null then 'there was nothing to learn from'
            when ranked.is_under_covered and not winner.is_under_covered
                then
                    'covers ' || {{ cut_off('100 * ranked.covered_share', 2) }}
                    || ' % of those measured, under the least of '
                    || {{ plain('100 * ranked.minimum_covered_share') }} || ' %'
            when not ranked.is_fit and winner.is_fit
                then
                    'smallest segment ' || {{ cut_off('100 * ranked.smallest_share', 2) }}
                    || ' % is under the floor of ' || {{ plain('100 * ranked.smallest_share_floor') }} || ' %'
            when not ranked.is_in_band and ranked.silhouette is null
                then 'there is one segment only, so no silhouette'
            when not ranked.is_fit and ranked.silhouette < winner.silhouette
                then
                    'none is fit, and silhouette ' || {{ cut_off('ranked.silhouette', 4) }}
                    || ' is under that of ' || winner.candidate_code || ', ' || {{ cut_off('winner.silhouette', 4) }}
            when ranked.is_fit and not ranked.is_in_band
                then
                    'silhouette ' || {{ cut_off('ranked.silhouette', 4) }} || ' is more than '
                    || {{ plain('ranked.silhouette_band') }} || ' under the best, '
                    || {{ cut_off('ranked.best_silhouette', 4) }}
            when round(ranked.band_measure, 9) < round(winner.band_measure, 9) and ranked.is_in_band
                then
                    case ranked.band_measure_code
                        when 'silhouette'
                            then
                                'silhouette ' || {{ cut_off('ranked.silhouette', 4) }} || ', '
                                || winner.candidate_code || ' ' || {{ cut_off('winner.silhouette', 4) }}
                        when 'smallest_share'
                            then
                                'smallest segment ' || {{ cut_off('100 * ranked.smallest_share', 2) }} || ' %, '
                                || winner.candidate_code || ' ' || {{ cut_off('100 * winner.smallest_share', 2) }}
                                || ' %'
                        else
                            'explains ' || {{ rounded_off('ranked.mean_eta_squared', 3) }} || ' of the variance, '
                            || winner.candidate_code || ' ' || {{ rounded_off('winner.mean_eta_squared', 3) }}
                    end
            when ranked.cluster_count < winner.cluster_count and ranked.is_in_band
                then 'as good as ' || winner.candidate_code || ', with fewer segments'
            else 'as good as ' || winner.candidate_code || ', which comes first in the policy'
        end as lost_because

    from ranked
    inner join winner
        on ranked.grain_code = winner.grain_code
    left join override
        on ranked.grain_code = override.grain_code
    left join standing
        on ranked.grain_code = standing.grain_code

)

select * from final
