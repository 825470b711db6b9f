{{ config(materialized='view') }}

with

contributions as (

    select * from {{ ref('int_contract__monthly_contribution') }}
    where contract_kind_code = 'deposit'

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

final as (

    select
        ----------  keys
        contributions.contract_id as account_id,
        contributions.month_end_date,
        contributions.customer_id,

        ----------  measures
        months.days,

        ----------  amounts
        cast({{ exact_divide('contributions.daily_balance_sum', 'months.days', 2) }} as decimal(18, 2))
            as average_daily_balance,
        cast(contributions.contribution_amount as decimal(38, 10)) as contribution_amount

    from contributions
    inner join months
        on contributions.month_end_date = months.month_end_date

)

select * from final
