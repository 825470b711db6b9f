with

qualities as (

    select * from {{ ref('int_segmentation__candidate_quality') }}

),

features as (

    {% for grain, features in segmentation_features().items() %}
    {% set is_last_grain = loop.last %}
    {% for feature_code in features.values() %}
    select
        grain_code,
        candidate_code,
        '{{ feature_code }}' as feature_code,
        eta_squared_{{ loop.index }} as eta_squared,
        cluster_count - 1 as between_degrees_of_freedom,
        -- η² is of all members measured: those it has no segment for vary too, and are not explained.
        measured_count - cluster_count as within_degrees_of_freedom
    from qualities
    where grain_code = '{{ grain }}'
    {{ 'union all' if not (loop.last and is_last_grain) }}
    {% endfor %}
    {% endfor %}

),

final as (

    -- One-way analysis of variance; segments that explain everything have F without bound.
    select
        *,
        case
            when between_degrees_of_freedom < 1 or within_degrees_of_freedom < 1 then null
            when eta_squared >= 1 then cast('infinity' as double)
            else
                (eta_squared / between_degrees_of_freedom)
                / ((1 - eta_squared) / within_degrees_of_freedom)
        end as f_value
    from features

)

select * from final
