with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

policies as (

    -- The rows of the as-of day speak for the whole year to date.
    select costs.*
    from {{ ref('operating_cost') }} as costs
    inner join as_of
        on as_of.as_of_date between costs.valid_from and costs.valid_to

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

contracts as (

    select
        contracts.contract_kind_code,
        contracts.contract_id,
        contracts.customer_id,
        coalesce(contracts.product_family_code, '') as product_family_code,
        contracts.product_code,
        coalesce(loans.channel_code, '') as channel_code
    from {{ ref('int_contract__contract') }} as contracts
    left join loans
        on
            contracts.contract_kind_code = 'loan'
            and contracts.contract_id = loans.loan_id

),

kinds as (

    select distinct contract_kind_code, product_family_code, product_code, channel_code from contracts

),

priced_kinds as (

    -- Every row that fits adds its cost.
    select
        kinds.contract_kind_code,
        kinds.product_family_code,
        kinds.product_code,
        kinds.channel_code,
        coalesce(sum(policies.annual_amount), 0) as annual_cost_amount,
        coalesce(sum(policies.balance_cost_pct), 0) * 0.01 as balance_cost_rate
    from kinds
    left join policies
        on
            kinds.contract_kind_code = policies.contract_kind_code
            and kinds.product_family_code = coalesce(policies.product_family_code, kinds.product_family_code)
            and kinds.product_code = coalesce(policies.product_code, kinds.product_code)
            and kinds.channel_code = coalesce(policies.channel_code, kinds.channel_code)
    group by kinds.contract_kind_code, kinds.product_family_code, kinds.product_code, kinds.channel_code

),

years_to_date as (

    select
        *,
        -- An overdraft or an overpaid loan costs nothing by its size.
        case when daily_balance_sum < 0 then 0 else coalesce(daily_balance_sum, 0) end as daily_cost_sum
    from {{ ref('int_contract__year_to_date') }}

),

final as (

    select
        ----------  keys
        contracts.contract_kind_code,
        contracts.contract_id,
        contracts.customer_id,

        ----------  rates
        cast(priced_kinds.annual_cost_amount as decimal(18, 2)) as annual_cost_amount,
        cast(priced_kinds.balance_cost_rate as decimal(11, 10)) as balance_cost_rate,

        ----------  amounts
        case
            when years_to_date.contract_id is null then 0
            else {{ operating_cost(
                'years_to_date.daily_cost_sum',
                'priced_kinds.balance_cost_rate',
                'years_to_date.balance_days',
                'priced_kinds.annual_cost_amount',
                'as_of.days_in_year'
            ) }}
        end as operating_cost_amount

    from contracts
    cross join as_of
    inner join priced_kinds
        on
            contracts.contract_kind_code = priced_kinds.contract_kind_code
            and contracts.product_family_code = priced_kinds.product_family_code
            and contracts.product_code = priced_kinds.product_code
            and contracts.channel_code = priced_kinds.channel_code
    left join years_to_date
        on
            contracts.contract_kind_code = years_to_date.contract_kind_code
            and contracts.contract_id = years_to_date.contract_id

)

select * from final
