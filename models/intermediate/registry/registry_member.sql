{{ config(**registry_config(['grain_code', 'training_number'])) }}

with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

final as (

    -- A sample, by which a later build knows its bank again.
    {% for grain, relation, key in [
        ('loan', ref('int_segmentation__loan_feature'), 'loan_id'),
        ('customer', ref('int_segmentation__customer_feature'), 'customer_id'),
    ] %}
    select
        trainings.grain_code,
        trainings.training_number,
        sampled.member_id
    from trainings
    cross join (
        select {{ key }} as member_id
        from {{ relation }}
        order by md5({{ key }}), {{ key }}
        limit 200
    ) as sampled
    where trainings.grain_code = '{{ grain }}' and trainings.is_training
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
