with

counted as (

    {% for extract in extract_models() %}
    select
        '{{ extract.name }}' as extract_name,
        count(*) as rows_read,
        count(*) filter (where reason_code is null) as rows_accepted,
        count(*) filter (where reason_code is not null) as rows_rejected,
        max(cast({{ extract.dated_by or 'null' }} as date)) filter (where reason_code is null) as latest_date,
        {% set amount = extract.amount or '0' -%}
        sum(coalesce({{ amount }}, 0)) as amount_read,
        sum(coalesce({{ amount }}, 0)) filter (where reason_code is null) as amount_accepted,
        sum(coalesce({{ amount }}, 0)) filter (where reason_code is not null) as amount_rejected
    from {{ ref(extract.base_model) }}
    {%- if not loop.last %}

    union all

    {%- endif %}
    {% endfor %}

),

final as (

    select
        ----------  keys
        extract_name,

        ----------  dates
        latest_date,

        ----------  measures
        rows_read,
        rows_accepted,
        rows_rejected,

        ----------  amounts
        cast(coalesce(amount_read, 0) as decimal(38, 2)) as amount_read,
        cast(coalesce(amount_accepted, 0) as decimal(38, 2)) as amount_accepted,
        cast(coalesce(amount_rejected, 0) as decimal(38, 2)) as amount_rejected

    from counted

)

select * from final
