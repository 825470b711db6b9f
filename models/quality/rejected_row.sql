with

rejected as (

    {% for extract in extract_models() %}
    select
        '{{ extract.name }}' as extract_name,
        row_key,
        reason_code,
        row_json,
        file_order
    from {{ ref(extract.base_model) }}
    where reason_code is not null
    {%- if not loop.last %}

    union all

    {%- endif %}
    {% endfor %}

),

files as (

    select * from {{ source('door', 'extract_file') }}

),

final as (

    select
        ----------  keys
        rejected.extract_name,
        rejected.row_key,

        ----------  attributes
        rejected.reason_code,
        rejected.row_json,
        files.file_path,

        ----------  measures
        rejected.file_order % {{ rows_per_file() }} + 1 as row_number

    from rejected
    inner join files
        on
            rejected.extract_name = files.extract_name
            and rejected.file_order - rejected.file_order % {{ rows_per_file() }}
            = files.file_number * {{ rows_per_file() }}

)

select * from final
