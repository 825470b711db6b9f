with

rules as (

    select * from {{ ref('int_segmentation__rule') }}
    where grain_code = 'customer'

),

final as (

    select
        ----------  keys
        rule_number,

        ----------  attributes
        segment_code,
        condition_zh,
        condition_en,
        condition_sql,

        ----------  bounds
        {{ rule_bounds('customer') }},

        ----------  measures
        member_count as customer_count,
        coverage,
        precision,
        recall

    from rules

)

select * from final
