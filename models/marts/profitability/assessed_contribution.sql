with

ledger as (

    select * from {{ ref('customer_contribution') }}

),

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

contracts as (

    select * from {{ ref('int_contract__year_to_date') }}

),

adjustments as (

    select adjustments.*
    from {{ ref('int_assessed__monthly_adjustment') }} as adjustments
    inner join as_of
        on adjustments.month_end_date >= as_of.year_start_date

),

changes as (

    select
        customer_id,
        coalesce(round(sum(contribution_change_amount) filter (where contract_kind_code = 'deposit'), 2), 0)
            as deposit_adjustment_amount,
        coalesce(round(sum(contribution_change_amount) filter (where contract_kind_code = 'loan'), 2), 0)
            as loan_adjustment_amount
    from adjustments
    group by customer_id

),

daily_balances as (

    select customer_id, contract_kind_code, daily_balance_sum from contracts
    union all
    select customer_id, contract_kind_code, adjustment_balance_sum as daily_balance_sum from adjustments

),

balances as (

    select
        customer_id,
        coalesce(sum(daily_balance_sum) filter (where contract_kind_code = 'deposit'), 0) as deposit_daily_balance_sum,
        coalesce(sum(daily_balance_sum) filter (where contract_kind_code = 'loan'), 0) as loan_daily_balance_sum
    from daily_balances
    group by customer_id

),

joined as (

    select
        ledger.*,
        coalesce(balances.deposit_daily_balance_sum, 0) as deposit_daily_balance_sum,
        coalesce(balances.loan_daily_balance_sum, 0) as loan_daily_balance_sum,
        coalesce(changes.deposit_adjustment_amount, 0) as deposit_adjustment_amount,
        coalesce(changes.loan_adjustment_amount, 0) as loan_adjustment_amount
    from ledger
    left join balances
        on ledger.customer_id = balances.customer_id
    left join changes
        on ledger.customer_id = changes.customer_id

),

final as (

    select
        ----------  keys
        customer_id,

        ----------  dates
        as_of_date,
        elapsed_days,

        ----------  averages
        deposit_average_daily_balance,
        cast(coalesce({{ exact_divide('deposit_daily_balance_sum', 'elapsed_days', 2) }}, 0) as decimal(18, 2))
            as assessed_deposit_average_daily_balance,
        loan_average_daily_balance,
        cast(coalesce({{ exact_divide('loan_daily_balance_sum', 'elapsed_days', 2) }}, 0) as decimal(18, 2))
            as assessed_loan_average_daily_balance,

        ----------  amounts
        deposit_contribution_amount,
        cast(deposit_adjustment_amount as decimal(18, 2)) as deposit_adjustment_amount,
        cast(deposit_contribution_amount + deposit_adjustment_amount as decimal(18, 2))
            as assessed_deposit_contribution_amount,
        loan_contribution_amount,
        cast(loan_adjustment_amount as decimal(18, 2)) as loan_adjustment_amount,
        cast(loan_contribution_amount + loan_adjustment_amount as decimal(18, 2))
            as assessed_loan_contribution_amount,
        fee_income_amount,
        contribution_amount,
        cast(contribution_amount + deposit_adjustment_amount + loan_adjustment_amount as decimal(18, 2))
            as assessed_contribution_amount

    from joined

)

select * from final
