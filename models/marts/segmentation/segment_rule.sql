with

rules as (

    select * from {{ ref('int_segmentation__rule') }}
    where grain_code = 'loan'

),

final as (

    select
        ----------  keys
        rule_number,

        ----------  attributes
        segment_code,
        segment_name_zh,
        segment_name_en,
        rate_basis_code,
        condition_zh,
        condition_en,
        condition_sql,

        ----------  bounds
        {{ rule_bounds('loan') }},

        ----------  measures
        member_count as loan_count,
        coverage,
        precision,
        recall

    from rules

)

select * from final
