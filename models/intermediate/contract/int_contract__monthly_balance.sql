with

balances as (

    select * from {{ ref('int_contract__balance_interval') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

exchange_rates as (

    select * from {{ ref('int_reporting__exchange_rate_interval') }}

),

rates as (

    select * from {{ ref('int_contract__rate_interval') }}

),

first_balances as (

    select contract_kind_code, contract_id, min(valid_from) as first_balance_date
    from balances
    where balance <> 0
    group by contract_kind_code, contract_id

),

monthly_pieces as (

    -- The part of an interval in its own first month,
    select
        contract_kind_code,
        contract_id,
        currency_code,
        last_day(valid_from) as month_end_date,
        valid_from,
        least(valid_before, last_day(valid_from) + 1) as valid_before,
        balance
    from balances

    union all

    -- and what it carries into later months.
    select
        balances.contract_kind_code,
        balances.contract_id,
        balances.currency_code,
        months.month_end_date,
        months.month_start_date as valid_from,
        least(balances.valid_before, months.month_end_date + 1) as valid_before,
        balances.balance
    from balances
    inner join months
        on
            balances.valid_from < months.month_start_date
            and balances.valid_before > months.month_start_date
    where balances.valid_before > last_day(balances.valid_from) + 1

),

priced_pieces as (

    select
        monthly_pieces.contract_kind_code,
        monthly_pieces.contract_id,
        monthly_pieces.month_end_date,
        rates.annual_rate,
        greatest(monthly_pieces.valid_from, rates.valid_from, exchange_rates.valid_from) as valid_from,
        least(monthly_pieces.valid_before, rates.valid_before, exchange_rates.valid_before) as valid_before,
        monthly_pieces.balance <> 0 as has_balance,
        exchange_rates.rate_to_reporting is null as is_unconverted,
        round(monthly_pieces.balance * exchange_rates.rate_to_reporting, 2) as reporting_balance
    from monthly_pieces
    inner join rates
        on
            monthly_pieces.contract_kind_code = rates.contract_kind_code
            and monthly_pieces.contract_id = rates.contract_id
            and monthly_pieces.valid_from < rates.valid_before
            and monthly_pieces.valid_before > rates.valid_from
    inner join exchange_rates
        on
            monthly_pieces.currency_code = exchange_rates.currency_code
            and monthly_pieces.valid_from < exchange_rates.valid_before
            and monthly_pieces.valid_before > exchange_rates.valid_from
            and rates.valid_from < exchange_rates.valid_before
            and rates.valid_before > exchange_rates.valid_from

),

counted_pieces as (

    select
        priced_pieces.*,
        {{ days_between('priced_pieces.valid_from', 'priced_pieces.valid_before') }} as days,
        -- Days since the contract first had a balance: those the plug-in form averages over.
        greatest(
            {{ days_between(
                'greatest(priced_pieces.valid_from, first_balances.first_balance_date)', 'priced_pieces.valid_before'
            ) }}, 0
        ) as lived_days,
        first_balances.first_balance_date
    from priced_pieces
    left join first_balances
        on
            priced_pieces.contract_kind_code = first_balances.contract_kind_code
            and priced_pieces.contract_id = first_balances.contract_id

),

final as (

    select
        contract_kind_code,
        contract_id,
        month_end_date,
        annual_rate,
        cast(coalesce(sum(cast(reporting_balance as decimal(20, 2)) * days), 0) as decimal(38, 2)) as daily_balance_sum,
        cast(coalesce(sum(lived_days) filter (where first_balance_date is not null), 0) as bigint) as lived_days,
        cast(coalesce(sum(days) filter (where has_balance), 0) as bigint) as balance_days,
        cast(coalesce(sum(days) filter (where has_balance and is_unconverted), 0) as bigint) as unconverted_days
    from counted_pieces
    group by contract_kind_code, contract_id, month_end_date, annual_rate

)

select * from final
