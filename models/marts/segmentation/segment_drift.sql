{%- set least_share = 'cast(0.0001 as double)' -%}
with

months as (

    select * from {{ ref('int_segmentation__monthly_share') }}

),

reference_shares as (

    select * from {{ ref('int_segmentation__reference_share') }}

),

policy as (

    select * from {{ ref('segmentation_choice_policy') }}

),

windows as (

    select distinct grain_code, window_end_date
    from {{ ref('segmentation_run') }} as runs
    where
        training_number = (
            select max(latest.training_number) from {{ ref('segmentation_run') }} as latest
            where latest.grain_code = runs.grain_code
        )

),

totals as (

    select grain_code, month_end_date, slot, sum(member_count) as member_count
    from months
    group by grain_code, month_end_date, slot

),

bins as (

    select grain_code, slot, bin_code from reference_shares
    union distinct
    select grain_code, slot, bin_code from months

),

compared as (

    -- A share of nothing is taken as 0.0001, as the logarithm needs some.
    select
        totals.grain_code,
        totals.month_end_date,
        totals.slot,
        totals.member_count,
        greatest(coalesce(cast(months.member_count as double), 0) / totals.member_count, {{ least_share }})
            as month_share,
        greatest(coalesce(reference_shares.share, 0), {{ least_share }}) as reference_share
    from totals
    inner join bins
        on
            totals.grain_code = bins.grain_code
            and totals.slot = bins.slot
    left join months
        on
            bins.grain_code = months.grain_code
            and bins.slot = months.slot
            and bins.bin_code = months.bin_code
            and totals.month_end_date = months.month_end_date
    left join reference_shares
        on
            bins.grain_code = reference_shares.grain_code
            and bins.slot = reference_shares.slot
            and bins.bin_code = reference_shares.bin_code

),

measured as (

    select
        grain_code,
        slot,
        month_end_date,
        max(member_count) as member_count,
        cast(sum({{ summable('(month_share - reference_share) * ln(month_share / reference_share)') }}) as double)
            as psi
    from compared
    group by grain_code, slot, month_end_date

),

final as (

    select
        ----------  keys
        measured.grain_code,
        case
            when measured.slot = 0 then 'segment'
            {% for grain, features in segmentation_features().items() %}
            {% for name in features.values() %}
            when measured.grain_code = '{{ grain }}' and measured.slot = {{ loop.index }} then '{{ name }}'
            {% endfor %}
            {% endfor %}
        end as variable_code,
        measured.month_end_date,

        ----------  measures
        cast(measured.member_count as bigint) as member_count,
        measured.psi,

        ----------  judgement
        measured.month_end_date > windows.window_end_date as is_after_training,
        measured.month_end_date > windows.window_end_date
        and measured.member_count >= policy.drift_minimum_count
        and measured.psi > policy.drift_limit as is_training_recommended

    from measured
    inner join windows
        on measured.grain_code = windows.grain_code
    cross join policy

)

select * from final
