{{ config(materialized='view') }}

with

policies as (

    select * from {{ ref('segmentation_candidate_policy') }}
    where is_active

),

measures as (

    -- A grain is measured in all features its candidates learn by, the rate as it stands in the contract.
    select
        grain_code,
        {% for grain, features in segmentation_features().items() %}
        {% for word in features %}
        max(case when grain_code = '{{ grain }}' and {{ has_word('features', word) }} then ' {{ word }}' else '' end)
        {{ '|| ' if not loop.last }}
        {% endfor %}
        {{ '|| ' if not loop.last }}
        {% endfor %}
            as measured_features
    from policies
    group by grain_code

),

final as (

    select
        ----------  keys
        policies.candidate_code,
        policies.grain_code,
        policies.grain_code || ' ' || policies.features || coalesce(' ' || policies.rate_basis_code, '') as space_code,
        measures.grain_code || measures.measured_features
        || case measures.grain_code when 'loan' then ' nominal' else '' end
            as measure_space_code,

        ----------  attributes
        policies.policy_order,
        policies.features,
        policies.algorithm_code,
        policies.cluster_count,
        policies.grid_rows,
        policies.grid_columns,
        policies.scaling_code,
        policies.information_criterion,
        policies.noise_percent,
        policies.rate_basis_code

    from policies
    inner join measures
        on policies.grain_code = measures.grain_code

)

select * from final
