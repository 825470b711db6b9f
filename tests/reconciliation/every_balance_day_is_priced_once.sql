-- Month ends, leap days, first and last days: a contract's days over all its months are those from its first
-- balance row to the as-of day, and its balance days those of its balance rows, once each.
with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

balances as (

    select 'deposit' as contract_kind_code, account_id as contract_id, balance_date, balance
    from {{ ref('stg_core_banking__deposit_balance') }}

    union all

    select 'loan' as contract_kind_code, loan_id as contract_id, balance_date, principal_balance as balance
    from {{ ref('stg_loan_servicing__loan_balance') }}

),

intervals as (

    select
        balances.contract_kind_code,
        balances.contract_id,
        balances.balance,
        balances.balance_date as valid_from,
        coalesce(
            lead(balances.balance_date) over (
                partition by balances.contract_kind_code, balances.contract_id order by balances.balance_date
            ),
            as_of.as_of_date + 1
        ) as valid_before
    from balances
    inner join as_of
        on balances.balance_date <= as_of.as_of_date
    inner join {{ ref('int_contract__contract') }} as contracts
        on
            balances.contract_kind_code = contracts.contract_kind_code
            and balances.contract_id = contracts.contract_id

),

expected as (

    select
        contract_kind_code,
        contract_id,
        sum({{ days_between('valid_from', 'valid_before') }}) as days,
        sum(case when balance <> 0 then {{ days_between('valid_from', 'valid_before') }} else 0 end) as balance_days
    from intervals
    group by contract_kind_code, contract_id

),

priced_days as (

    select contract_kind_code, contract_id, sum(days) as days
    from {{ ref('int_contract__monthly_price') }}
    group by contract_kind_code, contract_id

),

priced as (

    select
        months.contract_kind_code,
        months.contract_id,
        max(priced_days.days) as days,
        sum(months.balance_days) as balance_days
    from {{ ref('int_contract__monthly_contribution') }} as months
    left join priced_days
        on
            months.contract_kind_code = priced_days.contract_kind_code
            and months.contract_id = priced_days.contract_id
    group by months.contract_kind_code, months.contract_id

)

select
    coalesce(expected.contract_kind_code, priced.contract_kind_code) as contract_kind_code,
    coalesce(expected.contract_id, priced.contract_id) as contract_id,
    expected.days as expected_days,
    priced.days,
    expected.balance_days as expected_balance_days,
    priced.balance_days
from expected
full outer join priced
    on
        expected.contract_kind_code = priced.contract_kind_code
        and expected.contract_id = priced.contract_id
where
    expected.days is distinct from priced.days
    or expected.balance_days is distinct from priced.balance_days
