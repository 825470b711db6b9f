with

features as (

    select * from {{ ref('int_segmentation__candidate_feature') }}

),

significances as (

    select * from {{ ref('feature_significance') }}

),

final as (

    select
        ----------  keys
        features.candidate_code,
        features.feature_code,

        ----------  measures
        features.eta_squared,
        features.f_value,
        significances.negative_log10_p,
        significances.negative_log10_p
        / nullif(max(significances.negative_log10_p) over (partition by features.candidate_code), 0) as importance

    from features
    left join significances
        on
            features.candidate_code = significances.candidate_code
            and features.feature_code = significances.feature_code

)

select * from final
