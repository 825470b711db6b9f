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
        {% for feature in segmentation_features() -%}
        loans.{{ feature }},
        {{ scaled('loans.' ~ feature, feature) }} as scaled_{{ feature }}{{ "," if not loop.last }}
        {% endfor %}
    from loans
    cross join feature_ranges

)

select * from final
