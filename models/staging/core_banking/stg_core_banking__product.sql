with

rows_read as (

    select * from {{ ref('base_core_banking__product') }}

),

final as (

    select
        ----------  keys
        product_code,

        ----------  attributes
        product_name,
        product_family_code,

        ----------  flags
        coalesce(is_specialised, false) as is_specialised

    from rows_read
    where reason_code is null

)

select * from final
