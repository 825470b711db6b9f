-- Shares sum to 1 because the segments' loans are those that have all the champion learned by.
with

segments as (

    select coalesce(sum(loan_count), 0) as loan_count from {{ ref('segment_profile') }}

),

loans as (

    select count(*) as loan_count
    from {{ ref('int_segmentation__member') }} as members
    inner join {{ ref('int_segmentation__candidate') }} as candidates
        on members.space_code = candidates.space_code
    inner join {{ ref('segmentation_candidate') }} as champion
        on candidates.candidate_code = champion.candidate_code
    where champion.is_champion

)

select
    segments.loan_count as segment_loan_count,
    loans.loan_count
from segments
cross join loans
where segments.loan_count <> loans.loan_count
