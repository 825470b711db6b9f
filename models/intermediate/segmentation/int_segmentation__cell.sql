{%- set beyond = cells_a_side() -%}
with

members as (

    select * from {{ ref('int_segmentation__scaled_member') }}

),

spaces as (

    select * from {{ ref('int_segmentation__space') }}

),

summed as (

    select
        cell_key,
        min(space_number) as space_number,
        {{ per_feature('min(' ~ cell('scaled_{f}') ~ ') as cell_{f}') }},
        count(*) as member_count,
        min(member_id) as first_member_id,
        {{ per_feature('sum(value_{f}) as sum_{f}') }}
    from members
    group by cell_key

),

final as (

    select
        ----------  keys
        spaces.space_code,
        summed.cell_key,

        ----------  attributes
        {{ per_feature(
            "case summed.cell_{f} when -1 then cast('-Infinity' as double) else summed.cell_{f} / " ~ beyond ~ ' end as lower_{f}'
        ) }},
        {{ per_feature(
            'case summed.cell_{f} when ' ~ beyond ~ " then cast('Infinity' as double) else (summed.cell_{f} + 1) / " ~ beyond
            ~ ' end as upper_{f}'
        ) }},

        ----------  measures
        summed.member_count,
        summed.first_member_id,
        {{ per_feature('summed.sum_{f}') }}

    from summed
    inner join spaces
        on summed.space_number = spaces.space_number

)

select * from final
