with

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

rules as (

    select * from {{ ref('balance_adjustment') }}

),

final as (

    select
        ----------  keys
        contracts.contract_kind_code,
        contracts.contract_id,
        rules.rule_order,

        ----------  attributes
        rules.adjustment_code,
        rules.method_code,
        rules.valid_from,
        rules.valid_to,
        rules.cap_amount,
        rules.window_days,
        rules.tolerance,
        rules.period_months

    from contracts
    inner join rules
        on
            contracts.contract_kind_code = rules.contract_kind_code
            and (rules.product_family_code is null or rules.product_family_code = contracts.product_family_code)
            and (rules.product_code is null or rules.product_code = contracts.product_code)

)

select * from final
