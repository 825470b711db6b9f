with

champions as (

    select candidates.grain_code, candidates.candidate_code, candidates.space_code
    from {{ ref('int_segmentation__choice') }} as choices
    inner join {{ ref('int_segmentation__candidate') }} as candidates
        on choices.candidate_code = candidates.candidate_code
    where choices.is_champion

),

members as (

    -- Where a member lies in the champion's own space.
    select
        candidate_code,
        member_id,
        cluster_number,
        month_end_date,
        {{ per_feature('own_scaled_{f} as scaled_{f}') }}
    from {{ ref('int_segmentation__shown_cluster') }}

),

bounds as (

    -- One row per grain, so that a member is binned by comparisons alone.
    select
        grain_code,
        {{ per_drift_bound('max(case when slot = {f} and bin_number = {b} then upper_bound end) as bound_{f}_{b}') }}
    from {{ ref('int_segmentation__drift_bound') }}
    group by grain_code

),

binned as (

    select
        champions.grain_code,
        members.month_end_date,
        codes.segment_code,
        {{ per_feature('case when spaces.has_{f} then 1 + ' ~ drift_bins_passed() ~ ' end as bin_{f}') }},
        count(*) as member_count
    from champions
    inner join members
        on champions.candidate_code = members.candidate_code
    inner join {{ ref('int_segmentation__space') }} as spaces
        on champions.space_code = spaces.space_code
    inner join bounds
        on champions.grain_code = bounds.grain_code
    inner join {{ ref('int_segmentation__segment_code') }} as codes
        on
            members.candidate_code = codes.candidate_code
            and members.cluster_number = codes.cluster_number
    group by
        champions.grain_code, members.month_end_date, codes.segment_code,
        {{ per_feature('case when spaces.has_{f} then 1 + ' ~ drift_bins_passed() ~ ' end') }}

),

final as (

    select grain_code, month_end_date, 0 as slot, segment_code as bin_code, sum(member_count) as member_count
    from binned
    group by grain_code, month_end_date, segment_code
    {% for slot in segmentation_slots() %}
    union all
    select
        grain_code, month_end_date, {{ slot }} as slot, cast(bin_{{ slot }} as varchar) as bin_code,
        sum(member_count) as member_count
    from binned
    where bin_{{ slot }} is not null
    group by grain_code, month_end_date, bin_{{ slot }}
    {% endfor %}

)

select * from final
