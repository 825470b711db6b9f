-- From the month of the first balance row to the month of the as-of day, without a gap.
with

months as (

    select * from {{ ref('int_reporting__month') }}

),

contracts as (

    select
        contract_kind_code,
        contract_id,
        count(*) as month_count,
        min(month_end_date) as first_month_end_date
    from {{ ref('int_contract__monthly_contribution') }}
    group by contract_kind_code, contract_id

),

balances as (

    select contract_kind_code, contract_id, last_day(min(valid_from)) as first_month_end_date
    from {{ ref('int_contract__balance_interval') }}
    group by contract_kind_code, contract_id

),

expected as (

    select balances.contract_kind_code, balances.contract_id, count(*) as month_count
    from balances
    inner join months
        on balances.first_month_end_date <= months.month_end_date
    group by balances.contract_kind_code, balances.contract_id

)

select expected.*
from expected
left join contracts
    on
        expected.contract_kind_code = contracts.contract_kind_code
        and expected.contract_id = contracts.contract_id
where contracts.month_count is null or contracts.month_count <> expected.month_count
