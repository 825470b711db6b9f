{%- set share_of_range
    = '((member_values.feature_value - summarised.mean) / (summarised.maximum - summarised.minimum))' -%}
with

segments as (

    select * from {{ ref('int_segmentation__segment') }}
    where grain_code = 'loan'

),

members as (

    select
        segments.segment_code,
        {{ per_feature('members.value_{f}') }},
        {{ per_feature('segments.mean_{f}') }},
        {{ per_feature('segments.ratio_{f}') }}
    from {{ ref('int_segmentation__champion_member') }} as members
    inner join segments
        on
            members.grain_code = segments.grain_code
            and members.segment_code = segments.segment_code

),

member_values as (

    {% for feature_code in segmentation_features()['loan'].values() %}
    select
        segment_code,
        '{{ feature_code }}' as feature_code,
        cast(value_{{ loop.index }} as double) as feature_value,
        mean_{{ loop.index }} as mean,
        ratio_{{ loop.index }} as ratio_to_all
    from members
    where value_{{ loop.index }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

summarised as (

    select
        segment_code,
        feature_code,
        count(*) as loan_count,
        min(feature_value) as minimum,
        percentile_cont(0.25) within group (order by feature_value) as quartile_1,
        percentile_cont(0.5) within group (order by feature_value) as median,
        percentile_cont(0.75) within group (order by feature_value) as quartile_3,
        max(feature_value) as maximum,
        max(mean) as mean,
        max(ratio_to_all) as ratio_to_all
    from member_values
    group by segment_code, feature_code

),

deviations as (

    -- Squares as fractions of the range, which no amount is too large for; a constant feature deviates by 0.
    select
        member_values.segment_code,
        member_values.feature_code,
        cast(sum({{ summable(share_of_range ~ ' * ' ~ share_of_range) }}) as double) as squares
    from member_values
    inner join summarised
        on
            member_values.segment_code = summarised.segment_code
            and member_values.feature_code = summarised.feature_code
            and summarised.maximum > summarised.minimum
    group by member_values.segment_code, member_values.feature_code

),

final as (

    select
        ----------  keys
        summarised.segment_code,
        summarised.feature_code,

        ----------  measures
        summarised.loan_count,
        summarised.minimum,
        summarised.quartile_1,
        summarised.median,
        summarised.quartile_3,
        summarised.maximum,
        summarised.mean,
        coalesce(sqrt(deviations.squares / summarised.loan_count), 0)
        * (summarised.maximum - summarised.minimum) as deviation,
        summarised.ratio_to_all

    from summarised
    left join deviations
        on
            summarised.segment_code = deviations.segment_code
            and summarised.feature_code = deviations.feature_code

)

select * from final
