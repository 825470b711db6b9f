with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

counted as (

    select
        months.grain_code,
        months.slot,
        months.bin_code,
        sum(months.member_count) as member_count
    from {{ ref('int_segmentation__monthly_share') }} as months
    inner join trainings
        on months.grain_code = trainings.grain_code
    where trainings.is_training
    group by months.grain_code, months.slot, months.bin_code

),

bins as (

    -- Every bin, with members or without.
    select grain_code, slot, bin_code from counted
    union distinct
    select bounds.grain_code, bounds.slot, cast(bounds.bin_number as varchar) as bin_code
    from {{ ref('int_segmentation__drift_bound') }} as bounds
    inner join trainings
        on bounds.grain_code = trainings.grain_code
    where trainings.is_training

),

final as (

    select
        bins.grain_code,
        bins.slot,
        bins.bin_code,
        bounds.upper_bound,
        cast(coalesce(counted.member_count, 0) as double)
        / sum(counted.member_count) over (partition by bins.grain_code, bins.slot) as share
    from bins
    left join counted
        on
            bins.grain_code = counted.grain_code
            and bins.slot = counted.slot
            and bins.bin_code = counted.bin_code
    left join {{ ref('int_segmentation__drift_bound') }} as bounds
        on
            bins.grain_code = bounds.grain_code
            and bins.slot = bounds.slot
            and bins.bin_code = cast(bounds.bin_number as varchar)

    union all

    select
        standing.grain_code,
        standing.slot,
        standing.bin_code,
        standing.upper_bound,
        standing.share
    from {{ ref('int_segmentation__standing_share') }} as standing
    inner join trainings
        on standing.grain_code = trainings.grain_code
    where not trainings.is_training

)

select * from final
