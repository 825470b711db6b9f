with

champions as (

    select choices.grain_code, choices.candidate_code, runs.window_start_date, runs.window_end_date
    from {{ ref('int_segmentation__choice') }} as choices
    inner join {{ ref('int_segmentation__standing_run') }} as runs
        on choices.grain_code = runs.grain_code
    where choices.is_champion and runs.is_champion

),

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

final as (

    -- Members of both trainings: of loans, those of the former window. Rows only after a training that follows another.
    select
        champions.grain_code,
        former.cluster_number as former_cluster_number,
        assignments.cluster_number,
        count(*) as member_count
    from champions
    inner join {{ ref('int_segmentation__shown_cluster') }} as assignments
        on champions.candidate_code = assignments.candidate_code
    inner join {{ ref('int_segmentation__shown_cluster') }} as former
        on
            assignments.member_id = former.member_id
            and former.candidate_code = {{ former_champion('champions.grain_code') }}
    left join loans
        on
            champions.grain_code = 'loan'
            and assignments.member_id = loans.loan_id
    where
        champions.grain_code <> 'loan'
        or loans.start_date between champions.window_start_date and champions.window_end_date
    group by champions.grain_code, former.cluster_number, assignments.cluster_number

)

select * from final
