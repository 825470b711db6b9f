-- Row by row and to the cent: what the contracts' adjustments of the year add up to lies between the two readings.
with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

year_adjustments as (

    select adjustments.*
    from {{ ref('assessed_adjustment') }} as adjustments
    inner join as_of
        on adjustments.month_end_date >= as_of.year_start_date

),

adjustments as (

    select
        customer_id,
        round(sum(case when contract_kind_code = 'deposit' then contribution_change_amount end), 2) as deposit_amount,
        round(sum(case when contract_kind_code = 'loan' then contribution_change_amount end), 2) as loan_amount
    from year_adjustments
    group by customer_id

)

select assessed.*
from {{ ref('assessed_contribution') }} as assessed
full join {{ ref('customer_contribution') }} as ledger
    on assessed.customer_id = ledger.customer_id
left join adjustments
    on ledger.customer_id = adjustments.customer_id
where
    assessed.customer_id is null
    or ledger.customer_id is null
    or assessed.assessed_deposit_contribution_amount
    is distinct from ledger.deposit_contribution_amount + coalesce(adjustments.deposit_amount, 0)
    or assessed.assessed_loan_contribution_amount
    is distinct from ledger.loan_contribution_amount + coalesce(adjustments.loan_amount, 0)
    or assessed.assessed_contribution_amount
    <> coalesce(assessed.assessed_deposit_contribution_amount, 0)
    + coalesce(assessed.assessed_loan_contribution_amount, 0)
    + ledger.fee_income_amount
    or assessed.contribution_amount + assessed.deposit_adjustment_amount + assessed.loan_adjustment_amount
    <> assessed.assessed_contribution_amount
