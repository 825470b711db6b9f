-- Customer = loans = contracts = groups: every customer is there once with its contribution; costs, expected loss and
-- capital are those of its contracts within the half cent a sum may be rounded by; groups add up to the cent.
with

customers as (

    select * from {{ ref('customer_profitability') }}

),

contract_parts as (

    select
        customer_id,
        operating_cost_amount,
        cast(0 as decimal(26, 10)) as expected_loss_amount,
        cast(0 as decimal(26, 10)) as economic_capital_amount
    from {{ ref('int_value__operating_cost') }}

    union all

    select
        customer_id,
        cast(0 as decimal(26, 10)) as operating_cost_amount,
        coalesce(expected_loss_amount, 0) as expected_loss_amount,
        coalesce(economic_capital_amount, 0) as economic_capital_amount
    from {{ ref('int_value__loan_risk') }}

),

contracts as (

    select
        customer_id,
        sum(operating_cost_amount) as operating_cost_amount,
        sum(expected_loss_amount) as expected_loss_amount,
        sum(economic_capital_amount) as economic_capital_amount
    from contract_parts
    group by customer_id

),

customers_off as (

    select coalesce(customers.customer_id, contributions.customer_id, contracts.customer_id) as checked_id
    from customers
    full outer join {{ ref('customer_contribution') }} as contributions
        on customers.customer_id = contributions.customer_id
    full outer join contracts
        on customers.customer_id = contracts.customer_id
    where
        customers.customer_id is null
        or contributions.customer_id is null
        or customers.contribution_amount <> contributions.contribution_amount
        or abs(customers.operating_cost_amount - coalesce(contracts.operating_cost_amount, 0)) > 0.005
        or abs(customers.expected_loss_amount - coalesce(contracts.expected_loss_amount, 0)) > 0.005
        or abs(customers.economic_capital_amount - coalesce(contracts.economic_capital_amount, 0)) > 0.005

),

risks_off as (

    -- Every accepted loan has a policy row of each kind.
    select coalesce(loans.loan_id, risks.loan_id) as checked_id
    from {{ ref('stg_loan_servicing__loan_contract') }} as loans
    full outer join {{ ref('int_value__loan_risk') }} as risks
        on loans.loan_id = risks.loan_id
    where loans.loan_id is null or risks.loan_id is null

),

customer_totals as (

    select
        count(*) as customer_count,
        coalesce(sum(eva_amount), 0) as eva_amount,
        coalesce(sum(after_tax_amount), 0) as after_tax_amount,
        coalesce(sum(economic_capital_amount), 0) as economic_capital_amount
    from customers

),

group_totals as (

    select
        coalesce(sum(customer_count), 0) as customer_count,
        coalesce(sum(eva_amount), 0) as eva_amount,
        coalesce(sum(after_tax_amount), 0) as after_tax_amount,
        coalesce(sum(economic_capital_amount), 0) as economic_capital_amount,
        coalesce(
            bool_and(
                eva_amount = contribution_amount - operating_cost_amount - expected_loss_amount - income_tax_amount
                - capital_charge_amount
            ), true
        ) as has_right_sums
    from {{ ref('group_profitability') }}

),

groups_off as (

    select 'groups' as checked_id
    from customer_totals
    cross join group_totals
    where
        customer_totals.customer_count <> group_totals.customer_count
        or customer_totals.eva_amount <> group_totals.eva_amount
        or customer_totals.after_tax_amount <> group_totals.after_tax_amount
        or customer_totals.economic_capital_amount <> group_totals.economic_capital_amount
        or not group_totals.has_right_sums

)

select * from customers_off
union all
select * from risks_off
union all
select * from groups_off
