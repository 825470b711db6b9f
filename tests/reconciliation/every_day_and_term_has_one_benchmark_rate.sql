-- From the first row on every day and term has exactly one rate. Only where a row begins, or the day or term after it
-- ends, can that change, so these corners are enough.
with

rates as (

    select * from {{ ref('benchmark_rate') }}

),

days as (

    select valid_from as corner_date from rates
    union distinct
    select valid_to + 1 as corner_date from rates
    where valid_to < {{ last_date() }}

),

longest as (

    select max(maximum_term_days) as longest_term_days from rates

),

terms as (

    select 0 as corner_days
    union distinct
    select minimum_term_days as corner_days from rates
    union distinct
    select rates.maximum_term_days + 1 as corner_days
    from rates
    inner join longest
        on rates.maximum_term_days < longest.longest_term_days

)

select days.corner_date, terms.corner_days, count(rates.annual_rate_pct) as rate_count
from days
cross join terms
left join rates
    on
        days.corner_date between rates.valid_from and rates.valid_to
        and terms.corner_days between rates.minimum_term_days and rates.maximum_term_days
group by days.corner_date, terms.corner_days
having count(rates.annual_rate_pct) <> 1
