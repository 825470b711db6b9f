{%- set grains = {
    'loan': (ref('int_segmentation__loan_feature'), 'loan_id'),
    'customer': (ref('int_segmentation__customer_feature'), 'customer_id'),
} -%}
{{ config(**registry_config(['grain_code', 'training_number'])) }}

with

trainings as (

    select * from {{ ref('int_segmentation__training') }}

),

{% for grain, (relation, key) in grains.items() %}
sampled_{{ grain }}s as (

    -- A sample, by which a later build knows its bank again.
    select '{{ grain }}' as grain_code, {{ key }} as member_id
    from {{ relation }}
    order by md5({{ key }}), {{ key }}
    limit 200

),

{% endfor %}
sampled as (

    {% for grain in grains %}
    select * from sampled_{{ grain }}s
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        trainings.grain_code,
        trainings.training_number,
        sampled.member_id
    from trainings
    inner join sampled
        on trainings.grain_code = sampled.grain_code
    where trainings.is_training

)

select * from final
