{{ config(materialized='view') }}
with

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}
    where grain_code = 'loan'

),

choices as (

    select * from {{ ref('int_segmentation__choice') }}

),

champion as (

    select candidates.*
    from candidates
    inner join choices
        on candidates.candidate_code = choices.candidate_code
    where choices.is_champion

),

compared as (

    select
        candidates.candidate_code,
        candidates.rate_basis_code,
        choices.is_champion,
        choices.quality_rank,
        candidates.features = champion.features as has_same_features,
        candidates.features = champion.features
        and candidates.algorithm_code = champion.algorithm_code
        and candidates.scaling_code = champion.scaling_code
        and coalesce(candidates.cluster_count, 0) = coalesce(champion.cluster_count, 0)
        and coalesce(candidates.grid_rows, 0) = coalesce(champion.grid_rows, 0)
        and coalesce(candidates.grid_columns, 0) = coalesce(champion.grid_columns, 0)
        and coalesce(candidates.information_criterion, '') = coalesce(champion.information_criterion, '')
        and coalesce(candidates.noise_percent, 0) = coalesce(champion.noise_percent, 0)
            as has_learned_alike
    from candidates
    inner join choices
        on candidates.candidate_code = choices.candidate_code
    cross join champion
    -- Who learned nothing has no segments to show, and who learned without the rate no reading of it.
    where
        choices.is_champion
        or (choices.smallest_share is not null and candidates.rate_basis_code is not null)

),

placed as (

    -- Of each reading of the rate one: who learned as the champion did, else the best by its features, else the best.
    select
        *,
        row_number() over (
            partition by rate_basis_code
            order by is_champion desc, has_learned_alike desc, has_same_features desc, quality_rank
        ) as place
    from compared

),

final as (

    select
        ----------  keys
        candidate_code,

        ----------  attributes
        rate_basis_code,
        is_champion

    from placed
    where place = 1

)

select * from final
