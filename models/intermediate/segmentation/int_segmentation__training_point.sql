with

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

points as (

    select
        {% for feature in segmentation_features() -%}
        {{ feature }},
        min(scaled_{{ feature }}) as scaled_{{ feature }},
        {% endfor -%}
        count(*) as loan_count,
        min(loan_id) as first_loan_id
    from loans
    group by {{ segmentation_features() | join(', ') }}

),

final as (

    -- The order of the points decides the starts of the training, so it must be total.
    select
        row_number() over (order by first_loan_id) as point_number,
        *
    from points

)

select * from final
