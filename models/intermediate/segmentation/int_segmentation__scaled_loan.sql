with

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}
    where is_complete

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

final as (

    select
        ----------  keys
        loans.loan_id,

        ----------  features
        {{ per_feature('loans.{f}') }},
        {{ per_feature(scaled('loans.{f}') ~ ' as scaled_{f}') }}

    from loans
    cross join feature_ranges

)

select * from final
