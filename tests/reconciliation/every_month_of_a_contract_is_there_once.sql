-- From the month of the first balance row to the month of the as-of day, without a gap; no other contract has any.
with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

balances as (

    select 'deposit' as contract_kind_code, account_id as contract_id, balance_date
    from {{ ref('stg_core_banking__deposit_balance') }}

    union all

    select 'loan' as contract_kind_code, loan_id as contract_id, balance_date
    from {{ ref('stg_loan_servicing__loan_balance') }}

),

first_balances as (

    select
        balances.contract_kind_code,
        balances.contract_id,
        last_day(min(balances.balance_date)) as first_month_end_date
    from balances
    inner join as_of
        on balances.balance_date <= as_of.as_of_date
    inner join {{ ref('int_contract__contract') }} as contracts
        on
            balances.contract_kind_code = contracts.contract_kind_code
            and balances.contract_id = contracts.contract_id
    group by balances.contract_kind_code, balances.contract_id

),

expected as (

    select
        first_balances.contract_kind_code,
        first_balances.contract_id,
        first_balances.first_month_end_date,
        count(*) as month_count
    from first_balances
    inner join months
        on first_balances.first_month_end_date <= months.month_end_date
    group by first_balances.contract_kind_code, first_balances.contract_id, first_balances.first_month_end_date

),

found as (

    select
        contract_kind_code,
        contract_id,
        min(month_end_date) as first_month_end_date,
        count(distinct month_end_date) as month_count,
        count(*) as row_count
    from {{ ref('int_contract__monthly_contribution') }}
    group by contract_kind_code, contract_id

)

select
    coalesce(expected.contract_kind_code, found.contract_kind_code) as contract_kind_code,
    coalesce(expected.contract_id, found.contract_id) as contract_id,
    expected.first_month_end_date as expected_first_month_end_date,
    found.first_month_end_date,
    expected.month_count as expected_month_count,
    found.month_count,
    found.row_count
from expected
full outer join found
    on
        expected.contract_kind_code = found.contract_kind_code
        and expected.contract_id = found.contract_id
where
    expected.first_month_end_date is distinct from found.first_month_end_date
    or expected.month_count is distinct from found.month_count
    or expected.month_count is distinct from found.row_count
