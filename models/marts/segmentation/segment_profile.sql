with

segments as (

    select * from {{ ref('int_segmentation__segment') }}
    where grain_code = 'loan'

),

final as (

    select
        ----------  keys
        segment_code,

        ----------  attributes
        segment_name_zh,
        segment_name_en,
        segment_alias_zh,
        is_nameable,

        ----------  measures
        member_count as loan_count,
        member_share as loan_share,
        mean_1 as mean_term_days,
        {{ mean_amount('sum_2', 'member_count') }} as mean_contract_amount,
        mean_3 as mean_annual_rate_pct,
        silhouette,
        stability,

        ----------  explanation
        {{ profile_summaries() }}

    from segments

)

select * from final
