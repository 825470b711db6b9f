{{ config(**registry_config(['grain_code', 'training_number'])) }}

with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

members as (

    select 'loan' as grain_code, loan_id as member_id from {{ ref('int_segmentation__loan_feature') }}
    union all
    select 'customer' as grain_code, customer_id as member_id from {{ ref('int_segmentation__customer_feature') }}

),

ranked as (

    select
        *,
        row_number() over (partition by grain_code order by md5(member_id), member_id) as place
    from members

),

final as (

    -- A sample, by which a later build knows its bank again.
    select
        trainings.grain_code,
        trainings.training_number,
        ranked.member_id
    from trainings
    inner join ranked
        on trainings.grain_code = ranked.grain_code
    where trainings.is_training and ranked.place <= 200

)

select * from final
