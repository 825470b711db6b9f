with

price_keys as (

    select distinct policy_code, policy_valid_from, contract_kind_code, curve_code, own_contract_id
    from {{ ref('int_ftp__price_key') }}
    where own_contract_id <> ''

),

policies as (

    select * from {{ ref('ftp_assignment') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

add_ons as (

    select * from {{ ref('ftp_add_on') }}
    where curve_code is not null

),

repayments as (

    select * from {{ ref('int_contract__repayment') }}

),

owned as (

    select
        price_keys.*,
        policies.method_code,
        policies.payment_months,
        contracts.product_family_code,
        contracts.assignment_date,
        coalesce(contracts.term_days, policies.tenor_days, 0) as term_days
    from price_keys
    inner join policies
        on
            price_keys.policy_code = policies.policy_code
            and price_keys.policy_valid_from = policies.valid_from
    inner join contracts
        on
            price_keys.contract_kind_code = contracts.contract_kind_code
            and price_keys.own_contract_id = contracts.contract_id

),

components as (

    select *, 'market' as component_code, curve_code as component_curve_code
    from owned
    where method_code = 'weighted_term'

    union all

    select distinct
        owned.*,
        add_ons.add_on_code || ' ' || add_ons.curve_code as component_code,
        add_ons.curve_code as component_curve_code
    from owned
    inner join add_ons
        on
            owned.contract_kind_code = add_ons.contract_kind_code
            and (add_ons.product_family_code is null or add_ons.product_family_code = owned.product_family_code)

),

final as (

    -- Each payment of principal at its own tenor, weighted by principal × days; without a plan one at the term.
    select
        components.policy_code,
        components.policy_valid_from,
        components.contract_kind_code,
        components.own_contract_id,
        components.component_code,
        components.component_curve_code as curve_code,
        components.assignment_date as pricing_date,
        coalesce(repayments.payment_number, 1) as leg_number,
        coalesce(repayments.payment_days, components.term_days) as tenor_days,
        coalesce(repayments.principal_weight * repayments.payment_days, 1) as weight
    from components
    left join repayments
        on
            components.method_code = 'weighted_term'
            and components.contract_kind_code = repayments.contract_kind_code
            and components.own_contract_id = repayments.contract_id
            and components.payment_months = repayments.payment_months

)

select * from final
