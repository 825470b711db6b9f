with

rows_read as (

    select * from {{ ref('base_loan_servicing__loan_classification') }}

),

final as (

    select
        ----------  keys
        loan_id,
        effective_date,

        ----------  attributes
        class_code

    from rows_read
    where reason_code is null

)

select * from final
