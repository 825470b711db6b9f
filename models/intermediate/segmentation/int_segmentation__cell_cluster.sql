with

contenders as (

    select * from {{ ref('int_segmentation__contender') }}

),

spaces as (

    select * from {{ ref('int_segmentation__space') }}

),

measures as (

    select grain_code, space_number
    from spaces
    where is_measure

),

judged as (

    select
        candidate_code,
        space_code,
        cell_key,
        case
            when min(cluster_number) = max(cluster_number) and not bool_or(may_hold_outliers) then min(cluster_number)
        end as cluster_number
    from contenders
    group by candidate_code, space_code, cell_key

),

final as (

    select
        ----------  keys
        judged.candidate_code,
        judged.cell_key,

        ----------  attributes
        judged.space_code,
        measures.space_number as measure_space_number,
        spaces.is_measure,
        judged.cluster_number

    from judged
    inner join spaces
        on judged.space_code = spaces.space_code
    inner join measures
        on spaces.grain_code = measures.grain_code

)

select * from final
