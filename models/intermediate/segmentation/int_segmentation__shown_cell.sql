with

cells as (

    select * from {{ ref('int_segmentation__cell_centre') }}

),

shown as (

    -- Whose members are looked at one by one: the champions of today,
    select candidate_code from {{ ref('int_segmentation__choice') }}
    where is_champion
    union distinct
    -- after a new training those of before,
    select {{ former_champion('grain_code') }} as candidate_code from {{ ref('int_segmentation__training') }}
    union distinct
    -- and who is set beside the champion.
    select candidate_code from {{ ref('int_segmentation__rate_basis_candidate') }}

),

final as (

    select cells.*
    from cells
    inner join shown
        on cells.candidate_code = shown.candidate_code

)

select * from final
