with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

rates as (

    select exchange_rate.currency_code, exchange_rate.rate_date, exchange_rate.rate_to_reporting
    from {{ ref('stg_treasury__exchange_rate') }} as exchange_rate
    inner join as_of
        on exchange_rate.rate_date <= as_of.as_of_date
    where exchange_rate.currency_code <> '{{ var("reporting_currency") }}'

),

currencies as (

    select currency_code from {{ ref('stg_core_banking__deposit_account') }}
    union distinct
    select currency_code from {{ ref('stg_loan_servicing__loan_contract') }}
    union distinct
    select currency_code from {{ ref('stg_core_banking__fee_income') }}
    union distinct
    select '{{ var("reporting_currency") }}' as currency_code

),

changes as (

    -- Before its first rate a currency cannot be converted; the reporting currency always is itself.
    select
        currency_code,
        {{ first_date() }} as rate_date,
        case when currency_code = '{{ var("reporting_currency") }}' then cast(1 as decimal(18, 8)) end
            as rate_to_reporting
    from currencies
    where currency_code is not null

    union all

    select currency_code, rate_date, rate_to_reporting from rates

),

final as (

    select
        currency_code,
        rate_date as valid_from,
        coalesce(lead(rate_date) over (partition by currency_code order by rate_date), {{ last_date() }})
            as valid_before,
        -- Wide enough that a balance times a rate stays exact.
        cast(rate_to_reporting as decimal(19, 8)) as rate_to_reporting
    from changes

)

select * from final
