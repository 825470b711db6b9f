with

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

former as (

    -- After a new training the former champion scores the members once more.
    select runs.grain_code, runs.space_code
    from {{ ref('int_segmentation__standing_run') }} as runs
    inner join {{ ref('int_segmentation__training') }} as trainings
        on runs.grain_code = trainings.grain_code
    where trainings.is_training and runs.is_champion

),

spaces as (

    select grain_code, space_code, measure_space_code from candidates
    union distinct
    select grain_code, measure_space_code as space_code, measure_space_code from candidates
    union distinct
    select former.grain_code, former.space_code, candidates.measure_space_code
    from former
    inner join candidates
        on former.grain_code = candidates.grain_code

),

final as (

    select
        ----------  keys
        space_code,
        grain_code,

        ----------  attributes
        cast(row_number() over (order by space_code) as integer) as space_number,
        space_code = measure_space_code as is_measure,
        case
            when {{ has_word('space_code', 'nominal') }} then 'nominal'
            when {{ has_word('space_code', 'benchmark_multiple') }} then 'benchmark_multiple'
            when {{ has_word('space_code', 'ftp_margin') }} then 'ftp_margin'
        end as rate_basis_code,
        {{ feature_flags() }}

    from spaces

)

select * from final
