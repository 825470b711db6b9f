with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

accounts as (

    select * from {{ ref('stg_core_banking__deposit_account') }}

),

loans as (

    select * from {{ ref('int_loan__status') }}

),

products as (

    select * from {{ ref('stg_core_banking__product') }}

),

years as (

    select * from {{ ref('int_contract__year_to_date') }}

),

exchange_rates as (

    select rates.currency_code, rates.rate_to_reporting
    from {{ ref('int_reporting__exchange_rate_interval') }} as rates
    inner join as_of
        on
            rates.valid_from <= as_of.as_of_date
            and rates.valid_before > as_of.as_of_date

),

balances as (

    select months.contract_kind_code, months.contract_id, months.closing_balance
    from {{ ref('int_contract__monthly_contribution') }} as months
    inner join as_of
        on last_day(as_of.as_of_date) = months.month_end_date

),

described as (

    -- A contract without balances is worth 0, one that cannot be converted is unknown.
    select
        contracts.customer_id,
        contracts.product_code,
        contracts.product_family_code,
        contracts.contract_kind_code,
        contracts.assignment_date as start_date,
        as_of.elapsed_days,
        coalesce(products.is_specialised, false) as is_specialised,
        coalesce(
            loans.is_open,
            accounts.open_date <= as_of.as_of_date
            and (accounts.close_date is null or accounts.close_date > as_of.as_of_date),
            false
        ) as is_open,
        case
            when coalesce(balances.closing_balance, 0) = 0 then 0
            else round(balances.closing_balance * exchange_rates.rate_to_reporting, 2)
        end as balance_amount,
        years.daily_balance_sum,
        case when years.contract_id is null then 0 else years.contribution_amount end as contribution_amount
    from contracts
    cross join as_of
    left join loans
        on
            contracts.contract_kind_code = 'loan'
            and contracts.contract_id = loans.loan_id
    left join accounts
        on
            contracts.contract_kind_code = 'deposit'
            and contracts.contract_id = accounts.account_id
    left join products
        on contracts.product_code = products.product_code
    left join balances
        on
            contracts.contract_kind_code = balances.contract_kind_code
            and contracts.contract_id = balances.contract_id
    left join exchange_rates
        on contracts.currency_code = exchange_rates.currency_code
    left join years
        on
            contracts.contract_kind_code = years.contract_kind_code
            and contracts.contract_id = years.contract_id

),

held as (

    select
        customer_id,
        product_code,
        max(product_family_code) as product_family_code,
        bool_or(is_specialised) as is_specialised,
        min(start_date) as first_start_date,
        max(start_date) as latest_start_date,
        count(*) filter (where is_open and contract_kind_code = 'deposit') as open_deposit_count,
        count(*) filter (where is_open and contract_kind_code = 'loan') as open_loan_count,
        count(*) filter (where contract_kind_code = 'deposit') as deposit_count,
        count(*) filter (where contract_kind_code = 'loan') as loan_count,
        sum(balance_amount) as balance_amount,
        coalesce(sum(daily_balance_sum), 0) as daily_balance_sum,
        max(elapsed_days) as elapsed_days,
        sum(contribution_amount) as contribution_amount
    from described
    group by customer_id, product_code

),

final as (

    select
        ----------  keys
        customer_id,
        product_code,

        ----------  attributes
        product_family_code,
        is_specialised,
        open_deposit_count + open_loan_count > 0 as is_held,

        ----------  dates
        first_start_date,
        latest_start_date,

        ----------  counts
        open_deposit_count,
        open_loan_count,
        deposit_count,
        loan_count,

        ----------  amounts
        cast(balance_amount as decimal(18, 2)) as balance_amount,
        cast(coalesce({{ exact_divide('daily_balance_sum', 'elapsed_days', 2) }}, 0) as decimal(18, 2))
            as average_daily_balance,
        cast(contribution_amount as decimal(38, 10)) as contribution_amount

    from held

)

select * from final
