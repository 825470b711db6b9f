with

qualities as (

    select * from {{ ref('int_segmentation__candidate_quality') }}

),

features as (

    {% for feature in segmentation_features() %}
    select
        candidate_code,
        '{{ feature }}' as feature_code,
        eta_squared_{{ feature }} as eta_squared,
        cluster_count - 1 as between_degrees_of_freedom,
        loan_count - cluster_count as within_degrees_of_freedom
    from qualities
    {{ 'union all' if not loop.last }}
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
