with

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

points as (

    select
        {{ per_feature('{f}') }},
        {{ per_feature('min(scaled_{f}) as scaled_{f}') }},
        count(*) as loan_count,
        min(loan_id) as first_loan_id
    from loans
    group by {{ per_feature('{f}') }}

),

final as (

    -- The order of the points decides the starts of the training, so it must be total.
    select
        row_number() over (order by first_loan_id) as point_number,
        *
    from points

)

select * from final
