with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

last_balances as (

    select months.contract_id as loan_id, months.closing_balance as balance
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
        coalesce(
            case
                when last_balances.loan_id is not null then last_balances.balance > 0
                else
                    loans.start_date <= as_of.as_of_date
                    and (loans.maturity_date is null or as_of.as_of_date < loans.maturity_date)
            end,
            false
        ) as is_open,
        classes.class_code
    from loans
    cross join as_of
    left join last_balances
        on loans.loan_id = last_balances.loan_id
    left join classes
        on loans.loan_id = classes.loan_id

)

select * from final
