with

profits as (

    select * from {{ ref('customer_profitability') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

grouped as (

    select
        customers.group_id is not null as has_group,
        coalesce(customers.group_id, customers.customer_id) as group_id,
        count(*) as customer_count,
        count(*) filter (where profits.is_value_destroying) as value_destroying_count,
        cast(sum(profits.contribution_amount) as decimal(18, 2)) as contribution_amount,
        cast(sum(profits.operating_cost_amount) as decimal(18, 2)) as operating_cost_amount,
        cast(sum(profits.expected_loss_amount) as decimal(18, 2)) as expected_loss_amount,
        cast(sum(profits.income_tax_amount) as decimal(18, 2)) as income_tax_amount,
        cast(sum(profits.after_tax_amount) as decimal(18, 2)) as after_tax_amount,
        cast(sum(profits.economic_capital_amount) as decimal(18, 2)) as economic_capital_amount,
        cast(sum(profits.capital_charge_amount) as decimal(18, 2)) as capital_charge_amount,
        cast(sum(profits.eva_amount) as decimal(18, 2)) as eva_amount
    from profits
    inner join customers
        on profits.customer_id = customers.customer_id
    group by customers.group_id is not null, coalesce(customers.group_id, customers.customer_id)

),

final as (

    select
        ----------  keys
        grouped.has_group,
        grouped.group_id,

        ----------  dates
        as_of.as_of_date,

        ----------  attributes
        grouped.eva_amount < 0 as is_value_destroying,

        ----------  measures
        cast(grouped.customer_count as bigint) as customer_count,
        cast(grouped.value_destroying_count as bigint) as value_destroying_count,

        ----------  from contribution to value
        grouped.contribution_amount,
        grouped.operating_cost_amount,
        grouped.expected_loss_amount,
        grouped.income_tax_amount,
        grouped.after_tax_amount,
        grouped.economic_capital_amount,
        grouped.capital_charge_amount,
        {{ raroc(
            'grouped.after_tax_amount', 'grouped.economic_capital_amount', 'as_of.elapsed_days', 'as_of.days_in_year'
        ) }} as raroc,
        grouped.eva_amount

    from grouped
    cross join as_of

)

select * from final
