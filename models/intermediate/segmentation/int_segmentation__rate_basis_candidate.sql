{{ config(materialized='view') }}
with

candidates as (

    select candidates.*, choices.is_champion
    from {{ ref('int_segmentation__candidate') }} as candidates
    inner join {{ ref('int_segmentation__choice') }} as choices
        on candidates.candidate_code = choices.candidate_code
    where candidates.grain_code = 'loan'

),

final as (

    -- The champion, and who learned as it did from another reading of the rate.
    select candidates.*
    from candidates
    inner join candidates as champion
        on
            candidates.algorithm_code = champion.algorithm_code
            and candidates.features = champion.features
            and candidates.scaling_code = champion.scaling_code
            and coalesce(candidates.cluster_count, 0) = coalesce(champion.cluster_count, 0)
            and coalesce(candidates.grid_rows, 0) = coalesce(champion.grid_rows, 0)
            and coalesce(candidates.grid_columns, 0) = coalesce(champion.grid_columns, 0)
            and coalesce(candidates.information_criterion, '') = coalesce(champion.information_criterion, '')
            and coalesce(candidates.noise_percent, 0) = coalesce(champion.noise_percent, 0)
    where champion.is_champion

)

select * from final
