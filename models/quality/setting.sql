with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

choice as (

    select * from {{ ref('segmentation_choice_policy') }}

),

vars as (

    {% for name, value in {
        'as_of_date': 'as_of_date',
        'segmentation_start_date': 'coalesce(' ~ date_setting_sql('segmentation_start_date') ~ ', year_start_date)',
        'segmentation_end_date': 'coalesce(' ~ date_setting_sql('segmentation_end_date') ~ ', as_of_date)',
        'reporting_currency': "'" ~ var('reporting_currency') ~ "'",
    }.items() %}
    select
        '{{ name }}' as setting_code,
        cast({{ value }} as varchar) as setting_value,
        'run' as decided_by
    from as_of
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

chosen as (

    {{ chosen_readings() }}

),

policies as (

    {% for name in [
        'smallest_share_floor', 'minimum_covered_share', 'silhouette_band', 'sound_silhouette', 'sound_count',
        'nameable_jaccard', 'drift_limit',
    ] %}
    select
        '{{ name }}' as setting_code,
        {{ plain(name) }} as setting_value,
        decided_by
    from choice
    union all
    {% endfor %}
    select
        'band_measure_code' as setting_code,
        band_measure_code as setting_value,
        decided_by
    from choice

),

final as (

    select * from vars
    union all
    select setting_code, setting_value, 'run' as decided_by from chosen
    union all
    select * from policies

)

select * from final
