with

segments as (

    select * from {{ ref('int_segmentation__segment_stability') }}

),

final as (

    select
        ----------  keys
        segment_code,

        ----------  attributes
        candidate_code,
        is_nameable,

        ----------  measures
        run_count,
        mean_jaccard,
        minimum_jaccard,
        shuffle_jaccard,
        bootstrap_jaccard,
        scaling_jaccard,
        month_jaccard,
        modal_solution_share

    from segments

)

select * from final
