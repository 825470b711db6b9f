with

segments as (

    select * from {{ ref('int_segmentation__segment') }}
    where grain_code = 'customer'

),

final as (

    select
        ----------  keys
        segment_code,

        ----------  measures
        member_count as customer_count,
        member_share as customer_share,
        {{ mean_amount('sum_1', 'member_count') }} as mean_contribution_amount,
        {{ mean_amount('sum_2', 'member_count') }} as mean_deposit_average_daily_balance,
        {{ mean_amount('sum_3', 'member_count') }} as mean_loan_average_daily_balance,
        mean_4 as mean_product_count,
        {{ mean_amount('sum_5', 'member_count') }} as mean_fee_income_amount,
        silhouette

    from segments

)

select * from final
