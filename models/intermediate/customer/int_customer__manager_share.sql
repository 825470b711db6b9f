with

customers as (

    select * from {{ ref('int_customer__customer') }}

),

shares as (

    select * from {{ ref('relationship_manager_share') }}

),

changes as (

    select customer_id, {{ first_date() }} as valid_from from customers
    union distinct
    select customer_id, valid_from from shares
    union distinct
    select customer_id, valid_to + 1 as valid_from from shares
    where valid_to < {{ last_date() }}

),

stretches as (

    select
        customer_id,
        valid_from,
        coalesce(lead(valid_from) over (partition by customer_id order by valid_from), {{ last_date() }})
            as valid_before
    from changes

),

final as (

    -- Days that the policy leaves out belong to the manager of the CRM.
    select
        ----------  keys
        customers.customer_id,
        stretches.valid_from,
        coalesce(shares.relationship_manager_id, customers.relationship_manager_id, 'unassigned')
            as relationship_manager_id,

        ----------  attributes
        stretches.valid_before,

        ----------  measures
        cast(coalesce(shares.share, 1) as decimal(7, 6)) as share

    from stretches
    inner join customers
        on stretches.customer_id = customers.customer_id
    left join shares
        on
            stretches.customer_id = shares.customer_id
            and stretches.valid_from between shares.valid_from and shares.valid_to

)

select * from final
