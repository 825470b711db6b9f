{{ config(materialized='view') }}
-- depends_on: {{ ref('int_history__reopened_month') }}

with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

balances as (

    select
        contracts.contract_number,
        balances.balance_date,
        balances.balance
    from {{ ref('stg_core_banking__deposit_balance') }} as balances
    inner join contracts
        on
            contracts.contract_kind_code = 'deposit'
            and balances.account_id = contracts.contract_id

    union all

    select
        contracts.contract_number,
        balances.balance_date,
        balances.principal_balance as balance
    from {{ ref('stg_loan_servicing__loan_balance') }} as balances
    inner join contracts
        on
            contracts.contract_kind_code = 'loan'
            and balances.loan_id = contracts.contract_id

),

{% if is_history_kept() %}
reopened as (

    select contracts.contract_number, reopened.*
    from {{ ref('int_history__reopened_month') }} as reopened
    inner join contracts
        on
            reopened.contract_kind_code = contracts.contract_kind_code
            and reopened.contract_id = contracts.contract_id

),

carried as (

    -- What the last month that stays closed hands on.
    select
        following.contract_number,
        closed.month_end_date + 1 as balance_date,
        closed.closing_balance as balance
    from {{ history_table('int_contract__monthly_contribution') }} as closed
    inner join reopened as following
        on
            closed.contract_kind_code = following.contract_kind_code
            and closed.contract_id = following.contract_id
            and closed.month_end_date = cast(date_trunc('month', following.month_end_date) as date) - 1
    left join reopened
        on
            closed.contract_kind_code = reopened.contract_kind_code
            and closed.contract_id = reopened.contract_id
            and closed.month_end_date = reopened.month_end_date
    where reopened.contract_id is null

),

rows_to_price as (

    select balances.*, 1 as place
    from balances
    inner join reopened
        on
            balances.contract_number = reopened.contract_number
            and last_day(balances.balance_date) = reopened.month_end_date
    where balances.balance_date between {{ reopened_day('min') }} and {{ reopened_day('max') }}

    union all

    select *, 0 as place from carried

),
{% else %}
rows_to_price as (

    select *, 1 as place from balances

),
{% endif %}

intervals as (

    -- Half-open: valid from its day until the contract's next row, the last one to the as-of day.
    select
        rows_to_price.contract_number,
        rows_to_price.balance_date as valid_from,
        coalesce(
            lead(rows_to_price.balance_date) over (
                partition by rows_to_price.contract_number order by rows_to_price.balance_date, rows_to_price.place
            ),
            as_of.as_of_date + 1
        ) as valid_before,
        rows_to_price.balance
    from rows_to_price
    inner join as_of
        on rows_to_price.balance_date <= as_of.as_of_date

),

final as (

    select *, last_day(valid_from) as month_end_date from intervals
    where valid_from < valid_before

)

select * from final
