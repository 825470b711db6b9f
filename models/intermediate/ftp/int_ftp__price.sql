with

market_rates as (

    select * from {{ ref('int_ftp__market_rate') }}

),

add_ons as (

    select * from {{ ref('ftp_add_on') }}

),

leg_rates as (

    select * from {{ ref('int_ftp__leg_rate') }}

),

added as (

    -- Percentage points, a share of the market rate, and a premium for the term from a curve of its own.
    select
        market_rates.policy_code,
        market_rates.policy_valid_from,
        market_rates.product_family_code,
        market_rates.curve_code,
        market_rates.pricing_date,
        market_rates.tenor_days,
        market_rates.own_contract_id,
        add_ons.add_on_code,
        round(
            cast(add_ons.spread_pct * 0.01 as decimal(11, 8))
            + cast(add_ons.share_of_market_rate as decimal(9, 6)) * cast(market_rates.market_rate as decimal(13, 10))
            + case when add_ons.curve_code is null then 0 else leg_rates.component_rate end, 10
        ) as add_on_rate
    from market_rates
    inner join add_ons
        on
            market_rates.contract_kind_code = add_ons.contract_kind_code
            and (
                add_ons.product_family_code is null
                or add_ons.product_family_code = market_rates.product_family_code
            )
            and market_rates.pricing_date between add_ons.valid_from and add_ons.valid_to
    left join leg_rates
        on
            market_rates.policy_code = leg_rates.policy_code
            and market_rates.policy_valid_from = leg_rates.policy_valid_from
            and market_rates.contract_kind_code = leg_rates.contract_kind_code
            and market_rates.own_contract_id = leg_rates.own_contract_id
            and add_ons.add_on_code || ' ' || add_ons.curve_code = leg_rates.component_code

),

add_on_columns as (

    select
        policy_code,
        policy_valid_from,
        product_family_code,
        curve_code,
        pricing_date,
        tenor_days,
        own_contract_id,
        -- One add-on without a rate leaves the component unknown.
        case
            when bool_or(add_on_rate is null) filter (where add_on_code = 'liquidity') then null
            else coalesce(sum(add_on_rate) filter (where add_on_code = 'liquidity'), 0)
        end as liquidity_rate,
        case
            when bool_or(add_on_rate is null) filter (where add_on_code = 'reserve_requirement') then null
            else coalesce(sum(add_on_rate) filter (where add_on_code = 'reserve_requirement'), 0)
        end as reserve_requirement_rate,
        case
            when bool_or(add_on_rate is null) filter (where add_on_code = 'strategic_incentive') then null
            else coalesce(sum(add_on_rate) filter (where add_on_code = 'strategic_incentive'), 0)
        end as strategic_incentive_rate
    from added
    group by
        policy_code, policy_valid_from, product_family_code, curve_code, pricing_date, tenor_days, own_contract_id

),

joined as (

    -- Without a curve there is nothing to add to: every component is unknown.
    select
        market_rates.*,
        case
            when market_rates.market_rate is null then null
            when add_on_columns.policy_code is null then 0
            else add_on_columns.liquidity_rate
        end as liquidity_rate,
        case
            when market_rates.market_rate is null then null
            when add_on_columns.policy_code is null then 0
            else add_on_columns.reserve_requirement_rate
        end as reserve_requirement_rate,
        case
            when market_rates.market_rate is null then null
            when add_on_columns.policy_code is null then 0
            else add_on_columns.strategic_incentive_rate
        end as strategic_incentive_rate
    from market_rates
    left join add_on_columns
        on
            market_rates.policy_code = add_on_columns.policy_code
            and market_rates.policy_valid_from = add_on_columns.policy_valid_from
            and market_rates.product_family_code = add_on_columns.product_family_code
            and market_rates.curve_code = add_on_columns.curve_code
            and market_rates.pricing_date = add_on_columns.pricing_date
            and market_rates.tenor_days = add_on_columns.tenor_days
            and market_rates.own_contract_id = add_on_columns.own_contract_id

),

final as (

    select
        ----------  keys
        policy_code,
        policy_valid_from,
        product_family_code,
        curve_code,
        pricing_date,
        tenor_days,
        own_contract_id,

        ----------  attributes
        price_number,
        month_end_date,
        is_monthly,
        is_before_first_curve,

        ----------  rates
        cast(market_rate as decimal(12, 10)) as market_rate,
        cast(liquidity_rate as decimal(12, 10)) as liquidity_rate,
        cast(reserve_requirement_rate as decimal(12, 10)) as reserve_requirement_rate,
        cast(strategic_incentive_rate as decimal(12, 10)) as strategic_incentive_rate,
        cast(
            market_rate + liquidity_rate + reserve_requirement_rate + strategic_incentive_rate as decimal(12, 10)
        ) as ftp_rate

    from joined

)

select * from final
