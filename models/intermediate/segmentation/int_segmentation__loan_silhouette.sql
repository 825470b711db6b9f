with

assignments as (

    select * from {{ ref('int_segmentation__loan_cluster') }}

),

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

measured as (

    select
        assignments.candidate_code,
        assignments.loan_id,
        assignments.cluster_number = clusters.cluster_number as is_own,
        clusters.segment_code,
        sqrt({{ squared_distance('loans', 'clusters') }}) as distance
    from assignments
    inner join loans
        on assignments.loan_id = loans.loan_id
    inner join clusters
        on assignments.candidate_code = clusters.candidate_code

),

nearest as (

    select
        candidate_code,
        loan_id,
        max(segment_code) filter (where is_own) as segment_code,
        min(distance) filter (where is_own) as own_centre_distance,
        min(distance) filter (where not is_own) as nearest_other_centre_distance
    from measured
    group by candidate_code, loan_id

),

final as (

    -- The centre-based silhouette of the study's tool, with the means of the loans now in the segment.
    select
        candidate_code,
        loan_id,
        segment_code,
        own_centre_distance,
        nearest_other_centre_distance,
        case
            when nearest_other_centre_distance is null then null
            when greatest(own_centre_distance, nearest_other_centre_distance) = 0 then cast(0 as double)
            else
                (nearest_other_centre_distance - own_centre_distance)
                / greatest(own_centre_distance, nearest_other_centre_distance)
        end as silhouette
    from nearest

)

select * from final
