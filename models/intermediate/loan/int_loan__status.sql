with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

last_balances as (

    select balances.contract_id as loan_id, balances.balance
    from {{ ref('int_contract__balance_interval') }} as balances
    inner join as_of
        on balances.valid_before > as_of.as_of_date
    where balances.contract_kind_code = 'loan'

),

classes as (

    select
        classifications.loan_id,
        max_by(classifications.class_code, classifications.effective_date) as class_code
    from {{ ref('stg_loan_servicing__loan_classification') }} as classifications
    inner join as_of
        on classifications.effective_date <= as_of.as_of_date
    group by classifications.loan_id

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
