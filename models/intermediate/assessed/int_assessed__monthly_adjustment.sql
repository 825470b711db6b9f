with

adjustments as (

    select * from {{ ref('int_assessed__adjustment') }}

),

prices as (

    select * from {{ ref('int_contract__monthly_price') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

contributions as (

    select * from {{ ref('int_contract__monthly_contribution') }}

),

summed as (

    select
        adjustments.contract_kind_code,
        adjustments.contract_id,
        adjustments.month_end_date,
        adjustments.adjustment_code,
        sum(adjustments.adjustment_balance_sum) as adjustment_balance_sum,
        sum(
            cast(adjustments.adjustment_balance_sum as decimal(20, 2)) * cast(prices.spread_rate as decimal(12, 10))
        ) as spread_sum
    from adjustments
    inner join prices
        on
            adjustments.contract_kind_code = prices.contract_kind_code
            and adjustments.contract_id = prices.contract_id
            and adjustments.month_end_date = prices.month_end_date
            and adjustments.terms_from = prices.terms_from
    {% if not has_rows(ref('int_assessed__adjustment')) %}where false{% endif %}
    group by
        adjustments.contract_kind_code, adjustments.contract_id, adjustments.month_end_date, adjustments.adjustment_code

),

final as (

    -- What the ledger's month does not know, its adjustment does not know either.
    select
        ----------  keys
        summed.contract_kind_code,
        summed.contract_id,
        summed.month_end_date,
        summed.adjustment_code,
        contributions.customer_id,

        ----------  measures
        months.days,
        case
            when contributions.daily_balance_sum is not null
                then cast(summed.adjustment_balance_sum as decimal(22, 2))
        end as adjustment_balance_sum,

        ----------  amounts
        case
            when contributions.daily_balance_sum is not null
                then {{ exact_divide('summed.adjustment_balance_sum', 'months.days', 2) }}
        end as average_daily_balance_change,
        case
            when contributions.contribution_amount is not null
                then {{ exact_divide('coalesce(summed.spread_sum, 0)', day_count(), 10) }}
        end as contribution_change_amount

    from summed
    inner join contributions
        on
            summed.contract_kind_code = contributions.contract_kind_code
            and summed.contract_id = contributions.contract_id
            and summed.month_end_date = contributions.month_end_date
    inner join months
        on summed.month_end_date = months.month_end_date

)

select * from final
