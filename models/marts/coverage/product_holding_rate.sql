with

customers as (

    select
        tier_code,
        coalesce(segment_code, 'none') as segment_code,
        product_count > 0 as is_holder,
        is_cross_sold,
        year_loan_count > 0 as is_borrower,
        is_repeat_borrower
    from {{ ref('customer_product_coverage') }}

),

segments as (

    select segment_code from {{ ref('segment_profile') }}
    union all
    select 'none' as segment_code
    union all
    select 'total' as segment_code

),

tiers as (

    select tier_code from {{ ref('tier') }}
    union all
    select 'total' as tier_code

),

counted as (

    select
        coalesce(segment_code, 'total') as segment_code,
        coalesce(tier_code, 'total') as tier_code,
        count(*) as customer_count,
        count(*) filter (where is_holder) as holder_count,
        count(*) filter (where is_cross_sold) as cross_sold_count,
        count(*) filter (where is_borrower) as borrower_count,
        count(*) filter (where is_repeat_borrower) as repeat_borrower_count
    from customers
    group by grouping sets ((segment_code, tier_code), (segment_code), (tier_code), ())

),

final as (

    select
        ----------  keys
        segments.segment_code,
        tiers.tier_code,

        ----------  measures
        coalesce(counted.customer_count, 0) as customer_count,
        coalesce(counted.holder_count, 0) as holder_count,
        coalesce(counted.cross_sold_count, 0) as cross_sold_count,
        {{ share('counted.cross_sold_count', 'counted.holder_count') }} as cross_sell_rate,
        coalesce(counted.borrower_count, 0) as borrower_count,
        coalesce(counted.repeat_borrower_count, 0) as repeat_borrower_count,
        {{ share('counted.repeat_borrower_count', 'counted.borrower_count') }} as repeat_rate

    from segments
    cross join tiers
    left join counted
        on
            segments.segment_code = counted.segment_code
            and tiers.tier_code = counted.tier_code

)

select * from final
