with

days as (

    -- The last day of each month, in the running month the as-of day; a bank may have that day but no months.
    select month_end_date, last_date as status_date from {{ ref('int_reporting__month') }}
    union distinct
    select last_day(as_of_date) as month_end_date, as_of_date as status_date from {{ ref('int_reporting__as_of') }}

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

loan_months as (

    select * from {{ ref('int_contract__monthly_contribution') }}
    where contract_kind_code = 'loan'

),

classes as (

    select
        intervals.loan_id,
        intervals.class_code,
        days.month_end_date,
        days.status_date
    from {{ ref('int_loan__class_interval') }} as intervals
    inner join days
        on
            intervals.valid_from <= days.status_date
            and intervals.valid_before > days.status_date

),

counted_loans as (

    -- A loan has no month before its first balance row; till then its term decides.
    select
        loans.customer_id,
        classes.month_end_date,
        classes.class_code
    from classes
    inner join loans
        on classes.loan_id = loans.loan_id
    left join loan_months
        on
            classes.loan_id = loan_months.contract_id
            and classes.month_end_date = loan_months.month_end_date
    where
        {{ counts_for_class(
            is_open_loan('loans', 'loan_months', 'classes.status_date'), 'loans.guarantee_type_code'
        ) }}

),

final as (

    -- The worst class among the customer's loans that count.
    select
        ----------  keys
        customer_id,
        month_end_date,

        ----------  attributes
        max(class_code) as class_code

    from counted_loans
    group by customer_id, month_end_date

)

select * from final
