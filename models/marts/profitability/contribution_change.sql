with

months as (

    select month_end_date from {{ ref('int_reporting__month') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

tiers as (

    select * from {{ ref('customer_tier') }}

),

segments as (

    select * from {{ ref('loan_segment') }}

),

contract_changes as (

    select * from {{ ref('int_contract__monthly_change') }}

),

fees as (

    select
        customer_id,
        last_day(booked_date) as month_end_date,
        cast(coalesce(fee_amount, 0) as decimal(28, 10)) as fee_amount
    from {{ ref('int_customer__fee') }}

),

first_month as (

    select min(month_end_date) as month_end_date
    from (
        select month_end_date from contract_changes
        union all
        select month_end_date from fees
    ) as found

),

changes as (

    select
        contract_changes.customer_id,
        contract_changes.month_end_date,
        segments.segment_code,
        contracts.branch_code,
        cast(contract_changes.rate_effect_amount as decimal(28, 10)) as rate_effect_amount,
        cast(contract_changes.ftp_effect_amount as decimal(28, 10)) as ftp_effect_amount,
        cast(contract_changes.tax_effect_amount as decimal(28, 10)) as tax_effect_amount,
        cast(0 as decimal(28, 10)) as fee_effect_amount,
        cast(contract_changes.change_amount as decimal(28, 10)) as change_amount,
        contract_changes.own_volume_amount,
        contract_changes.balance_sum_change,
        contract_changes.earlier_size,
        cast(contract_changes.earlier_spread_amount as decimal(28, 10)) as earlier_spread_amount
    from contract_changes
    inner join contracts
        on
            contract_changes.contract_kind_code = contracts.contract_kind_code
            and contract_changes.contract_id = contracts.contract_id
    left join segments
        on
            contract_changes.contract_kind_code = 'loan'
            and contract_changes.contract_id = segments.loan_id

    union all

    {% for month_end_date, sign in [('month_end_date', ''), ('last_day(month_end_date + 1)', '-')] %}
    -- A fee comes in its month and is gone in the next.
    select
        customer_id,
        {{ month_end_date }} as month_end_date,
        cast(null as varchar) as segment_code,
        cast(null as varchar) as branch_code,
        cast(0 as decimal(28, 10)) as rate_effect_amount,
        cast(0 as decimal(28, 10)) as ftp_effect_amount,
        cast(0 as decimal(28, 10)) as tax_effect_amount,
        {{ sign }}fee_amount as fee_effect_amount,
        {{ sign }}fee_amount as change_amount,
        0 as own_volume_amount,
        0 as balance_sum_change,
        0 as earlier_size,
        cast(0 as decimal(28, 10)) as earlier_spread_amount
    from fees
    {{ "union all" if not loop.last }}
    {% endfor %}

),

placed as (

    select
        changes.*,
        tiers.tier_code as tier,
        coalesce(changes.segment_code, 'none') as segment,
        coalesce(changes.branch_code, customers.branch_code, 'unknown') as branch,
        changes.customer_id as customer
    from changes
    inner join months
        on changes.month_end_date = months.month_end_date
    inner join first_month
        on changes.month_end_date > first_month.month_end_date
    inner join customers
        on changes.customer_id = customers.customer_id
    inner join tiers
        on changes.customer_id = tiers.customer_id

),

summed as (

    select
        case
            when tier is not null then 'tier'
            when segment is not null then 'segment'
            when branch is not null then 'branch'
            when customer is not null then 'customer'
            else 'total'
        end as level_code,
        coalesce(tier, segment, branch, customer, 'total') as level_value,
        month_end_date,
        sum(rate_effect_amount) as rate_effect_amount,
        sum(ftp_effect_amount) as ftp_effect_amount,
        sum(tax_effect_amount) as tax_effect_amount,
        sum(fee_effect_amount) as fee_effect_amount,
        sum(change_amount) as change_amount,
        sum(own_volume_amount) as own_volume_amount,
        sum(balance_sum_change) as balance_sum_change,
        sum(earlier_size) as earlier_size,
        sum(earlier_spread_amount) as earlier_spread_amount
    from placed
    group by
        grouping sets (
            (month_end_date), (month_end_date, tier), (month_end_date, segment),
            (month_end_date, branch), (month_end_date, customer)
        )

),

mixed as (

    -- Each contract's balances at its own earlier spread, less all of them at their mean one.
    select
        *,
        own_volume_amount - cast(coalesce(
            cast(balance_sum_change as double) * cast(earlier_spread_amount as double)
            / nullif(cast(earlier_size as double), 0), 0
        ) as decimal(28, 8)) as mix_effect_amount
    from summed

),

rounded as (

    select
        level_code,
        level_value,
        month_end_date,
        cast(round(rate_effect_amount, 2) as decimal(18, 2)) as rate_effect_amount,
        cast(round(ftp_effect_amount, 2) as decimal(18, 2)) as ftp_effect_amount,
        cast(round(tax_effect_amount, 2) as decimal(18, 2)) as tax_effect_amount,
        cast(round(fee_effect_amount, 2) as decimal(18, 2)) as fee_effect_amount,
        cast(round(mix_effect_amount, 2) as decimal(18, 2)) as mix_effect_amount,
        cast(round(change_amount, 2) as decimal(18, 2)) as change_amount
    from mixed

),

final as (

    -- Volume, the first step, takes what rounding leaves.
    select
        ----------  keys
        level_code,
        level_value,
        month_end_date,

        ----------  amounts
        cast(
            change_amount - rate_effect_amount - ftp_effect_amount - tax_effect_amount - fee_effect_amount
            - mix_effect_amount as decimal(18, 2)
        ) as volume_effect_amount,
        rate_effect_amount,
        ftp_effect_amount,
        tax_effect_amount,
        fee_effect_amount,
        mix_effect_amount,
        change_amount

    from rounded

)

select * from final
