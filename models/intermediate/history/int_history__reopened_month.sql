{{ config(post_hook="{{ begin_history() }}") }}
-- depends_on: {{ ref('int_reporting__exchange_rate_interval') }}, {{ ref('int_reporting__net_interest_factor') }}
-- depends_on: {{ ref('int_ftp__price') }}, {{ ref('int_assessed__rule') }}, {{ ref('int_contract__committed_line') }}
{% if not is_history_kept() %}
-- Without a history nothing is re-opened: everything is priced.
select
    cast(null as varchar) as contract_kind_code,
    cast(null as varchar) as contract_id,
    cast(null as date) as month_end_date
from {{ ref('int_reporting__month') }}
inner join {{ ref('int_contract__terms') }} on false
inner join {{ ref('int_history__balance_digest') }} on false
inner join {{ ref('int_history__changed_balance') }} on false
where false
{% else %}
with

months as (

    select * from {{ ref('int_reporting__month') }}

),

terms as (

    select * from {{ ref('int_contract__terms') }}

),

terms_digests as (

    {{ terms_digest('terms') }}

),

old_terms as (

    select * from history.terms

),

digests as (

    select * from {{ ref('int_history__balance_digest') }}

),

changed_balances as (

    -- Balance rows that came, went or changed, and if the month then hands on another balance, later months up to
    -- the contract's next row;
    select * from {{ ref('int_history__changed_balance') }}

),

monthly_prices as (

    select * from {{ ref('int_ftp__price') }}
    where is_monthly

),

old_monthly_prices as (

    select * from history.price

),

changed_months as (

    -- A month that is new, gone or has other days, for everyone;
    select month_end_date from ({{ rows_that_differ('months', 'history.month', ['month_end_date', 'days']) }}) as changed

),

changed_terms as (

    -- other terms of a contract, from their day to the next change;
    select contract_kind_code, contract_id, valid_from, valid_before
    from (
        {{ rows_that_differ(
            'terms_digests', 'old_terms', ['contract_kind_code', 'contract_id', 'valid_from', 'terms_hash'], ['valid_before']
        ) }}
    ) as changed

    union all

    -- other days, amount or charge of a committed line;
    select 'loan' as contract_kind_code, loan_id as contract_id, valid_from, valid_before
    from (
        {{ rows_that_differ(
            ref('int_contract__committed_line'), 'history.committed_line',
            ['loan_id', 'valid_from', 'valid_before', 'contract_amount', 'contingent_liquidity_rate']
        ) }}
    ) as changed

),

first_months as (

    -- Before its first balance row a contract has no months.
    select known.contract_kind_code, known.contract_id, min(known.month_end_date) as month_end_date
    from (
        select contract_kind_code, contract_id, month_end_date from digests
        union all
        select contract_kind_code, contract_id, month_end_date from history.balance_digest
    ) as known
    inner join (select distinct contract_kind_code, contract_id from changed_terms) as concerned
        on
            known.contract_kind_code = concerned.contract_kind_code
            and known.contract_id = concerned.contract_id
    group by known.contract_kind_code, known.contract_id

),

changed_exchange_rates as (

    select currency_code, valid_from, valid_before
    from (
        {{ rows_that_differ(
            ref('int_reporting__exchange_rate_interval'), 'history.exchange_rate',
            ['currency_code', 'valid_from', 'rate_to_reporting'], ['valid_before']
        ) }}
    ) as changed

),

changed_prices as (

    -- another price or tax of a month that stays.
    select distinct policy_code, policy_valid_from, product_family_code, curve_code, tenor_days, own_contract_id, pricing_date
    from (
        {{ rows_that_differ('monthly_prices', 'old_monthly_prices', [
            'policy_code', 'policy_valid_from', 'product_family_code', 'curve_code', 'tenor_days', 'own_contract_id',
            'pricing_date', 'is_before_first_curve', 'market_rate', 'liquidity_rate', 'reserve_requirement_rate',
            'strategic_incentive_rate', 'ftp_rate',
        ]) }}
    ) as changed

),

changed_factors as (

    select month_end_date
    from (
        {{ rows_that_differ(
            ref('int_reporting__net_interest_factor'), 'history.net_interest_factor', ['month_end_date', 'net_interest_factor']
        ) }}
    ) as changed

),

changed_rules as (

    -- A rule for assessed balances concerns every month of its contracts.
    select distinct contract_kind_code, contract_id
    from (
        {{ rows_that_differ(ref('int_assessed__rule'), 'history.assessed_rule', [
            'contract_kind_code', 'contract_id', 'rule_order', 'adjustment_code', 'method_code', 'valid_from',
            'valid_to', 'cap_amount', 'window_days', 'tolerance', 'period_months',
        ]) }}
    ) as changed

),

contracts as (

    select contract_kind_code, contract_id from terms
    union distinct
    select contract_kind_code, contract_id from old_terms

),

final as (

    select contracts.contract_kind_code, contracts.contract_id, changed_months.month_end_date
    from contracts
    cross join changed_months

    union distinct

    select changed_balances.contract_kind_code, changed_balances.contract_id, months.month_end_date
    from changed_balances
    inner join months
        on
            months.month_end_date >= changed_balances.month_end_date
            and months.month_end_date <= changed_balances.next_month_end_date

    union distinct

    select changed_terms.contract_kind_code, changed_terms.contract_id, months.month_end_date
    from changed_terms
    inner join first_months
        on
            changed_terms.contract_kind_code = first_months.contract_kind_code
            and changed_terms.contract_id = first_months.contract_id
    inner join months
        on
            changed_terms.valid_from <= months.month_end_date
            and changed_terms.valid_before > months.month_start_date
            and first_months.month_end_date <= months.month_end_date

    union distinct

    select terms.contract_kind_code, terms.contract_id, months.month_end_date
    from changed_exchange_rates as changed
    inner join terms
        on changed.currency_code = terms.currency_code
    inner join months
        on
            changed.valid_from <= months.month_end_date
            and changed.valid_before > months.month_start_date

    union distinct

    select terms.contract_kind_code, terms.contract_id, last_day(changed.pricing_date) as month_end_date
    from changed_prices as changed
    inner join terms
        on
            terms.pricing_date is null
            and changed.policy_code = terms.policy_code
            and changed.policy_valid_from = terms.policy_valid_from
            and changed.product_family_code = terms.product_family_code
            and changed.curve_code = terms.curve_code
            and changed.tenor_days = terms.tenor_days
            and changed.own_contract_id = terms.own_contract_id
    where last_day(changed.pricing_date) not in (select month_end_date from changed_months)

    union distinct

    select contracts.contract_kind_code, contracts.contract_id, changed_factors.month_end_date
    from contracts
    cross join changed_factors
    where contracts.contract_kind_code = 'loan'

    union distinct

    select changed_rules.contract_kind_code, changed_rules.contract_id, months.month_end_date
    from changed_rules
    cross join months

    {% if history_holds('pending_open_month') %}
    union distinct

    -- What an earlier run began and did not end.
    select contract_kind_code, contract_id, month_end_date from history.pending_open_month
    {% endif %}

)

select * from final
{% endif %}
