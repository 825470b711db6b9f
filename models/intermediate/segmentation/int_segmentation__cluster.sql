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
        {{ per_feature('sum(loans.{f}) as sum_{f}') }},
        {{ per_feature('cast(sum(loans.{f}) as double) / count(*) as mean_{f}') }}
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
        {{ per_feature('summed.sum_{f}') }},
        {{ per_feature('summed.mean_{f}') }},
        {{ per_feature(scaled('summed.mean_{f}') ~ ' as scaled_{f}') }},
        cast(summed.loan_count as double) / feature_ranges.loan_count as loan_share
    from summed
    cross join feature_ranges

)

select * from final
