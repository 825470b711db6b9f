with

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}
    where is_complete

),

final as (

    select
        {{ per_feature('min({f}) as minimum_{f}') }},
        {{ per_feature('max({f}) as maximum_{f}') }},
        count(*) as loan_count
    from loans

)

select * from final
