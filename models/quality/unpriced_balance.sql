with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

contributions as (

    select * from {{ ref('int_contract__monthly_contribution') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

files as (

    select * from {{ source('door', 'extract_file') }}

),

balances as (

    select 'deposit' as contract_kind_code, account_id as contract_id, balance_date
    from {{ ref('stg_core_banking__deposit_balance') }}

    union all

    select 'loan' as contract_kind_code, loan_id as contract_id, balance_date
    from {{ ref('stg_loan_servicing__loan_balance') }}

),

without_contract as (

    select
        balances.contract_kind_code,
        balances.contract_id,
        case
            when count(files.extract_name) > 0 then 'rejected_contract'
            else 'absent_contract'
        end as reason_code,
        min(balances.balance_date) as first_date,
        max(balances.balance_date) as last_date
    from balances
    inner join as_of
        on balances.balance_date <= as_of.as_of_date
    left join contracts
        on
            balances.contract_kind_code = contracts.contract_kind_code
            and balances.contract_id = contracts.contract_id
    left join files
        on
            files.extract_name
            = case balances.contract_kind_code when 'deposit' then 'deposit_account' else 'loan_contract' end
    where contracts.contract_id is null
    group by balances.contract_kind_code, balances.contract_id

),

without_price as (

    select
        contract_kind_code,
        contract_id,
        case
            when bool_or(is_unconverted) then 'no_exchange_rate'
            when bool_or(is_unfunded) then 'no_ftp_curve'
            else 'no_rate'
        end as reason_code,
        min(month_end_date) as first_date,
        max(month_end_date) as last_date
    from contributions
    where is_unconverted or is_unfunded or is_unrated
    group by contract_kind_code, contract_id

),

final as (

    select * from without_contract
    union all
    select * from without_price

)

select * from final
