with

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

members as (

    select * from {{ ref('int_segmentation__champion_member') }}
    where grain_code = 'loan'

),

final as (

    select
        ----------  keys
        loans.loan_id,

        ----------  attributes
        members.segment_code,
        members.segment_name_zh,
        members.segment_name_en,

        ----------  features
        loans.term_days,
        loans.contract_amount,
        loans.annual_rate_pct,

        ----------  measures
        members.own_centre_distance,
        members.nearest_other_centre_distance,
        members.silhouette

    from loans
    left join members
        on loans.loan_id = members.member_id

)

select * from final
