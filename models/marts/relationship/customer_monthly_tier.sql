with

customers as (

    select * from {{ ref('int_customer__customer') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

classes as (

    select * from {{ ref('int_customer__monthly_class') }}

),

thresholds as (

    {{ tier_thresholds() }}

),

amounts as (

    -- Of one type: a union of decimals of different scale would cut the longer ones.
    select
        customer_id,
        month_end_date,
        contract_kind_code as part_code,
        cast(contribution_amount as decimal(28, 10)) as amount
    from {{ ref('int_contract__monthly_contribution') }}

    union all

    select
        customer_id,
        last_day(booked_date) as month_end_date,
        'fee' as part_code,
        cast(fee_amount as decimal(28, 10)) as amount
    from {{ ref('int_customer__fee') }}

),

summed as (

    select
        customer_id,
        month_end_date,
        sum(amount) filter (where part_code = 'deposit') as deposit_amount,
        sum(amount) filter (where part_code = 'loan') as loan_amount,
        sum(amount) filter (where part_code = 'fee') as fee_amount
    from amounts
    group by customer_id, month_end_date

),

first_month as (

    select min(month_end_date) as month_end_date from summed

),

judged_months as (

    select
        months.month_end_date,
        thresholds.*
    from months
    inner join first_month
        on months.month_end_date >= first_month.month_end_date
    left join thresholds
        on months.last_date between thresholds.valid_from and thresholds.valid_to

),

customer_months as (

    -- Every customer in every month, so that twelve rows are twelve months.
    select
        customers.customer_id,
        customers.in_rating_scope,
        judged_months.*,
        cast(coalesce(summed.deposit_amount, 0) as decimal(28, 10)) as deposit_amount,
        cast(coalesce(summed.loan_amount, 0) as decimal(28, 10)) as loan_amount,
        cast(coalesce(summed.fee_amount, 0) as decimal(28, 10)) as fee_amount
    from customers
    cross join judged_months
    left join summed
        on
            customers.customer_id = summed.customer_id
            and judged_months.month_end_date = summed.month_end_date

),

judged as (

    select
        customer_months.*,
        classes.class_code,
        -- Each part is rounded by itself, as a year's are.
        round(sum(customer_months.deposit_amount) over twelve_months, 2)
        + round(sum(customer_months.loan_amount) over twelve_months, 2)
        {% if counts_fees() -%}
        + round(sum(customer_months.fee_amount) over twelve_months, 2)
        {%- endif %} as contribution_amount
    from customer_months
    left join classes
        on
            customer_months.customer_id = classes.customer_id
            and customer_months.month_end_date = classes.month_end_date
    window twelve_months as (
        partition by customer_months.customer_id
        order by customer_months.month_end_date
        rows between 11 preceding and current row
    )

),

final as (

    select
        ----------  keys
        customer_id,
        month_end_date,

        ----------  amounts
        cast(contribution_amount as decimal(18, 2)) as contribution_amount,

        ----------  attributes
        class_code,
        {{ tier_code() }} as tier_code

    from judged

)

select * from final
