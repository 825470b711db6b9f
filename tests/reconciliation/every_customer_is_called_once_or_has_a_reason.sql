-- Every customer has one row, and nobody is to call more than the policy says.
with

policies as (

    select policies.*
    from {{ ref('next_action_policy') }} as policies
    inner join {{ ref('int_reporting__as_of') }} as as_of
        on as_of.as_of_date between policies.valid_from and policies.valid_to

),

actions as (

    select * from {{ ref('customer_next_action') }}

)

select customers.customer_id as found
from {{ ref('customer_tier') }} as customers
full outer join actions
    on customers.customer_id = actions.customer_id
where customers.customer_id is null or actions.customer_id is null

union all

select coalesce(actions.relationship_manager_id, actions.branch_code) as found
from actions
cross join policies
where actions.exclusion_reason is null
group by
    actions.relationship_manager_id,
    coalesce(actions.relationship_manager_id, actions.branch_code),
    policies.manager_capacity,
    policies.branch_capacity
having
    count(*) > case
        when actions.relationship_manager_id is null then policies.branch_capacity
        else policies.manager_capacity
    end
