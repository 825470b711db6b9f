-- The leaves of a tree share out everybody: whoever has a segment is under one rule.
with

members as (

    select grain_code, sum(member_count) as member_count
    from {{ ref('int_segmentation__segment') }}
    group by grain_code

),

rules as (

    select grain_code, sum(member_count) as member_count
    from {{ ref('int_segmentation__rule') }}
    group by grain_code

)

select
    members.grain_code,
    members.member_count,
    rules.member_count as rule_member_count
from members
left join rules
    on members.grain_code = rules.grain_code
where members.member_count <> coalesce(rules.member_count, 0)
