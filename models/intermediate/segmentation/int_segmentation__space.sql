with

candidates as (

    select * from {{ ref('int_segmentation__candidate') }}

),

spaces as (

    select grain_code, space_code, measure_space_code from candidates
    union distinct
    select grain_code, measure_space_code as space_code, measure_space_code from candidates

),

final as (

    select
        ----------  keys
        space_code,
        grain_code,

        ----------  attributes
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
