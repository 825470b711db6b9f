{{ config(
    materialized=history_materialization(),
    incremental_strategy='reopened_months',
    post_hook="{{ take_in_history() }}"
) }}

with

balances as (

    select * from {{ ref('int_contract__monthly_balance') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

terms as (

    select * from {{ ref('int_contract__terms') }}

),

monthly_prices as (

    select * from {{ ref('int_ftp__price') }}
    where is_monthly

),

factors as (

    select * from {{ ref('int_reporting__net_interest_factor') }}

),

charges as (

    select * from {{ ref('int_contract__monthly_contingent_liquidity') }}

),

without_balance_at_first as (

    select distinct contract_number, month_end_date
    from balances
    where first_balance_date is null or first_balance_date > first_date

),

late_starts as (

    -- Months with days before their first balance.
    select
        balances.contract_number,
        balances.month_end_date,
        min(balances.first_balance_date) as first_balance_date
    from balances
    inner join without_balance_at_first as late
        on
            balances.contract_number = late.contract_number
            and balances.month_end_date = late.month_end_date
    group by balances.contract_number, balances.month_end_date

),

rated as (

    select
        balances.*,
        terms.contract_kind_code,
        -- No other terms before or after it in the month.
        balances.first_date > balances.terms_from
        and balances.month_end_date < terms.valid_before as is_whole_month,
        terms.annual_rate,
        coalesce(terms.ftp_rate, monthly_prices.ftp_rate) as ftp_rate,
        terms.is_before_first_curve or coalesce(monthly_prices.is_before_first_curve, false) as is_before_first_curve,
        {{ contract_net_interest_factor('terms', 'factors.net_interest_factor') }} as net_interest_factor,
        case
            when late_starts.first_balance_date is null then null
            when balances.first_date >= late_starts.first_balance_date then balances.days
            else
                greatest(balances.days - {{ days_between('balances.first_date', 'late_starts.first_balance_date') }}, 0)
        end as late_days
    from balances
    inner join terms
        on
            balances.contract_number = terms.contract_number
            and balances.terms_from = terms.valid_from
    left join monthly_prices
        on
            terms.monthly_price_number = monthly_prices.price_number
            and balances.month_end_date = monthly_prices.month_end_date
    left join factors
        on balances.month_end_date = factors.month_end_date
    left join late_starts
        on
            balances.contract_number = late_starts.contract_number
            and balances.month_end_date = late_starts.month_end_date

),

priced as (

    select
        *,
        {{ net_rate('contract_kind_code', 'annual_rate', 'net_interest_factor') }} as net_rate,
        {{ spread_rate('contract_kind_code', 'annual_rate', 'ftp_rate', 'net_interest_factor') }} as spread_rate
    from rated

),

parts as (

    select
        contract_number,
        month_end_date,
        is_whole_month,
        terms_from,
        net_interest_factor,
        closing_balance,
        balance_days,
        daily_balance_sum,
        cast(daily_balance_sum as decimal(20, 2)) * cast(spread_rate as decimal(12, 10)) as spread_sum,
        -- What the customer pays or is paid, after and before tax, and what treasury is: for margins and effects.
        cast(daily_balance_sum as decimal(20, 2)) * cast(net_rate as decimal(12, 10)) as interest_sum,
        cast(daily_balance_sum as decimal(20, 2)) * cast(annual_rate as decimal(12, 10)) as gross_interest_sum,
        cast(daily_balance_sum as decimal(20, 2)) * cast(ftp_rate as decimal(12, 10)) as transfer_sum,
        abs(daily_balance_sum) as absolute_balance_sum,
        -- Only a day with a balance can make the month unknown.
        unconverted_days > 0 as is_unconverted,
        balance_days > 0 and annual_rate is null as is_unrated,
        balance_days > 0 and ftp_rate is null as is_unfunded,
        balance_days > 0 and spread_rate is null as is_unpriced,
        balance_days > 0 and is_before_first_curve as is_before_first_curve,
        first_date,
        first_balance_date,
        -- For the plug-in form, which averages spreads over days; late: those since the month's first balance.
        case when spread_rate is not null then days end as plug_in_days,
        cast(spread_rate as decimal(12, 10)) * days as plug_in_spread_sum,
        case when spread_rate is not null then late_days end as late_days,
        cast(spread_rate as decimal(12, 10)) * late_days as late_spread_sum
    from priced

),

summed as (

    -- A month on one set of terms is its own sum, and most are.
    select
        contract_number,
        month_end_date,
        net_interest_factor,
        closing_balance,
        first_date,
        first_balance_date,
        is_unconverted,
        is_unrated,
        is_unfunded,
        is_unpriced,
        is_before_first_curve,
        balance_days,
        daily_balance_sum,
        spread_sum,
        interest_sum,
        gross_interest_sum,
        transfer_sum,
        absolute_balance_sum,
        plug_in_days,
        plug_in_spread_sum,
        late_days,
        late_spread_sum
    from parts
    where is_whole_month

    union all

    select
        contract_number,
        month_end_date,
        max_by(net_interest_factor, terms_from) as net_interest_factor,
        max_by(closing_balance, terms_from) as closing_balance,
        min(first_date) as first_date,
        min(first_balance_date) as first_balance_date,
        bool_or(is_unconverted) as is_unconverted,
        bool_or(is_unrated) as is_unrated,
        bool_or(is_unfunded) as is_unfunded,
        bool_or(is_unpriced) as is_unpriced,
        bool_or(is_before_first_curve) as is_before_first_curve,
        sum(balance_days) as balance_days,
        sum(daily_balance_sum) as daily_balance_sum,
        sum(spread_sum) as spread_sum,
        sum(interest_sum) as interest_sum,
        sum(gross_interest_sum) as gross_interest_sum,
        sum(transfer_sum) as transfer_sum,
        sum(absolute_balance_sum) as absolute_balance_sum,
        sum(plug_in_days) as plug_in_days,
        sum(plug_in_spread_sum) as plug_in_spread_sum,
        sum(late_days) as late_days,
        sum(late_spread_sum) as late_spread_sum
    from parts
    where not is_whole_month
    group by contract_number, month_end_date

),

estimated as (

    select *, {{ quotient_estimate('coalesce(spread_sum, 0)', day_count(), 10) }} as contribution_estimate
    from summed

),

final as (

    select
        ----------  keys
        contracts.contract_kind_code,
        contracts.contract_id,
        estimated.month_end_date,
        contracts.customer_id,

        ----------  attributes
        estimated.is_unconverted or coalesce(charges.is_unconverted, false) as is_unconverted,
        estimated.is_unrated,
        estimated.is_unfunded or coalesce(charges.is_unfunded, false) as is_unfunded,
        estimated.is_before_first_curve,
        estimated.first_date,
        estimated.first_balance_date,

        ----------  measures
        estimated.net_interest_factor,
        cast(estimated.balance_days as integer) as balance_days,
        estimated.closing_balance,
        case when not estimated.is_unconverted then cast(estimated.daily_balance_sum as decimal(22, 2)) end
            as daily_balance_sum,
        case
            when not estimated.is_unconverted and not estimated.is_unpriced
                then cast(
                    {{ quotient_settled(
                        'coalesce(estimated.spread_sum, 0)', day_count(), 'estimated.contribution_estimate', 10
                    ) }}
                    - case when charges.contract_number is null then 0 else charges.contingent_liquidity_amount end
                    as decimal(26, 10)
                )
        end as contribution_amount,
        case when charges.contract_number is null then 0 else charges.contingent_liquidity_amount end
            as contingent_liquidity_amount,
        cast(estimated.interest_sum as decimal(38, 12)) as interest_sum,
        cast(estimated.gross_interest_sum as decimal(38, 12)) as gross_interest_sum,
        cast(estimated.transfer_sum as decimal(38, 12)) as transfer_sum,
        cast(estimated.absolute_balance_sum as decimal(38, 2)) as absolute_balance_sum,
        cast(coalesce(estimated.plug_in_days, 0) as integer) as plug_in_days,
        cast(coalesce(estimated.plug_in_spread_sum, 0) as decimal(18, 10)) as plug_in_spread_sum,
        cast(estimated.late_days as integer) as late_days,
        cast(estimated.late_spread_sum as decimal(18, 10)) as late_spread_sum

    from estimated
    inner join contracts
        on estimated.contract_number = contracts.contract_number
    left join charges
        on
            estimated.contract_number = charges.contract_number
            and estimated.month_end_date = charges.month_end_date
    {{ only_reopened('contracts', 'estimated') }}

)

select * from final
