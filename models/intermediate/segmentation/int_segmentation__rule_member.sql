{%- set is_under_rule = '(rules.above_{f} is null or members.value_{f} > rules.above_{f})'
    ~ ' and (rules.up_to_{f} is null or members.value_{f} <= rules.up_to_{f})' -%}
with

members as (

    select * from {{ ref('int_segmentation__champion_feature') }}

),

rules as (

    select * from {{ ref('segment_tree') }}

),

final as (

    select
        members.grain_code,
        members.member_id,
        rules.rule_number,
        members.segment_code,
        rules.segment_code as rule_segment_code
    from members
    inner join rules
        on
            members.grain_code = rules.grain_code
            and {{ per_feature(is_under_rule, ' and ') }}

)

select * from final
