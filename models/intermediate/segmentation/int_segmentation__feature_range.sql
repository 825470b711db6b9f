with

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}
    where is_complete

),

final as (

    select
        {% for feature in segmentation_features() -%}
        min({{ feature }}) as minimum_{{ feature }},
        max({{ feature }}) as maximum_{{ feature }},
        {% endfor -%}
        count(*) as loan_count
    from loans

)

select * from final
