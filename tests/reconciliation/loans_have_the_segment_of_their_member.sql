-- loan_segment puts the loans into their cells once more; members were put there before.
with

loans as (

    select * from {{ ref('loan_segment') }}
    where segment_code is not null

),

members as (

    select * from {{ ref('int_segmentation__champion_member') }}
    where grain_code = 'loan'

)

select
    loans.loan_id,
    members.member_id,
    loans.segment_code,
    members.segment_code as member_segment_code,
    loans.silhouette,
    members.silhouette as member_silhouette
from loans
full outer join members
    on loans.loan_id = members.member_id
where
    loans.loan_id is null
    or members.member_id is null
    or loans.segment_code <> members.segment_code
    or loans.own_centre_distance <> members.own_centre_distance
    or coalesce(loans.nearest_other_centre_distance, -1) <> coalesce(members.nearest_other_centre_distance, -1)
    or coalesce(loans.silhouette, -2) <> coalesce(members.silhouette, -2)
