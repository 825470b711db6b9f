with recursive

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

rates as (

    select * from {{ ref('int_contract__rate_interval') }}

),

policies as (

    select * from {{ ref('ftp_assignment') }}
    where method_code in ('weighted_term', 'average_life', 'duration')

),

chosen as (

    select distinct assigned.contract_kind_code, assigned.contract_id, policies.payment_months
    from {{ ref('int_contract__ftp_policy') }} as assigned
    inner join policies
        on
            assigned.policy_code = policies.policy_code
            and assigned.policy_valid_from = policies.valid_from

),

terms as (

    select
        chosen.contract_kind_code,
        chosen.contract_id,
        chosen.payment_months,
        coalesce(contracts.repayment_method_code, 'bullet') as repayment_method_code,
        contracts.assignment_date,
        contracts.maturity_date,
        cast(coalesce(rates.annual_rate, 0) as double) * chosen.payment_months / 12 as period_rate
    from chosen
    inner join contracts
        on
            chosen.contract_kind_code = contracts.contract_kind_code
            and chosen.contract_id = contracts.contract_id
    left join rates
        on
            contracts.contract_kind_code = rates.contract_kind_code
            and contracts.contract_id = rates.contract_id
            and contracts.assignment_date >= rates.valid_from
            and contracts.assignment_date < rates.valid_before

),

payments as (

    -- Every payment_months from the first day, the last on the maturity date. growth = (1 + rate) ^ (number − 1).
    select
        terms.*,
        1 as payment_number,
        least({{ add_months('terms.assignment_date', 'terms.payment_months') }}, terms.maturity_date) as payment_date,
        cast(1 as double) as growth
    from terms

    union all

    select
        contract_kind_code,
        contract_id,
        payment_months,
        repayment_method_code,
        assignment_date,
        maturity_date,
        period_rate,
        payment_number + 1 as payment_number,
        least({{ add_months('assignment_date', 'payment_months * (payment_number + 1)') }}, maturity_date)
            as payment_date,
        growth * (1 + period_rate) as growth
    from payments
    where payment_date < maturity_date

),

counted as (

    select *, max(payment_number) over (partition by contract_kind_code, contract_id, payment_months) as payment_count
    from payments

),

parted as (

    -- Principal in any unit, and the whole payment in the same.
    select
        *,
        case repayment_method_code
            when 'equal_principal' then 1
            -- In parts of the last payment, so that no term is too long.
            when 'annuity' then growth / max(growth) over (partition by contract_kind_code, contract_id, payment_months)
            when 'bullet' then case when payment_number = payment_count then 1 else 0 end
        end as principal,
        case repayment_method_code
            when 'equal_principal' then 1 + period_rate * (payment_count - payment_number + 1)
            when 'annuity' then 1
            when 'bullet' then period_rate + case when payment_number = payment_count then 1 else 0 end
        end as payment
    from counted

),

final as (

    -- As decimals, so that sums do not depend on their order.
    select
        contract_kind_code,
        contract_id,
        payment_months,
        payment_number,
        {{ days_between('assignment_date', 'payment_date') }} as payment_days,
        cast(principal as decimal(28, 12)) as principal_weight,
        cast(payment / (growth * (1 + period_rate)) as decimal(28, 12)) as present_value_weight
    from parted

)

select * from final
