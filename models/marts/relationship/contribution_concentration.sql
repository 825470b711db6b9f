with recursive

customers as (

    select
        customer_id,
        contribution_amount,
        row_number() over (order by contribution_amount desc, customer_id) as customer_rank
    from {{ ref('customer_contribution') }}

),

percentiles as (

    select 1 as percentile
    union all
    select percentile + 1 as percentile from percentiles
    where percentile < 100

),

cumulated as (

    select
        customer_rank,
        sum(contribution_amount) over (order by customer_rank rows unbounded preceding) as cumulative_amount
    from customers

),

total as (

    select count(*) as customer_count, sum(contribution_amount) as contribution_amount from customers

),

final as (

    -- The first k customers, k the share of all rounded up.
    select
        ----------  keys
        percentiles.percentile,

        ----------  measures
        cast(cumulated.customer_rank as double) / total.customer_count as cumulative_customer_share,
        case
            when total.contribution_amount > 0
                then cast(cumulated.cumulative_amount as double) / cast(total.contribution_amount as double)
        end as cumulative_contribution_share

    from percentiles
    cross join total
    inner join cumulated
        on
            cumulated.customer_rank
            = cast(ceil(cast(percentiles.percentile * total.customer_count as double) / 100) as bigint)

)

select * from final
