{{ config(**registry_config(['grain_code', 'training_number'])) }}

with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

final as (

    select
        trainings.grain_code,
        trainings.training_number,
        shares.slot,
        shares.bin_code,
        shares.upper_bound,
        shares.share
    from trainings
    inner join {{ ref('int_segmentation__reference_share') }} as shares
        on trainings.grain_code = shares.grain_code
    where trainings.is_training

)

select * from final
