with

balances as (

    select * from {{ ref('int_contract__monthly_balance') }}

),

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

transfer_prices as (

    select * from {{ ref('int_contract__monthly_ftp') }}

),

factors as (

    select * from {{ ref('int_reporting__net_interest_factor') }}

),

priced as (

    select
        balances.contract_kind_code,
        balances.contract_id,
        contracts.customer_id,
        contracts.currency_code,
        balances.month_end_date,
        months.days,
        balances.daily_balance_sum,
        balances.balance_days,
        balances.lived_days,
        balances.unconverted_days,
        balances.annual_rate,
        transfer_prices.ftp_rate,
        transfer_prices.is_before_first_curve,
        factors.net_interest_factor,
        {{ spread_rate(
            'balances.contract_kind_code', 'balances.annual_rate', 'transfer_prices.ftp_rate', 'factors.net_interest_factor'
        ) }} as spread_rate
    from balances
    inner join contracts
        on
            balances.contract_kind_code = contracts.contract_kind_code
            and balances.contract_id = contracts.contract_id
    inner join months
        on balances.month_end_date = months.month_end_date
    left join factors
        on balances.month_end_date = factors.month_end_date
    left join transfer_prices
        on
            balances.contract_kind_code = transfer_prices.contract_kind_code
            and balances.contract_id = transfer_prices.contract_id
            and balances.month_end_date = transfer_prices.month_end_date

),

summed as (

    select
        contract_kind_code,
        contract_id,
        month_end_date,
        max(customer_id) as customer_id,
        max(currency_code) as currency_code,
        max(days) as days,
        max(net_interest_factor) as net_interest_factor,
        max(ftp_rate) as ftp_rate,
        sum(daily_balance_sum) as daily_balance_sum,
        sum(cast(daily_balance_sum as decimal(20, 2)) * cast(spread_rate as decimal(12, 10))) as spread_sum,
        -- What the plug-in form averages: days with a spread since the contract first had a balance.
        cast(coalesce(sum(lived_days) filter (where spread_rate is not null), 0) as bigint) as plug_in_days,
        coalesce(sum(cast(spread_rate as decimal(12, 10)) * lived_days), 0) as plug_in_spread_sum,
        -- Only a day with a balance can make the month unknown.
        cast(sum(unconverted_days) as bigint) as unconverted_days,
        cast(coalesce(sum(balance_days) filter (where annual_rate is null), 0) as bigint) as unrated_days,
        cast(coalesce(sum(balance_days) filter (where ftp_rate is null), 0) as bigint) as unfunded_days,
        cast(coalesce(sum(balance_days) filter (where spread_rate is null), 0) as bigint) as unpriced_days,
        coalesce(bool_or(is_before_first_curve and balance_days > 0), false) as is_before_first_curve
    from priced
    group by contract_kind_code, contract_id, month_end_date

),

estimated as (

    select
        *,
        {{ quotient_estimate('daily_balance_sum', 'days', 2) }} as average_estimate,
        {{ quotient_estimate('coalesce(spread_sum, 0)', '360', 10) }} as contribution_estimate
    from summed

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        month_end_date,
        customer_id,

        ----------  attributes
        currency_code,
        unconverted_days > 0 as is_unconverted,
        unrated_days > 0 as is_unrated,
        unfunded_days > 0 as is_unfunded,
        is_before_first_curve,

        ----------  measures
        days,
        net_interest_factor,
        ftp_rate,
        case when unconverted_days = 0 then cast(daily_balance_sum as decimal(22, 2)) end as daily_balance_sum,
        case
            when unconverted_days = 0 then {{ quotient_settled('daily_balance_sum', 'days', 'average_estimate', 2) }}
        end as average_daily_balance,
        case
            when unconverted_days + unpriced_days = 0
                then {{ quotient_settled('coalesce(spread_sum, 0)', '360', 'contribution_estimate', 10) }}
        end as contribution_amount,
        plug_in_days,
        cast(plug_in_spread_sum as decimal(18, 10)) as plug_in_spread_sum

    from estimated

)

select * from final
