{{ config(materialized='view') }}
-- depends_on: {{ ref('int_history__reopened_month') }}, {{ ref('int_contract__contract') }}

with

balances as (

    select * from {{ ref('int_contract__balance_interval') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

terms as (

    select contract_number, valid_from, valid_before, currency_code
    from {{ ref('int_contract__terms') }}

),

exchange_rates as (

    select * from {{ ref('int_reporting__exchange_rate_month') }}

),

monthly_pieces as (

    -- The part of an interval in its own first month,
    select
        contract_number,
        month_end_date,
        valid_from,
        least(valid_before, month_end_date + 1) as valid_before,
        balance
    from balances

    union all

    -- and what it carries into later months.
    select
        balances.contract_number,
        months.month_end_date,
        months.month_start_date as valid_from,
        least(balances.valid_before, months.month_end_date + 1) as valid_before,
        balances.balance
    from balances
    inner join months
        on
            balances.valid_from < months.month_start_date
            and balances.valid_before > months.month_start_date
    {% if is_history_kept() %}
    inner join {{ ref('int_contract__contract') }} as contracts
        on balances.contract_number = contracts.contract_number
    inner join {{ ref('int_history__reopened_month') }} as reopened
        on
            contracts.contract_kind_code = reopened.contract_kind_code
            and contracts.contract_id = reopened.contract_id
            and months.month_end_date = reopened.month_end_date
    {% endif %}
    where balances.valid_before > balances.month_end_date + 1

),

on_terms as (

    select
        monthly_pieces.contract_number,
        monthly_pieces.month_end_date,
        terms.valid_from as terms_from,
        terms.currency_code,
        greatest(monthly_pieces.valid_from, terms.valid_from) as valid_from,
        least(monthly_pieces.valid_before, terms.valid_before) as valid_before,
        monthly_pieces.balance
    from monthly_pieces
    inner join terms
        on
            monthly_pieces.contract_number = terms.contract_number
            and monthly_pieces.valid_from < terms.valid_before
            and monthly_pieces.valid_before > terms.valid_from

),

final as (

    -- The reporting currency is itself; a foreign balance is converted and rounded day by day.
    select
        on_terms.contract_number,
        on_terms.month_end_date,
        on_terms.terms_from,
        greatest(on_terms.valid_from, exchange_rates.valid_from) as valid_from,
        least(on_terms.valid_before, exchange_rates.valid_before) as valid_before,
        on_terms.balance,
        case
            when on_terms.currency_code = '{{ var("reporting_currency") }}' then cast(1 as decimal(19, 8))
            else exchange_rates.rate_to_reporting
        end as rate_to_reporting,
        case
            when on_terms.currency_code = '{{ var("reporting_currency") }}' then on_terms.balance
            else cast(round(on_terms.balance * exchange_rates.rate_to_reporting, 2) as decimal(18, 2))
        end as reporting_balance
    from on_terms
    inner join exchange_rates
        on
            on_terms.currency_code = exchange_rates.currency_code
            and on_terms.month_end_date = exchange_rates.month_end_date
            and on_terms.valid_from < exchange_rates.valid_before
            and on_terms.valid_before > exchange_rates.valid_from

)

select * from final
