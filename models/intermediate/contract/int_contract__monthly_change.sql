{{ config(materialized='view') }}

with

known as (

    -- A month that could not be priced counts as one without balance and contribution.
    select
        contract_kind_code,
        contract_id,
        month_end_date,
        customer_id,
        coalesce(contribution_amount, 0) as earned_amount,
        case when contribution_amount is null then 0 else contingent_liquidity_amount end as charge_amount,
        case when contribution_amount is null then 0 else daily_balance_sum end as balance_sum,
        absolute_balance_sum,
        cast(daily_balance_sum as double) as balance,
        cast(coalesce(interest_sum, 0) as double) as paid,
        cast(coalesce(gross_interest_sum, 0) as double) as gross,
        cast(coalesce(transfer_sum, 0) as double) as funding,
        cast(net_interest_factor as double) as last_factor
    from {{ ref('int_contract__monthly_contribution') }}

),

averaged as (

    -- Mean rates by balance; to 15 decimals, so that rates that stand still are equal. They need balances of one sign.
    select
        *,
        abs(balance_sum) = absolute_balance_sum and balance_sum <> 0 as has_rates,
        round(paid / nullif(balance, 0), 15) as paid_rate,
        round(funding / nullif(balance, 0), 15) as ftp_rate,
        -- What tax left of the interest: the last terms' factor, unless an exemption came or went within the month.
        case
            when contract_kind_code = 'deposit' then 1
            when
                abs(paid - gross * last_factor) > cast(absolute_balance_sum as double) * 0.0000000001
                and paid / nullif(gross, 0) between 0 and 1 then paid / gross
            else last_factor
        end as factor
    from known

),

paired as (

    -- A contract has a row for every month from its first on.
    select
        *,
        lag(earned_amount) over contract as earlier_earned_amount,
        lag(charge_amount) over contract as earlier_charge_amount,
        lag(balance_sum) over contract as earlier_balance_sum,
        lag(paid_rate) over contract as earlier_paid_rate,
        lag(ftp_rate) over contract as earlier_ftp_rate,
        lag(factor) over contract as earlier_factor,
        -- What is new or gone has no rate to compare.
        balance_sum <> 0 and coalesce(lag(has_rates) over contract, false) as is_continued
    from averaged
    window contract as (partition by contract_kind_code, contract_id order by month_end_date)

),

moved as (

    -- This month's balances at this month's rates less the same balances at the earlier ones.
    select
        *,
        case when contract_kind_code = 'loan' then balance else -balance end / {{ day_count() }} as weight,
        gross * (factor - earlier_factor) / {{ day_count() }} as tax_change,
        case when is_continued then balance_sum - earlier_balance_sum else 0 end as balance_sum_change,
        case when is_continued then abs(earlier_balance_sum) else 0 end as earlier_size,
        -- What so much balance brought before, whichever its sign.
        case
            when not is_continued then 0
            when earlier_balance_sum > 0 then earlier_earned_amount + earlier_charge_amount
            else -(earlier_earned_amount + earlier_charge_amount)
        end as earlier_spread_amount
    from paired

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        month_end_date,
        customer_id,

        ----------  measures
        balance_sum_change,
        earlier_size,

        ----------  amounts
        earlier_spread_amount,
        cast(
            case
                when balance_sum_change <> 0
                    then
                        cast(balance_sum_change as double) * cast(earlier_spread_amount as double)
                        / cast(earlier_size as double)
                else 0
            end as decimal(28, 8)
        ) as own_volume_amount,
        cast(
            case when is_continued then weight * (paid_rate - earlier_paid_rate) - tax_change else 0 end
            as decimal(28, 8)
        ) as rate_effect_amount,
        cast(case when is_continued then weight * (earlier_ftp_rate - ftp_rate) else 0 end as decimal(28, 8))
        - case when is_continued then charge_amount - earlier_charge_amount else 0 end as ftp_effect_amount,
        cast(case when is_continued then tax_change else 0 end as decimal(28, 8)) as tax_effect_amount,
        earned_amount - coalesce(earlier_earned_amount, 0) as change_amount

    from moved

)

select * from final
