with

segments as (

    select segments.*, codes.segment_code
    from {{ ref('int_segmentation__segment_quality') }} as segments
    inner join {{ ref('int_segmentation__candidate') }} as candidates
        on segments.candidate_code = candidates.candidate_code
    inner join {{ ref('int_segmentation__segment_code') }} as codes
        on
            segments.candidate_code = codes.candidate_code
            and segments.cluster_number = codes.cluster_number
    where candidates.grain_code = 'loan'

),

final as (

    select
        ----------  keys
        candidate_code,
        segment_code,

        ----------  measures
        member_count as loan_count,
        member_share as loan_share,
        mean_1 as mean_term_days,
        {{ mean_amount('sum_2', 'member_count') }} as mean_contract_amount,
        mean_3 as mean_annual_rate_pct,
        silhouette,

        ----------  centre on the min-max scale
        {{ per_named_feature('loan', 'case when mean_{f} is not null then scaled_{f} end as scaled_{name}') }}

    from segments

)

select * from final
