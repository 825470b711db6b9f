with

segments as (

    select * from {{ ref('int_segmentation__segment') }}

),

loans as (

    select * from {{ ref('loan_segment') }}

),

silhouettes as (

    select
        segment_code,
        cast(sum({{ summable('silhouette') }}) as double) / nullif(count(silhouette), 0) as silhouette
    from loans
    where segment_code is not null
    group by segment_code

),

final as (

    select
        ----------  keys
        segments.segment_code,

        ----------  attributes
        segments.segment_name_zh,
        segments.segment_name_en,

        ----------  measures
        segments.loan_count,
        segments.loan_share,
        segments.mean_term_days,
        cast({{ exact_divide('segments.sum_contract_amount', 'segments.loan_count', 2) }} as decimal(18, 2))
            as mean_contract_amount,
        segments.mean_annual_rate_pct,
        silhouettes.silhouette

    from segments
    left join silhouettes
        on segments.segment_code = silhouettes.segment_code

)

select * from final
