with

customers as (

    select * from {{ ref('int_customer__customer') }}

),

contracts as (

    select * from {{ ref('int_contract__year_to_date') }}

),

fees as (

    select * from {{ ref('int_customer__fee') }}

),

contract_parts as (

    select
        customer_id,
        contract_kind_code,
        sum(daily_balance_sum) as daily_balance_sum,
        cast(round(sum(contribution_amount), 2) as decimal(18, 2)) as contribution_amount,
        sum(plug_in_amount) as plug_in_amount
    from contracts
    group by customer_id, contract_kind_code

),

fee_parts as (

    select
        customers.customer_id,
        cast(coalesce(sum(fees.fee_amount), 0) as decimal(18, 2)) as fee_income_amount
    from customers
    inner join fees
        on
            customers.customer_id = fees.customer_id
            and customers.year_start_date <= fees.booked_date
    group by customers.customer_id

),

joined as (

    select
        customers.customer_id,
        customers.as_of_date,
        customers.elapsed_days,
        coalesce(deposits.daily_balance_sum, 0) as deposit_daily_balance_sum,
        coalesce(loans.daily_balance_sum, 0) as loan_daily_balance_sum,
        case when deposits.customer_id is null then 0 else deposits.contribution_amount end
            as deposit_contribution_amount,
        case when loans.customer_id is null then 0 else loans.contribution_amount end as loan_contribution_amount,
        coalesce(fee_parts.fee_income_amount, 0) as fee_income_amount,
        round(
            coalesce(deposits.plug_in_amount, 0)
            + coalesce(loans.plug_in_amount, 0)
            + coalesce(fee_parts.fee_income_amount, 0), 2
        ) as plug_in_contribution_amount
    from customers
    left join contract_parts as deposits
        on
            customers.customer_id = deposits.customer_id
            and deposits.contract_kind_code = 'deposit'
    left join contract_parts as loans
        on
            customers.customer_id = loans.customer_id
            and loans.contract_kind_code = 'loan'
    left join fee_parts
        on customers.customer_id = fee_parts.customer_id

),

totalled as (

    select
        *,
        coalesce(deposit_contribution_amount, 0) + coalesce(loan_contribution_amount, 0) + fee_income_amount
            as contribution_amount
    from joined

),

final as (

    select
        ----------  keys
        customer_id,

        ----------  dates
        as_of_date,
        elapsed_days,

        ----------  amounts
        cast(coalesce({{ exact_divide('deposit_daily_balance_sum', 'elapsed_days', 2) }}, 0) as decimal(18, 2))
            as deposit_average_daily_balance,
        cast(coalesce({{ exact_divide('loan_daily_balance_sum', 'elapsed_days', 2) }}, 0) as decimal(18, 2))
            as loan_average_daily_balance,
        cast(deposit_contribution_amount as decimal(18, 2)) as deposit_contribution_amount,
        cast(loan_contribution_amount as decimal(18, 2)) as loan_contribution_amount,
        cast(fee_income_amount as decimal(18, 2)) as fee_income_amount,
        cast(contribution_amount as decimal(18, 2)) as contribution_amount,
        cast(plug_in_contribution_amount as decimal(18, 2)) as plug_in_contribution_amount,
        cast(contribution_amount - plug_in_contribution_amount as decimal(18, 2)) as plug_in_error_amount

    from totalled

)

select * from final
