with

contributions as (

    select * from {{ ref('customer_contribution') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

held as (

    -- What the customer had a balance in this year.
    select
        contracts.customer_id,
        count(distinct contracts.product_code) as product_count
    from contracts
    inner join {{ ref('int_contract__year_to_date') }} as year_to_date
        on
            contracts.contract_kind_code = year_to_date.contract_kind_code
            and contracts.contract_id = year_to_date.contract_id
    where year_to_date.daily_balance_sum <> 0
    group by contracts.customer_id

),

final as (

    select
        ----------  keys
        contributions.customer_id,

        ----------  features
        contributions.contribution_amount,
        contributions.deposit_average_daily_balance,
        contributions.loan_average_daily_balance,
        coalesce(held.product_count, 0) as product_count,
        contributions.fee_income_amount

    from contributions
    inner join customers
        on contributions.customer_id = customers.customer_id
    left join held
        on contributions.customer_id = held.customer_id
    where {{ in_population() }}

)

select * from final
