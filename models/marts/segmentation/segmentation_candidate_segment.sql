with

segments as (

    select * from {{ ref('int_segmentation__segment_quality') }}

),

final as (

    select
        ----------  keys
        candidate_code,
        segment_code,

        ----------  measures
        loan_count,
        loan_share,
        mean_term_days,
        cast({{ exact_divide('sum_contract_amount', 'loan_count', 2) }} as decimal(18, 2)) as mean_contract_amount,
        mean_annual_rate_pct,
        silhouette,

        ----------  centre on the min-max scale
        {{ per_feature('scaled_{f}') }}

    from segments

)

select * from final
