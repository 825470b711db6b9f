with

assignments as (

    select * from {{ ref('int_segmentation__member_cluster') }}

),

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

clusters as (

    select * from {{ ref('int_segmentation__cluster') }}

),

centres as (

    select
        candidate_code,
        {{ list_of(['cluster_number'] + per_feature('scaled_{f}').split(', '), 'cluster_number') }} as centres
    from clusters
    group by candidate_code

),

own as (

    select
        assignments.candidate_code,
        assignments.member_id,
        assignments.cluster_number,
        {{ per_feature('members.scaled_{f}') }},
        sqrt({{ squared_distance('members', 'clusters') }}) as own_centre_distance
    from assignments
    inner join candidates
        on assignments.candidate_code = candidates.candidate_code
    inner join members
        on
            candidates.measure_space_code = members.space_code
            and assignments.member_id = members.member_id
    inner join clusters
        on
            assignments.candidate_code = clusters.candidate_code
            and assignments.cluster_number = clusters.cluster_number

),

nearest as (

    -- NULL for the own centre, which the least passes over.
    select
        own.candidate_code,
        own.member_id,
        own.cluster_number,
        own.own_centre_distance,
        {{ least_of(for_each(
            'centres.centres',
            'case when item.cluster_number <> own.cluster_number then sqrt(' ~ squared_distance('own', 'item') ~ ') end'
        )) }} as nearest_other_centre_distance
    from own
    inner join centres
        on own.candidate_code = centres.candidate_code

),

final as (

    -- The centre-based silhouette of the study's tool, with the means of the members now in the segment.
    select
        candidate_code,
        member_id,
        cluster_number,
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
