with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

customer_days as (

    select * from {{ ref('int_customer__dated_contribution') }}

),

shares as (

    select * from {{ ref('int_customer__manager_share') }}

),

parts as (

    -- Exact: 10 decimals of the amount and 6 of the share are 16.
    select
        shares.relationship_manager_id,
        sum(customer_days.ledger_amount * shares.share) as ledger_amount,
        sum(customer_days.assessed_amount * shares.share) as assessed_amount
    from customer_days
    inner join shares
        on
            customer_days.customer_id = shares.customer_id
            and customer_days.share_date >= shares.valid_from
            and customer_days.share_date < shares.valid_before
    group by shares.relationship_manager_id

),

managers as (

    select
        shares.relationship_manager_id,
        as_of.as_of_date,
        count(distinct shares.customer_id) as customer_count
    from shares
    inner join as_of
        on
            coalesce(as_of.as_of_date, {{ last_date() }}) >= shares.valid_from
            and coalesce(as_of.year_start_date, {{ first_date() }}) < shares.valid_before
    group by shares.relationship_manager_id, as_of.as_of_date

),

final as (

    select
        ----------  keys
        managers.relationship_manager_id,

        ----------  dates
        managers.as_of_date,

        ----------  measures
        cast(managers.customer_count as bigint) as customer_count,

        ----------  amounts
        cast(coalesce(parts.ledger_amount, 0) as decimal(38, 16)) as contribution_amount,
        cast(coalesce(parts.assessed_amount, 0) as decimal(38, 16)) as assessed_contribution_amount

    from managers
    left join parts
        on managers.relationship_manager_id = parts.relationship_manager_id

)

select * from final
