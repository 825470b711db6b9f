with

accounts as (

    select * from {{ ref('stg_core_banking__deposit_account') }}

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

products as (

    select * from {{ ref('stg_core_banking__product') }}

),

unioned as (

    select
        'deposit' as contract_kind_code,
        account_id as contract_id,
        customer_id,
        product_code,
        currency_code,
        cast(null as varchar) as repayment_method_code,
        cast(null as varchar) as pricing_benchmark_code,
        branch_code,
        false as is_floating,
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
        coalesce(repayment_method_code, 'bullet') as repayment_method_code,
        pricing_benchmark_code,
        branch_code,
        repricing_months is not null as is_floating,
        start_date as assignment_date,
        maturity_date,
        annual_rate
    from loans

),

final as (

    select
        ----------  keys
        unioned.contract_kind_code,
        unioned.contract_id,
        -- Short, for the joins over all balances; it means nothing after this build.
        cast(row_number() over (order by unioned.contract_kind_code, unioned.contract_id) as integer)
            as contract_number,
        unioned.customer_id,

        ----------  attributes
        unioned.product_code,
        products.product_family_code,
        coalesce(products.is_specialised, false) as is_specialised,
        {{ currency_or_reporting('unioned.currency_code') }} as currency_code,
        unioned.repayment_method_code,
        unioned.pricing_benchmark_code,
        unioned.branch_code,
        case when unioned.is_floating then 'floating' else 'fixed' end as rate_type_code,

        ----------  dates
        unioned.assignment_date,
        unioned.maturity_date,

        ----------  measures
        {{ days_between('unioned.assignment_date', 'unioned.maturity_date') }} as term_days,
        unioned.annual_rate

    from unioned
    left join products
        on unioned.product_code = products.product_code

)

select * from final
