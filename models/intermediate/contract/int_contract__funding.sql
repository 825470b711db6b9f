with

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

policies as (

    select * from {{ ref('ftp_assignment') }}

),

assigned as (

    select * from {{ ref('int_contract__ftp_policy') }}

),

curves as (

    select * from {{ ref('ftp_curve_policy') }}

),

own_premiums as (

    -- An add-on with a curve is read at the contract's own first day and term.
    select distinct contracts.contract_kind_code, contracts.contract_id
    from contracts
    inner join {{ ref('ftp_add_on') }} as add_ons
        on
            contracts.contract_kind_code = add_ons.contract_kind_code
            and (add_ons.product_family_code is null or add_ons.product_family_code = contracts.product_family_code)
    where add_ons.curve_code is not null

),

resets as (

    -- The first reaches back and the last ahead, for days outside the contract's term.
    select
        loan_id,
        valid_from as reset_date,
        valid_before as next_reset_date,
        case when lag(valid_from) over loan is null then {{ first_date() }} else valid_from end as valid_from,
        case when lead(valid_from) over loan is null then {{ last_date() }} else valid_before end as valid_before
    from {{ ref('int_loan__reset') }}
    window loan as (partition by loan_id order by valid_from)

),

tenors as (

    select
        contract_kind_code,
        contract_id,
        payment_months,
        {{ mean_tenor('principal_weight') }} as average_life_days,
        {{ mean_tenor('present_value_weight') }} as duration_days
    from {{ ref('int_contract__repayment') }}
    group by contract_kind_code, contract_id, payment_months

),

on_curves as (

    -- The curve of the contract's benchmark, else of its currency, else the one named like the currency.
    select
        contracts.*,
        coalesce(of_benchmark.curve_code, of_currency.curve_code, contracts.currency_code) as curve_code
    from contracts
    left join curves as of_benchmark
        on
            contracts.currency_code = of_benchmark.currency_code
            and contracts.pricing_benchmark_code = of_benchmark.pricing_benchmark_code
            and contracts.assignment_date between of_benchmark.valid_from and of_benchmark.valid_to
    left join curves as of_currency
        on
            contracts.currency_code = of_currency.currency_code
            and of_currency.pricing_benchmark_code is null
            and contracts.assignment_date between of_currency.valid_from and of_currency.valid_to

),

final as (

    select
        ----------  keys
        assigned.contract_kind_code,
        assigned.contract_id,
        greatest(assigned.valid_from, coalesce(resets.valid_from, assigned.valid_from)) as valid_from,
        least(assigned.valid_before, coalesce(resets.valid_before, assigned.valid_before)) as valid_before,

        ----------  what the price depends on
        assigned.policy_code,
        assigned.policy_valid_from,
        coalesce(on_curves.product_family_code, '') as product_family_code,
        on_curves.curve_code,
        -- Prices of the current curve have a day for each month.
        case
            when policies.method_code in ('core_volatile', 'moving_average', 'fixed_spread') then null
            else coalesce(resets.reset_date, on_curves.assignment_date)
        end as pricing_date,
        coalesce(
            case policies.method_code
                when 'original_term' then coalesce(policies.tenor_days, on_curves.term_days)
                when 'repricing_term'
                    then coalesce(
                        policies.tenor_days,
                        {{ days_between('resets.reset_date', 'resets.next_reset_date') }},
                        on_curves.term_days
                    )
                when 'average_life' then tenors.average_life_days
                when 'duration' then tenors.duration_days
                when 'weighted_term' then on_curves.term_days
                else policies.tenor_days
            end, 0
        ) as tenor_days,
        -- A price made of the contract's own cash flows or of its own first day belongs to it alone.
        case
            when policies.method_code = 'weighted_term' or own_premiums.contract_id is not null
                then on_curves.contract_id
            else ''
        end as own_contract_id,
        policies.accrues_interest

    from assigned
    inner join on_curves
        on
            assigned.contract_kind_code = on_curves.contract_kind_code
            and assigned.contract_id = on_curves.contract_id
    inner join policies
        on
            assigned.policy_code = policies.policy_code
            and assigned.policy_valid_from = policies.valid_from
    left join resets
        on
            policies.method_code = 'repricing_term'
            and assigned.contract_kind_code = 'loan'
            and assigned.contract_id = resets.loan_id
            and assigned.valid_from < resets.valid_before
            and assigned.valid_before > resets.valid_from
    left join tenors
        on
            assigned.contract_kind_code = tenors.contract_kind_code
            and assigned.contract_id = tenors.contract_id
            and policies.payment_months = tenors.payment_months
    left join own_premiums
        on
            assigned.contract_kind_code = own_premiums.contract_kind_code
            and assigned.contract_id = own_premiums.contract_id

)

select * from final
