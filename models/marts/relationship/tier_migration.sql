with

tiers as (

    select * from {{ ref('tier') }}

),

customer_months as (

    select * from {{ ref('customer_monthly_tier') }}

),

first_month as (

    select min(month_end_date) as month_end_date from customer_months

),

months as (

    select distinct customer_months.month_end_date
    from customer_months
    inner join first_month
        on customer_months.month_end_date > first_month.month_end_date

),

moves as (

    select
        later.month_end_date,
        earlier.tier_code as from_tier_code,
        later.tier_code as to_tier_code,
        count(*) as customer_count,
        sum(later.contribution_amount) as contribution_amount
    from customer_months as later
    inner join customer_months as earlier
        on
            later.customer_id = earlier.customer_id
            and cast(date_trunc('month', later.month_end_date) as date) - 1 = earlier.month_end_date
    group by later.month_end_date, earlier.tier_code, later.tier_code

),

final as (

    -- Every pair, also where nobody moved.
    select
        ----------  keys
        months.month_end_date,
        from_tiers.tier_code as from_tier_code,
        to_tiers.tier_code as to_tier_code,

        ----------  measures
        coalesce(moves.customer_count, 0) as customer_count,
        cast(coalesce(moves.contribution_amount, 0) as decimal(18, 2)) as contribution_amount

    from months
    cross join tiers as from_tiers
    cross join tiers as to_tiers
    left join moves
        on
            months.month_end_date = moves.month_end_date
            and from_tiers.tier_code = moves.from_tier_code
            and to_tiers.tier_code = moves.to_tier_code

)

select * from final
