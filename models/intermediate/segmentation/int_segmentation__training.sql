with

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

overrides as (

    select overrides.grain_code, overrides.candidate_code
    from {{ ref('segmentation_override_policy') }} as overrides
    inner join {{ ref('int_reporting__as_of') }} as as_of
        on as_of.as_of_date between overrides.valid_from and overrides.valid_to

),

choice_policy as (

    select * from {{ ref('segmentation_choice_policy') }}

),

standing as (

    select
        grain_code,
        max(training_number) as training_number,
        max(policy_hash) as policy_hash
    from {{ ref('int_segmentation__standing_run') }}
    group by grain_code

),

described as (

    select
        grain_code,
        {{ joined_text(
            "candidate_code || ' ' || space_code || ' ' || algorithm_code || ' ' || scaling_code || ' '"
            " || coalesce(cast(cluster_count as varchar), '') || ' ' || coalesce(cast(grid_rows as varchar), '') || ' '"
            " || coalesce(cast(grid_columns as varchar), '') || ' ' || coalesce(information_criterion, '') || ' '"
            " || coalesce(cast(cast(noise_percent as decimal(9, 6)) as varchar), '')",
            'policy_order'
        ) }} as candidates_text
    from candidates
    group by grain_code

),

hashed as (

    -- All that learning and choosing follow, but for the data.
    select
        described.grain_code,
        md5(
            described.candidates_text || '; '
            || cast(cast(choice_policy.smallest_share_floor as decimal(9, 6)) as varchar) || ' '
            || cast(cast(choice_policy.silhouette_band as decimal(9, 6)) as varchar) || ' '
            || coalesce(overrides.candidate_code, '') || '; '
            || '{{ date_setting("segmentation_start_date") }} {{ date_setting("segmentation_end_date") }} '
            || '{{ var("segmentation_include_retail") }} {{ var("segmentation_max_points") }}'
        ) as policy_hash
    from described
    cross join choice_policy
    left join overrides
        on described.grain_code = overrides.grain_code

),

final as (

    select
        ----------  keys
        hashed.grain_code,

        ----------  attributes
        hashed.policy_hash,
        case
            when standing.training_number is null then 'first'
            when standing.policy_hash <> hashed.policy_hash then 'policy'
            when {{ var('segmentation_train') }} then 'asked'
        end as reason_code,
        standing.training_number is null
        or standing.policy_hash <> hashed.policy_hash
        or {{ var('segmentation_train') }} as is_training,

        ----------  measures
        cast(
            coalesce(standing.training_number, 0)
            + case
                when standing.policy_hash = hashed.policy_hash and not {{ var('segmentation_train') }} then 0
                else 1
            end as integer
        ) as training_number

    from hashed
    left join standing
        on hashed.grain_code = standing.grain_code

)

select * from final
