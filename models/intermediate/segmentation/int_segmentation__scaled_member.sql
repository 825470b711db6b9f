with

members as (

    select * from {{ ref('int_segmentation__member') }}

),

feature_ranges as (

    select * from {{ ref('int_segmentation__feature_range') }}

),

scaled as (

    select
        members.space_number,
        members.member_id,
        members.month_end_date,
        {{ per_feature('members.value_{f}') }},
        {{ per_feature(scaled('members.number_{f}') ~ ' as scaled_{f}') }}
    from members
    inner join feature_ranges
        on members.space_code = feature_ranges.space_code

),

final as (

    select
        ----------  keys
        space_number,
        member_id,

        ----------  attributes
        {{ cell_key() }} as cell_key,
        month_end_date,

        ----------  features
        {{ per_feature('value_{f}') }},
        {{ per_feature('scaled_{f}') }}

    from scaled

)

select * from final
