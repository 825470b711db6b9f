with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

balances as (

    select 'deposit' as contract_kind_code, account_id as contract_id, balance_date, balance
    from {{ ref('stg_core_banking__deposit_balance') }}

    union all

    select 'loan' as contract_kind_code, loan_id as contract_id, balance_date, principal_balance as balance
    from {{ ref('stg_loan_servicing__loan_balance') }}

),

final as (

    -- Half-open: valid from its day until the contract's next row, the last one to the as-of day.
    select
        balances.contract_kind_code,
        balances.contract_id,
        contracts.currency_code,
        balances.balance_date as valid_from,
        coalesce(
            lead(balances.balance_date) over (
                partition by balances.contract_kind_code, balances.contract_id order by balances.balance_date
            ),
            as_of.as_of_date + 1
        ) as valid_before,
        balances.balance
    from balances
    inner join as_of
        on balances.balance_date <= as_of.as_of_date
    inner join contracts
        on
            balances.contract_kind_code = contracts.contract_kind_code
            and balances.contract_id = contracts.contract_id

)

select * from final
