with

contributions as (

    select * from {{ ref('int_contract__monthly_contribution') }}

),

final as (

    select
        ----------  keys
        contract_id as loan_id,
        month_end_date,
        customer_id,

        ----------  measures
        days,
        net_interest_factor,

        ----------  amounts
        cast(average_daily_balance as decimal(18, 2)) as average_daily_balance,
        cast(contribution_amount as decimal(38, 10)) as contribution_amount

    from contributions
    where contract_kind_code = 'loan'

)

select * from final
