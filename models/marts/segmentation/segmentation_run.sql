{{ config(**registry_config()) }}

-- What the next build goes on from is written first, so that a run stands only when all of it is there.
-- depends_on: {{ ref('registry_range') }}
-- depends_on: {{ ref('registry_member') }}
-- depends_on: {{ ref('registry_segment') }}
-- depends_on: {{ ref('registry_share') }}
with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

choices as (

    select * from {{ ref('int_segmentation__choice') }}

),

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

losses as (

    select * from {{ ref('int_segmentation__training_loss') }}

),

learned as (

    select
        prototypes.candidate_code,
        count(*) as prototype_count,
        max(prototypes.input_hash) as input_hash,
        max(prototypes.library_versions) as library_versions
    from {{ ref('registry_prototype') }} as prototypes
    inner join trainings
        on
            prototypes.grain_code = trainings.grain_code
            and prototypes.training_number = trainings.training_number
    where trainings.is_training
    group by prototypes.candidate_code

),

described as (

    select
        candidates.grain_code,
        candidates.candidate_code,
        trainings.training_number,
        trainings.reason_code,
        trainings.policy_hash,
        candidates.algorithm_code,
        candidates.space_code,
        candidates.scaling_code,
        learned.input_hash,
        learned.library_versions,
        case candidates.grain_code
            when 'loan' then as_of.segmentation_start_date
            else as_of.year_start_date
        end as window_start_date,
        case candidates.grain_code
            when 'loan' then as_of.segmentation_end_date
            else as_of.as_of_date
        end as window_end_date,
        choices.member_count,
        learned.prototype_count,
        losses.point_count,
        losses.resolution,
        losses.lost_variance_share,
        choices.cluster_count,
        choices.silhouette,
        choices.smallest_share,
        choices.mean_eta_squared,
        choices.quality_rank,
        choices.is_champion
    from learned
    inner join candidates
        on learned.candidate_code = candidates.candidate_code
    inner join trainings
        on candidates.grain_code = trainings.grain_code
    inner join choices
        on candidates.candidate_code = choices.candidate_code
    left join losses
        on candidates.space_code = losses.space_code
    cross join as_of

),

final as (

    -- The same training of the same members is the same run, and changes nothing.
    select
        md5(
            grain_code || ' ' || candidate_code || ' ' || policy_hash || ' ' || input_hash || ' ' || library_versions
            || ' ' || cast(window_start_date as varchar) || ' ' || cast(window_end_date as varchar)
            || ' ' || cast(member_count as varchar)
            || ' ' || coalesce({{ rounded_off('silhouette', 9) }}, '')
        ) as run_id,
        grain_code,
        candidate_code,
        training_number,
        reason_code,
        algorithm_code,
        space_code,
        scaling_code,
        policy_hash,
        input_hash,
        library_versions,
        window_start_date,
        window_end_date,
        member_count,
        cast(prototype_count as bigint) as prototype_count,
        cluster_count,
        silhouette,
        smallest_share,
        mean_eta_squared,
        quality_rank,
        is_champion,
        point_count,
        resolution,
        lost_variance_share
    from described

)

select * from final
{% if is_incremental() %}
where run_id not in (select kept.run_id from {{ this }} as kept)
{% endif %}
