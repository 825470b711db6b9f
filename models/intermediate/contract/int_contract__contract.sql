with

accounts as (

    select * from {{ ref('stg_core_banking__deposit_account') }}

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

unioned as (

    select
        'deposit' as contract_kind_code,
        account_id as contract_id,
        customer_id,
        product_code,
        currency_code,
        open_date as assignment_date,
        maturity_date,
        annual_rate
    from accounts

    union all

    select
        'loan' as contract_kind_code,
        loan_id as contract_id,
        customer_id,
        product_code,
        currency_code,
        start_date as assignment_date,
        maturity_date,
        annual_rate
    from loans

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        customer_id,

        ----------  attributes
        product_code,
        {{ currency_or_reporting('currency_code') }} as currency_code,

        ----------  dates
        assignment_date,
        maturity_date,

        ----------  measures
        {{ days_between('assignment_date', 'maturity_date') }} as term_days,
        annual_rate

    from unioned

)

select * from final
