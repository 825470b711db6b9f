{#- No CTE, which the engine would keep in memory for its readers. -#}
{%- set members -%}
(
        select members.*, candidates.grain_code
        from {{ ref('int_segmentation__scaled_member') }} as members
        inner join candidates
            on members.space_number = candidates.space_number
    )
{%- endset -%}
{%- set sides = [] -%}
{%- for grain, features in segmentation_features().items() -%}
{%- for feature_code in features.values() -%}
{%- do sides.extend([(grain, feature_code, loop.index, 'high'), (grain, feature_code, loop.index, 'low')]) -%}
{%- endfor -%}
{%- endfor -%}
{%- set multiple = var('segmentation_extreme_multiple') -%}
with

candidates as (

    select distinct candidates.grain_code, spaces.space_number
    from {{ ref('int_segmentation__candidate') }} as candidates
    inner join {{ ref('int_segmentation__space') }} as spaces
        on candidates.measure_space_code = spaces.space_code

),

policy as (

    select * from {{ ref('segmentation_choice_policy') }}

),

ends as (

    select
        grain_code,
        {{ per_feature('min(scaled_{f}) as minimum_{f}') }},
        {{ per_feature('max(scaled_{f}) as maximum_{f}') }}
    from {{ members }} as members
    group by grain_code

),

bounds as (

    -- With so much of the scale to themselves,
    select
        grain_code,
        {{ per_feature('minimum_{f}') }},
        {{ per_feature('maximum_{f}') }},
        {{ per_feature('minimum_{f} + (maximum_{f} - minimum_{f}) / ' ~ multiple ~ ' as high_{f}') }},
        {{ per_feature('maximum_{f} - (maximum_{f} - minimum_{f}) / ' ~ multiple ~ ' as low_{f}') }}
    from ends

),

counted as (

    select
        members.grain_code,
        count(*) as member_count,
        {{ per_feature('count(*) filter (where members.scaled_{f} >= bounds.high_{f}) as high_count_{f}') }},
        {{ per_feature('count(*) filter (where members.scaled_{f} <= bounds.low_{f}) as low_count_{f}') }}
    from {{ members }} as members
    inner join bounds
        on members.grain_code = bounds.grain_code
    group by members.grain_code

),

outlying as (

    -- a hundredth of the members are extreme, or one, where there are enough of them to tell.
    {% for grain, feature_code, f, end_code in sides %}
    select
        counted.grain_code,
        '{{ feature_code }}' as feature_code,
        '{{ end_code }}' as end_code,
        bounds.{{ end_code }}_{{ f }} as bound,
        bounds.{{ 'maximum' if end_code == 'high' else 'minimum' }}_{{ f }} as extreme
    from counted
    cross join policy
    inner join bounds
        on counted.grain_code = bounds.grain_code
    where
        counted.grain_code = '{{ grain }}'
        and counted.member_count >= policy.sound_count
        and bounds.maximum_{{ f }} > bounds.minimum_{{ f }}
        and counted.{{ end_code }}_count_{{ f }} <= ceil(counted.member_count / 100.0)
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    {% for grain, feature_code, f, end_code in sides %}
    {% set outermost, ordinary = ('max', '<') if end_code == 'high' else ('min', '>') %}
    select
        outlying.grain_code,
        outlying.feature_code,
        outlying.end_code,
        cast({{ outermost }}(members.value_{{ f }}) as decimal(28, 10)) as extreme_value,
        cast(
            {{ outermost }}(members.value_{{ f }}) filter (where members.scaled_{{ f }} {{ ordinary }} outlying.bound)
            as decimal(28, 10)
        ) as ordinary_value,
        min(members.member_id) filter (where members.scaled_{{ f }} = outlying.extreme) as member_id
    from outlying
    inner join {{ members }} as members
        on outlying.grain_code = members.grain_code
    where
        outlying.grain_code = '{{ grain }}'
        and outlying.feature_code = '{{ feature_code }}'
        and outlying.end_code = '{{ end_code }}'
    group by outlying.grain_code, outlying.feature_code, outlying.end_code
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
