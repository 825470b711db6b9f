{%- set extracts = {
    'deposit_balance': [ref('base_core_banking__deposit_balance'), 'deposit', 'account_id', 'balance'],
    'loan_balance': [ref('base_loan_servicing__loan_balance'), 'loan', 'loan_id', 'principal_balance'],
} -%}
{%- set may_count = "coalesce(reason_code, 'unknown_reference') = 'unknown_reference'" -%}
with

files as (

    select *, {{ balance_file_hash() }} as file_hash
    from {{ source('door', 'extract_file') }}

),

{% for extract, (relation, kind, key, amount) in extracts.items() %}
{{ extract }}_digests as (

    -- Which of two rows of one day counts is part of the digest: it depends on their order.
    select
        cast(floor(file_order / {{ rows_per_file() }}) as bigint) as file_number,
        {{ key }} as contract_id,
        last_day(balance_date) as month_end_date,
        count(*) as row_count,
        max(balance_date) filter (where {{ may_count }}) as last_balance_date,
        max_by({{ amount }}, balance_date) filter (where {{ may_count }}) as closing_balance,
        sum({{ row_hash(['balance_date', amount, "coalesce(reason_code, '') = 'duplicate_key'"]) }}) as hash_sum
    from {{ relation }}
    where
        {{ key }} is not null
        and balance_date is not null
        and ({{ rows_of_changed_files(extract) }})
    group by
        cast(floor(file_order / {{ rows_per_file() }}) as bigint),
        {{ key }},
        last_day(balance_date)

),

{% endfor %}
final as (

    {% for extract, (relation, kind, key, amount) in extracts.items() %}
    select
        files.file_hash,
        '{{ kind }}' as contract_kind_code,
        digests.contract_id,
        digests.month_end_date,
        digests.last_balance_date,
        digests.closing_balance,
        digests.row_count,
        digests.hash_sum
    from {{ extract }}_digests as digests
    inner join files
        on digests.file_number = files.file_number
    where files.extract_name = '{{ extract }}'
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from final
