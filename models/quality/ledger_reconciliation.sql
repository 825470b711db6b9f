with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

controls as (

    select
        ledger.as_of_date,
        ledger.account_class_code,
        ledger.currency_code,
        ledger.amount,
        cast(date_trunc('year', ledger.as_of_date) as date) as year_start_date
    from {{ ref('stg_general_ledger__ledger_control') }} as ledger
    inner join as_of
        on ledger.as_of_date <= as_of.as_of_date

),

control_days as (

    select distinct as_of_date from controls
    where account_class_code <> 'fee'

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

balance_rows as (

    select 'deposit' as contract_kind_code, account_id as contract_id, balance_date, balance
    from {{ ref('stg_core_banking__deposit_balance') }}

    union all

    select 'loan' as contract_kind_code, loan_id as contract_id, balance_date, principal_balance as balance
    from {{ ref('stg_loan_servicing__loan_balance') }}

),

balances_of_the_month as (

    select
        control_days.as_of_date,
        balance_rows.contract_kind_code,
        balance_rows.contract_id,
        max_by(balance_rows.balance, balance_rows.balance_date) as balance
    from control_days
    inner join balance_rows
        on
            last_day(control_days.as_of_date) = last_day(balance_rows.balance_date)
            and control_days.as_of_date >= balance_rows.balance_date
    group by control_days.as_of_date, balance_rows.contract_kind_code, balance_rows.contract_id

),

carried_balances as (

    select
        control_days.as_of_date,
        months.contract_kind_code,
        months.contract_id,
        months.closing_balance as balance
    from control_days
    inner join {{ ref('int_contract__monthly_contribution') }} as months
        on cast(date_trunc('month', control_days.as_of_date) as date) - 1 = months.month_end_date
    left join balances_of_the_month
        on
            control_days.as_of_date = balances_of_the_month.as_of_date
            and months.contract_kind_code = balances_of_the_month.contract_kind_code
            and months.contract_id = balances_of_the_month.contract_id
    where balances_of_the_month.contract_id is null

),

balances as (

    select found.as_of_date, found.contract_kind_code, contracts.currency_code, found.balance
    from (
        select * from balances_of_the_month
        union all
        select * from carried_balances
    ) as found
    inner join contracts
        on
            found.contract_kind_code = contracts.contract_kind_code
            and found.contract_id = contracts.contract_id

),

fees as (

    select * from {{ ref('int_customer__fee') }}

),

computed as (

    select
        controls.as_of_date,
        controls.account_class_code,
        controls.currency_code,
        sum(balances.balance) as computed_amount
    from controls
    inner join balances
        on
            controls.account_class_code = balances.contract_kind_code
            and controls.currency_code = balances.currency_code
            and controls.as_of_date = balances.as_of_date
    group by controls.as_of_date, controls.account_class_code, controls.currency_code

    union all

    select
        controls.as_of_date,
        controls.account_class_code,
        controls.currency_code,
        sum(fees.amount) as computed_amount
    from controls
    inner join fees
        on
            controls.account_class_code = 'fee'
            and controls.currency_code = fees.currency_code
            and fees.booked_date between controls.year_start_date and controls.as_of_date
    group by controls.as_of_date, controls.account_class_code, controls.currency_code

),

final as (

    select
        ----------  keys
        controls.as_of_date,
        controls.account_class_code,
        controls.currency_code,

        ----------  amounts
        controls.amount as ledger_amount,
        cast(coalesce(computed.computed_amount, 0) as decimal(38, 2)) as computed_amount,
        cast(controls.amount - coalesce(computed.computed_amount, 0) as decimal(38, 2)) as difference_amount

    from controls
    left join computed
        on
            controls.as_of_date = computed.as_of_date
            and controls.account_class_code = computed.account_class_code
            and controls.currency_code = computed.currency_code

)

select * from final
