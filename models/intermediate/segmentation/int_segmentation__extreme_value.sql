with

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}
    where is_complete

),

loan_values as (

    {% for feature in segmentation_features() %}
    select loan_id, '{{ feature }}' as feature_code, cast({{ feature }} as double) as feature_value from loans
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

bounds as (

    select
        feature_code,
        max(feature_value) as maximum_value,
        percentile_cont(0.99) within group (order by feature_value) as high_value
    from loan_values
    group by feature_code

),

final as (

    -- One such loan sets the min-max scale, and all others crowd at 0.
    select
        bounds.feature_code,
        bounds.maximum_value,
        bounds.high_value,
        min(loan_values.loan_id) as loan_id
    from bounds
    inner join loan_values
        on
            bounds.feature_code = loan_values.feature_code
            and bounds.maximum_value = loan_values.feature_value
    where
        bounds.high_value > 0
        and bounds.maximum_value > {{ var('segmentation_extreme_multiple') }} * bounds.high_value
    group by bounds.feature_code, bounds.maximum_value, bounds.high_value

)

select * from final
