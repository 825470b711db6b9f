{% if not is_history_kept() %}
-- Without a history nothing has changed.
select
    cast(null as varchar) as contract_kind_code,
    cast(null as varchar) as contract_id,
    cast(null as date) as month_end_date,
    cast(null as date) as next_month_end_date
from {{ ref('int_history__balance_digest') }}
where false
{% else %}
with

digests as (

    select * from {{ ref('int_history__balance_digest') }}

),

files as (

    select {{ balance_file_hash() }} as file_hash from {{ source('door', 'extract_file') }}

),

old_digests as (

    select * from history.balance_digest
    where file_hash not in (select file_hash from files)

),

kept_digests as (

    -- Of the files that are as they were.
    select * from history.balance_digest
    where file_hash in (select file_hash from files)

),

changed_balances as (

    -- Rows came, went or changed.
    select distinct contract_kind_code, contract_id, month_end_date
    from (
        {{ rows_that_differ('digests', 'old_digests', [
            'contract_kind_code', 'contract_id', 'month_end_date', 'row_count', 'hash_sum',
        ]) }}
    ) as changed

),

last_months as (

    select max(month_end_date) as month_end_date
    from (
        select max(month_end_date) as month_end_date from digests
        union all
        select max(month_end_date) as month_end_date from history.balance_digest
    ) as latest

),

earlier_changes as (

    -- Only these have later rows to look for.
    select changed_balances.*
    from changed_balances
    inner join last_months
        on changed_balances.month_end_date < last_months.month_end_date

),

known_digests as (

    select known.*
    from (
        select *, true as is_new from digests
        union all
        select *, true as is_new from kept_digests
        union all
        select *, false as is_new from history.balance_digest
    ) as known
    inner join (select distinct contract_kind_code, contract_id from earlier_changes) as concerned
        on
            known.contract_kind_code = concerned.contract_kind_code
            and known.contract_id = concerned.contract_id

),

last_days as (

    select
        known.contract_kind_code,
        known.contract_id,
        known.month_end_date,
        known.is_new,
        known.closing_balance,
        known.last_balance_date = max(known.last_balance_date) over (
            partition by known.contract_kind_code, known.contract_id, known.month_end_date, known.is_new
        ) as is_last_day
    from known_digests as known
    inner join earlier_changes as changed
        on
            known.contract_kind_code = changed.contract_kind_code
            and known.contract_id = changed.contract_id
            and known.month_end_date = changed.month_end_date

),

closings as (

    -- What the month hands on, then and now. Files may compete for the last day, so all of them are compared.
    select
        contract_kind_code,
        contract_id,
        month_end_date,
        coalesce(sum({{ row_hash(['closing_balance']) }}) filter (where is_new), 0) as new_closing,
        coalesce(sum({{ row_hash(['closing_balance']) }}) filter (where not is_new), 0) as old_closing
    from last_days
    where is_last_day
    group by contract_kind_code, contract_id, month_end_date

),

next_balances as (

    select
        changed.contract_kind_code,
        changed.contract_id,
        changed.month_end_date,
        coalesce(
            case when max(closings.new_closing) = max(closings.old_closing) then changed.month_end_date end,
            min(known.month_end_date),
            {{ last_date() }}
        ) as next_month_end_date
    from earlier_changes as changed
    left join closings
        on
            changed.contract_kind_code = closings.contract_kind_code
            and changed.contract_id = closings.contract_id
            and changed.month_end_date = closings.month_end_date
    left join known_digests as known
        on
            known.is_new
            and changed.contract_kind_code = known.contract_kind_code
            and changed.contract_id = known.contract_id
            and changed.month_end_date < known.month_end_date
    group by changed.contract_kind_code, changed.contract_id, changed.month_end_date

    union all

    select
        changed_balances.contract_kind_code,
        changed_balances.contract_id,
        changed_balances.month_end_date,
        {{ last_date() }} as next_month_end_date
    from changed_balances
    inner join last_months
        on changed_balances.month_end_date = last_months.month_end_date

)

select * from next_balances
{% endif %}
