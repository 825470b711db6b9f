with

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

centres as (

    select * from {{ ref('segment_centre') }}

),

measured as (

    select
        centres.candidate_code,
        loans.loan_id,
        centres.cluster_number,
        {{ squared_distance('loans', 'centres') }} as squared_distance
    from loans
    cross join centres

),

ranked as (

    select
        candidate_code,
        loan_id,
        cluster_number,
        row_number() over (partition by candidate_code, loan_id order by squared_distance, cluster_number) as nearness
    from measured

),

final as (

    select candidate_code, loan_id, cluster_number
    from ranked
    where nearness = 1

)

select * from final
