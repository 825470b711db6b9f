with

transfer_prices as (

    select * from {{ ref('int_contract__monthly_ftp') }}

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        month_end_date,

        ----------  attributes
        policy_code,
        pricing_date,
        tenor_days,
        is_before_first_curve,

        ----------  rates
        market_rate,
        liquidity_rate,
        reserve_requirement_rate,
        strategic_incentive_rate,
        ftp_rate

    from transfer_prices

)

select * from final
