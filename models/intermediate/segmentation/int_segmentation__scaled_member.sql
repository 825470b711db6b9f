with

members as (

    select * from {{ ref('int_segmentation__member') }}

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

final as (

    select
        ----------  keys
        members.space_code,
        members.member_id,

        ----------  features
        {{ per_feature('members.value_{f}') }},
        {{ per_feature(scaled('members.number_{f}') ~ ' as scaled_{f}') }}

    from members
    inner join feature_ranges
        on members.space_code = feature_ranges.space_code

)

select * from final
