with

loans as (

    select
        *,
        {{ currency_or_reporting('currency_code') }} as loan_currency_code,
        {{ days_between('start_date', 'maturity_date') }} as term_days,
        last_day(start_date) as start_month_end_date
    from {{ ref('stg_loan_servicing__loan_contract') }}

),

rates as (

    select * from {{ ref('int_contract__rate_interval') }}
    where contract_kind_code = 'loan'

),

benchmarks as (

    select * from {{ ref('benchmark_rate') }}

),

terms as (

    select * from {{ ref('int_contract__terms') }}
    where contract_kind_code = 'loan'

),

monthly_prices as (

    select * from {{ ref('int_ftp__price') }}
    where is_monthly

),

factors as (

    select * from {{ ref('int_reporting__tax_regime_factor') }}

),

rated as (

    select
        loans.loan_id,
        loans.start_date,
        loans.start_month_end_date,
        loans.term_days,
        loans.loan_currency_code,
        coalesce(loans.annual_rate_pct, cast(rates.annual_rate * 100 as decimal(9, 6))) as annual_rate_pct,
        coalesce(loans.annual_rate, rates.annual_rate) as annual_rate
    from loans
    left join rates
        on
            loans.loan_id = rates.contract_id
            and loans.start_date >= rates.valid_from
            and loans.start_date < rates.valid_before

),

funded as (

    -- What the money cost on the day, and what tax leaves of this rate.
    select
        terms.contract_id as loan_id,
        coalesce(terms.ftp_rate, monthly_prices.ftp_rate) as ftp_rate,
        {{ taxed_interest_factor(
            'rated.annual_rate', 'factors.net_interest_factor', 'terms.exempt_rate_limit', 'terms.is_limit_for_whole'
        ) }} as net_interest_factor
    from rated
    inner join terms
        on
            rated.loan_id = terms.contract_id
            and rated.start_date >= terms.valid_from
            and rated.start_date < terms.valid_before
    inner join factors
        on rated.start_date between factors.valid_from and factors.valid_to
    left join monthly_prices
        on
            terms.monthly_price_number = monthly_prices.price_number
            and rated.start_month_end_date = monthly_prices.month_end_date

),

final as (

    select
        ----------  keys
        rated.loan_id,

        ----------  rates
        rated.annual_rate_pct,
        benchmarks.annual_rate_pct as benchmark_rate_pct,
        {{ exact_divide(
            'rated.annual_rate_pct * 1000000',
            'nullif(cast(benchmarks.annual_rate_pct * 1000000 as bigint), 0)',
            10
        ) }} as benchmark_multiple,
        funded.ftp_rate,
        funded.net_interest_factor,
        cast(
            {{ spread_rate("'loan'", 'rated.annual_rate', 'funded.ftp_rate', 'funded.net_interest_factor') }} * 100
            as decimal(16, 10)
        ) as ftp_margin_pct

    from rated
    left join benchmarks
        on
            rated.loan_currency_code = 'CNY'
            and rated.start_date between benchmarks.valid_from and benchmarks.valid_to
            and rated.term_days between benchmarks.minimum_term_days and benchmarks.maximum_term_days
    left join funded
        on rated.loan_id = funded.loan_id

)

select * from final
