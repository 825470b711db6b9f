with

loans as (

    select * from {{ ref('int_coverage__loan_dimension') }}

),

members as (

    select 'all' as population_code, * from loans
    union all
    select 'core' as population_code, * from loans
    where tier_code = 'core'

),

segments as (

    select segment_code from {{ ref('segment_profile') }}

),

populations as (

    select 'all' as population_code
    union all
    select 'core' as population_code

),

dimension_values as (

    select distinct dimension_code, dimension_value from loans

),

cells as (

    -- Every value seen in all the loans, in every segment, for both populations: nothing is a row too.
    select
        populations.population_code,
        dimension_values.dimension_code,
        dimension_values.dimension_value,
        segments.segment_code
    from dimension_values
    cross join segments
    cross join populations

),

counted as (

    select
        population_code,
        dimension_code,
        dimension_value,
        segment_code,
        count(*) as loan_count,
        count(distinct customer_id) as customer_count
    from members
    group by population_code, dimension_code, dimension_value, segment_code

),

filled as (

    select
        cells.*,
        coalesce(counted.loan_count, 0) as loan_count,
        coalesce(counted.customer_count, 0) as customer_count
    from cells
    left join counted
        on
            cells.population_code = counted.population_code
            and cells.dimension_code = counted.dimension_code
            and cells.dimension_value = counted.dimension_value
            and cells.segment_code = counted.segment_code

),

totalled as (

    -- Every dimension holds every loan once, so its totals are the population's.
    select
        *,
        nullif(sum(loan_count) over (partition by population_code, dimension_code, dimension_value), 0)
            as value_loan_count,
        nullif(sum(loan_count) over (partition by population_code, dimension_code, segment_code), 0)
            as segment_loan_count,
        nullif(sum(loan_count) over (partition by population_code, dimension_code), 0) as population_loan_count
    from filled

),

final as (

    select
        ----------  keys
        population_code,
        dimension_code,
        dimension_value,
        segment_code,

        ----------  measures
        loan_count,
        cast(loan_count as double) / cast(value_loan_count as double) as share_of_value,
        cast(loan_count as double) / cast(segment_loan_count as double) as share_of_segment,
        customer_count,
        cast(loan_count as double) / cast(value_loan_count as double)
        / (cast(segment_loan_count as double) / cast(population_loan_count as double)) as lift

    from totalled

)

select * from final
