with

contracts as (

    select distinct
        contract_kind_code,
        currency_code,
        assignment_date,
        maturity_date is not null as has_maturity,
        term_days
    from {{ ref('int_contract__contract') }}

),

policies as (

    select * from {{ ref('ftp_assignment') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

final as (

    select distinct
        policies.policy_code,
        contracts.currency_code as curve_code,
        contracts.assignment_date as pricing_date,
        coalesce(policies.tenor_days, contracts.term_days) as tenor_days,
        policies.weight,
        policies.second_tenor_days,
        policies.second_weight
    from contracts
    inner join policies
        on
            contracts.contract_kind_code = policies.contract_kind_code
            and contracts.has_maturity = policies.has_maturity
            and contracts.assignment_date between policies.valid_from and policies.valid_to
    where policies.assignment_code = 'origination'

    union all

    select distinct
        policies.policy_code,
        contracts.currency_code as curve_code,
        months.month_start_date as pricing_date,
        coalesce(policies.tenor_days, contracts.term_days) as tenor_days,
        policies.weight,
        policies.second_tenor_days,
        policies.second_weight
    from contracts
    inner join policies
        on
            contracts.contract_kind_code = policies.contract_kind_code
            and contracts.has_maturity = policies.has_maturity
    inner join months
        on months.month_start_date between policies.valid_from and policies.valid_to
    where policies.assignment_code = 'month_start'

)

select * from final
