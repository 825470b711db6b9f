-- Every customer belongs wholly to managers on every day: shares of one, and stretches without gaps.
with

stretches as (

    select customer_id, valid_from, max(valid_before) as valid_before, sum(share) as share
    from {{ ref('int_customer__manager_share') }}
    group by customer_id, valid_from

),

followed as (

    select
        *,
        lead(valid_from, 1, {{ last_date() }}) over (partition by customer_id order by valid_from) as next_from,
        lag(valid_before, 1, {{ first_date() }}) over (partition by customer_id order by valid_from) as previous_before
    from stretches

)

select *
from followed
where share <> 1 or valid_before <> next_from or valid_from <> previous_before
