with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

rates as (

    select 'deposit' as contract_kind_code, account_id as contract_id, effective_date, annual_rate
    from {{ ref('stg_core_banking__deposit_rate') }}

    union all

    select 'loan' as contract_kind_code, loan_id as contract_id, effective_date, annual_rate
    from {{ ref('stg_loan_servicing__loan_rate') }}

),

changes as (

    -- Until the first rate row the contract's own rate holds.
    select contract_kind_code, contract_id, {{ first_date() }} as effective_date, annual_rate
    from contracts

    union all

    select rates.contract_kind_code, rates.contract_id, rates.effective_date, rates.annual_rate
    from rates
    inner join as_of
        on rates.effective_date <= as_of.as_of_date
    inner join contracts
        on
            rates.contract_kind_code = contracts.contract_kind_code
            and rates.contract_id = contracts.contract_id

),

final as (

    select
        contract_kind_code,
        contract_id,
        effective_date as valid_from,
        coalesce(
            lead(effective_date) over (partition by contract_kind_code, contract_id order by effective_date),
            {{ last_date() }}
        ) as valid_before,
        annual_rate
    from changes

)

select * from final
