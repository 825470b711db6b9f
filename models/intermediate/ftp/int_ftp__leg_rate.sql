with

legs as (

    select * from {{ ref('int_ftp__leg') }}

),

rates as (

    select * from {{ ref('int_ftp__rate') }}
    where weight = 1 and second_weight = 0

),

summed as (

    select
        legs.policy_code,
        legs.policy_valid_from,
        legs.contract_kind_code,
        legs.own_contract_id,
        legs.component_code,
        bool_or(rates.is_before_first_curve) as is_before_first_curve,
        count(*) filter (where rates.market_rate is null) as missing_count,
        cast(sum(legs.weight * cast(rates.market_rate as decimal(12, 10))) as double) as weighted_sum,
        cast(sum(legs.weight) as double) as weight_sum,
        max(rates.market_rate) as any_rate
    from legs
    left join rates
        on
            legs.curve_code = rates.curve_code
            and legs.pricing_date = rates.pricing_date
            and legs.tenor_days = rates.tenor_days
    group by
        legs.policy_code, legs.policy_valid_from, legs.contract_kind_code, legs.own_contract_id, legs.component_code

),

final as (

    -- Σ principal × days × rate / Σ principal × days; all paid on the first day leaves nothing to weigh.
    select
        policy_code,
        policy_valid_from,
        contract_kind_code,
        own_contract_id,
        component_code,
        coalesce(is_before_first_curve, false) as is_before_first_curve,
        case
            when missing_count > 0 then null
            when weight_sum = 0 then any_rate
            else cast(weighted_sum / weight_sum as decimal(12, 10))
        end as component_rate
    from summed

)

select * from final
