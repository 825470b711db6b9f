{{ config(materialized='view') }}

with recursive

months as (

    select * from {{ ref('int_reporting__month') }}

),

final as (

    select min(month_start_date) as day, max(last_date) as last_date
    from months
    having count(*) > 0

    union all

    select day + 1 as day, last_date
    from final
    where day < last_date

)

select day from final
