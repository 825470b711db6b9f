with

tiers as (

    select * from {{ ref('tier') }}

),

customers as (

    select * from {{ ref('customer_tier') }}

),

total as (

    select cast({{ share_total('contribution_amount') }} as double) as contribution_amount from customers

),

by_tier as (

    select tier_code, count(*) as customer_count, sum(contribution_amount) as contribution_amount
    from customers
    group by tier_code

),

final as (

    select
        ----------  keys
        tiers.tier_code,

        ----------  measures
        coalesce(by_tier.customer_count, 0) as customer_count,
        cast(coalesce(by_tier.contribution_amount, 0) as decimal(18, 2)) as contribution_amount,
        case
            when total.contribution_amount > 0
                then cast(coalesce(by_tier.contribution_amount, 0) as double) / total.contribution_amount
        end as contribution_share

    from tiers
    cross join total
    left join by_tier
        on tiers.tier_code = by_tier.tier_code

)

select * from final
