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

known as (

    -- Of the members it was learned from, how many there still are.
    select
        standing_members.grain_code,
        count(*) as sampled_count,
        count(loans.loan_id) + count(customers.customer_id) as found_count
    from {{ ref('int_segmentation__standing_member') }} as standing_members
    left join {{ ref('stg_loan_servicing__loan_contract') }} as loans
        on
            standing_members.grain_code = 'loan'
            and standing_members.member_id = loans.loan_id
    left join {{ ref('int_customer__customer') }} as customers
        on
            standing_members.grain_code = 'customer'
            and standing_members.member_id = customers.customer_id
    group by standing_members.grain_code

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
            || cast(cast(choice_policy.minimum_covered_share as decimal(9, 6)) as varchar) || ' '
            || cast(cast(choice_policy.silhouette_band as decimal(9, 6)) as varchar) || ' '
            || choice_policy.band_measure_code || ' '
            || coalesce(overrides.candidate_code, '') || '; '
            || '{{ date_setting("segmentation_start_date") }} {{ date_setting("segmentation_end_date") }} '
            || '{{ var("segmentation_include_retail") }} {{ var("segmentation_max_points") }}{{ other_population() }}'
        ) as policy_hash
    from described
    cross join choice_policy
    left join overrides
        on described.grain_code = overrides.grain_code

),

judged as (

    select
        hashed.grain_code,
        hashed.policy_hash,
        coalesce(standing.training_number, 0) as standing_number,
        case
            when standing.training_number is null then 'first'
            when 2 * known.found_count < known.sampled_count then 'bank'
            when standing.policy_hash <> hashed.policy_hash then 'policy'
            when {{ var('segmentation_train') }} then 'asked'
        end as reason_code
    from hashed
    left join standing
        on hashed.grain_code = standing.grain_code
    left join known
        on hashed.grain_code = known.grain_code

),

final as (

    select
        ----------  keys
        grain_code,

        ----------  attributes
        policy_hash,
        reason_code,
        reason_code is not null as is_training,

        ----------  measures
        cast(standing_number + case when reason_code is null then 0 else 1 end as integer) as training_number

    from judged

)

select * from final
