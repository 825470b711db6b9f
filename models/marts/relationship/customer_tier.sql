with

contributions as (

    select * from {{ ref('customer_contribution') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

loans as (

    select * from {{ ref('int_loan__status') }}

),

thresholds as (

    select * from {{ ref('tier_threshold') }}

),

classes as (

    -- The worst class among the customer's open loans.
    select customer_id, max(class_code) as class_code
    from loans
    where is_open
    group by customer_id

),

reached as (

    select
        contributions.customer_id,
        min_by(thresholds.tier_code, thresholds.tier_order) as tier_code
    from contributions
    left join classes
        on contributions.customer_id = classes.customer_id
    inner join thresholds
        on
            contributions.as_of_date between thresholds.valid_from and thresholds.valid_to
            and contributions.contribution_amount >= thresholds.minimum_contribution_amount
            and classes.class_code = thresholds.required_class_code
    group by contributions.customer_id

),

core_threshold as (

    select * from thresholds
    where tier_code = 'core'

),

final as (

    select
        ----------  keys
        contributions.customer_id,

        ----------  dates
        contributions.as_of_date,

        ----------  amounts
        contributions.contribution_amount,

        ----------  attributes
        classes.class_code,
        customers.in_rating_scope,
        case
            when not customers.in_rating_scope then 'out_of_scope'
            else coalesce(reached.tier_code, 'potential')
        end as tier_code,
        coalesce(
            customers.in_rating_scope
            and contributions.contribution_amount >= core_threshold.minimum_contribution_amount
            and classes.class_code <> core_threshold.required_class_code,
            false
        ) as is_core_value_at_risk

    from contributions
    inner join customers
        on contributions.customer_id = customers.customer_id
    left join classes
        on contributions.customer_id = classes.customer_id
    left join reached
        on contributions.customer_id = reached.customer_id
    left join core_threshold
        on contributions.as_of_date between core_threshold.valid_from and core_threshold.valid_to

)

select * from final
