with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

final as (

    -- Before its first row a loan has no class.
    select
        classifications.loan_id,
        classifications.class_code,
        classifications.effective_date as valid_from,
        coalesce(
            lead(classifications.effective_date) over (
                partition by classifications.loan_id order by classifications.effective_date
            ),
            {{ last_date() }}
        ) as valid_before
    from {{ ref('stg_loan_servicing__loan_classification') }} as classifications
    inner join as_of
        on classifications.effective_date <= as_of.as_of_date

)

select * from final
