with

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

segments as (

    select * from {{ ref('int_segmentation__segment') }}

),

silhouettes as (

    select * from {{ ref('int_segmentation__loan_silhouette') }}

),

champion_silhouettes as (

    select
        silhouettes.*,
        segments.segment_name_zh,
        segments.segment_name_en
    from silhouettes
    inner join segments
        on
            silhouettes.candidate_code = segments.candidate_code
            and silhouettes.segment_code = segments.segment_code

),

final as (

    select
        ----------  keys
        loans.loan_id,

        ----------  attributes
        champion_silhouettes.segment_code,
        champion_silhouettes.segment_name_zh,
        champion_silhouettes.segment_name_en,

        ----------  measures
        champion_silhouettes.own_centre_distance,
        champion_silhouettes.nearest_other_centre_distance,
        champion_silhouettes.silhouette

    from loans
    left join champion_silhouettes
        on loans.loan_id = champion_silhouettes.loan_id

)

select * from final
