with

assignments as (

    select * from {{ ref('int_segmentation__loan_cluster') }}

),

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

summed as (

    select
        assignments.candidate_code,
        assignments.cluster_number,
        count(*) as loan_count,
        min(assignments.loan_id) as first_loan_id,
        {% for feature in segmentation_features() -%}
        sum(loans.{{ feature }}) as sum_{{ feature }},
        cast(sum(loans.{{ feature }}) as double) / count(*) as mean_{{ feature }}{{ "," if not loop.last }}
        {% endfor %}
    from assignments
    inner join loans
        on assignments.loan_id = loans.loan_id
    group by assignments.candidate_code, assignments.cluster_number

),

final as (

    -- Codes go by size, so a trainer's own numbering never shows.
    select
        summed.candidate_code,
        summed.cluster_number,
        'S' || cast(
            row_number() over (
                partition by summed.candidate_code order by summed.loan_count desc, summed.first_loan_id
            ) as varchar
        ) as segment_code,
        summed.loan_count,
        {% for feature in segmentation_features() -%}
        summed.sum_{{ feature }},
        summed.mean_{{ feature }},
        {{ scaled('summed.mean_' ~ feature, feature) }} as scaled_{{ feature }},
        {% endfor -%}
        cast(summed.loan_count as double) / feature_ranges.loan_count as loan_share
    from summed
    cross join feature_ranges

)

select * from final
