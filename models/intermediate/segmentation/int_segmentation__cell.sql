{%- set beyond = cells_a_side() -%}
with

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

summed as (

    select
        space_code,
        cell_key,
        {{ per_feature('min(' ~ cell('scaled_{f}') ~ ') as cell_{f}') }},
        count(*) as member_count,
        min(member_id) as first_member_id,
        {{ per_feature('sum(value_{f}) as sum_{f}') }}
    from members
    group by space_code, cell_key

),

final as (

    select
        ----------  keys
        space_code,
        cell_key,

        ----------  attributes
        {{ per_feature(
            "case cell_{f} when -1 then cast('-Infinity' as double) else cell_{f} / " ~ beyond ~ ' end as lower_{f}'
        ) }},
        {{ per_feature(
            'case cell_{f} when ' ~ beyond ~ " then cast('Infinity' as double) else (cell_{f} + 1) / " ~ beyond
            ~ ' end as upper_{f}'
        ) }},

        ----------  measures
        member_count,
        first_member_id,
        {{ per_feature('sum_{f}') }}

    from summed

)

select * from final
