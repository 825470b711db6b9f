-- Loans without silhouette are a bin of their own, so the bins of a segment are its loans.
with

bins as (

    select segment_code, sum(loan_count) as loan_count
    from {{ ref('segment_silhouette_bin') }}
    group by segment_code

)

select
    segments.segment_code,
    segments.loan_count,
    bins.loan_count as bin_loan_count
from {{ ref('segment_profile') }} as segments
left join bins
    on segments.segment_code = bins.segment_code
where segments.loan_count <> coalesce(bins.loan_count, 0)
