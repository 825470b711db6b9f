-- Shares sum to 1 because the segments' loans are the complete loans of the population.
with

segments as (

    select coalesce(sum(loan_count), 0) as loan_count from {{ ref('segment_profile') }}

),

loans as (

    select count(*) as loan_count from {{ ref('int_segmentation__loan_feature') }}
    where is_complete

)

select
    segments.loan_count as segment_loan_count,
    loans.loan_count
from segments
cross join loans
where segments.loan_count <> loans.loan_count
