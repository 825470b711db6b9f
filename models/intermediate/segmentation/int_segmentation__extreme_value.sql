with

candidates as (

    select distinct grain_code, measure_space_code
    from {{ ref('int_segmentation__candidate') }}
    where scaling_code = 'min_max'

),

members as (

    select members.*, candidates.grain_code
    from {{ ref('int_segmentation__scaled_member') }} as members
    inner join candidates
        on members.space_code = candidates.measure_space_code

),

member_values as (

    {% for grain, features in segmentation_features().items() %}
    {% set is_last_grain = loop.last %}
    {% for feature_code in features.values() %}
    select
        grain_code,
        '{{ feature_code }}' as feature_code,
        member_id,
        cast(value_{{ loop.index }} as double) as feature_value
    from members
    where grain_code = '{{ grain }}' and value_{{ loop.index }} is not null
    {{ 'union all' if not (loop.last and is_last_grain) }}
    {% endfor %}
    {% endfor %}

),

bounds as (

    select
        grain_code,
        feature_code,
        max(feature_value) as maximum_value,
        percentile_cont(0.99) within group (order by feature_value) as high_value
    from member_values
    group by grain_code, feature_code

),

final as (

    -- One such member sets the min-max scale a candidate learns in, and all others crowd at 0.
    select
        bounds.grain_code,
        bounds.feature_code,
        bounds.maximum_value,
        bounds.high_value,
        min(member_values.member_id) as member_id
    from bounds
    inner join member_values
        on
            bounds.grain_code = member_values.grain_code
            and bounds.feature_code = member_values.feature_code
            and bounds.maximum_value = member_values.feature_value
    where
        bounds.high_value > 0
        and bounds.maximum_value > {{ var('segmentation_extreme_multiple') }} * bounds.high_value
    group by bounds.grain_code, bounds.feature_code, bounds.maximum_value, bounds.high_value

)

select * from final
