with

segments as (

    select segments.*, candidates.grain_code, codes.segment_code
    from {{ ref('int_segmentation__segment_quality') }} as segments
    inner join {{ ref('int_segmentation__candidate') }} as candidates
        on segments.candidate_code = candidates.candidate_code
    inner join {{ ref('int_segmentation__segment_code') }} as codes
        on
            segments.candidate_code = codes.candidate_code
            and segments.cluster_number = codes.cluster_number

),

final as (

    select
        ----------  keys
        candidate_code,
        segment_code,

        ----------  attributes
        grain_code,

        ----------  measures of loans
        case when grain_code = 'loan' then member_count end as loan_count,
        case when grain_code = 'loan' then member_share end as loan_share,
        case when grain_code = 'loan' then mean_1 end as mean_term_days,
        case when grain_code = 'loan' then {{ mean_amount('sum_2', 'member_count') }} end as mean_contract_amount,
        case when grain_code = 'loan' then mean_3 end as mean_annual_rate_pct,

        ----------  measures of customers
        case when grain_code = 'customer' then member_count end as customer_count,
        case when grain_code = 'customer' then member_share end as customer_share,
        case when grain_code = 'customer' then {{ mean_amount('sum_1', 'member_count') }} end
            as mean_contribution_amount,
        case when grain_code = 'customer' then {{ mean_amount('sum_2', 'member_count') }} end
            as mean_deposit_average_daily_balance,
        case when grain_code = 'customer' then {{ mean_amount('sum_3', 'member_count') }} end
            as mean_loan_average_daily_balance,
        case when grain_code = 'customer' then {{ mean_amount('sum_5', 'member_count') }} end as mean_fee_income_amount,
        case when grain_code = 'customer' then mean_4 end as mean_product_count,

        ----------  measures of both
        silhouette,

        ----------  centre on the min-max scale
        {{ per_named_feature(
            'loan', "case when grain_code = 'loan' and mean_{f} is not null then scaled_{f} end as scaled_{name}"
        ) }},
        {{ per_named_feature(
            'customer', "case when grain_code = 'customer' and mean_{f} is not null then scaled_{f} end as scaled_{name}"
        ) }}

    from segments

)

select * from final
