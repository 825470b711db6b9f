with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

loan_months as (

    select months.contract_id, months.closing_balance
    from {{ ref('int_contract__monthly_contribution') }} as months
    inner join as_of
        on last_day(as_of.as_of_date) = months.month_end_date
    where months.contract_kind_code = 'loan'

),

classes as (

    select * from {{ ref('int_loan__class_interval') }}
    where valid_before = {{ last_date() }}

),

final as (

    select
        loans.loan_id,
        loans.customer_id,
        loans.guarantee_type_code,
        coalesce({{ is_open_loan('loans', 'loan_months', 'as_of.as_of_date') }}, false) as is_open,
        classes.class_code
    from loans
    cross join as_of
    left join loan_months
        on loans.loan_id = loan_months.contract_id
    left join classes
        on loans.loan_id = classes.loan_id

)

select * from final
