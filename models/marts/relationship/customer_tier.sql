with

contributions as (

    select * from {{ ref('customer_contribution') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

classes as (

    select * from {{ ref('int_customer__monthly_class') }}

),

thresholds as (

    {{ tier_thresholds() }}

),

judged as (

    select
        contributions.customer_id,
        contributions.as_of_date,
        contributions.contribution_amount,
        classes.class_code,
        customers.in_rating_scope,
        thresholds.*
    from contributions
    inner join customers
        on contributions.customer_id = customers.customer_id
    left join classes
        on
            contributions.customer_id = classes.customer_id
            and last_day(contributions.as_of_date) = classes.month_end_date
    left join thresholds
        on contributions.as_of_date between thresholds.valid_from and thresholds.valid_to

),

final as (

    select
        ----------  keys
        customer_id,

        ----------  dates
        as_of_date,

        ----------  amounts
        contribution_amount,

        ----------  attributes
        class_code,
        in_rating_scope,
        {{ tier_code() }} as tier_code,
        {{ is_core_value_at_risk() }} as is_core_value_at_risk

    from judged

)

select * from final
