with

customers as (

    select
        *,
        {{ tier_amount() }} as contribution_amount,
        {{ tier_class() }} as class_code
    from {{ ref('int_customer__tier_measure') }}

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

    from customers

)

select * from final
