with

loans as (

    select * from {{ ref('int_coverage__loan_dimension') }}

),

populations as (

    select 'all' as population_code
    union all
    select tier_code as population_code from {{ ref('tier') }}
    union all
    select distinct dimension_code || ':' || dimension_value as population_code
    from loans
    where dimension_code <> 'tier'

),

segments as (

    select segment_code from {{ ref('segment_profile') }}
    union all
    select 'total' as segment_code

),

members as (

    select 'all' as population_code, segment_code, product_code, is_specialised, coverage_weight
    from loans
    where dimension_code = 'tier'

    union all

    select dimension_value as population_code, segment_code, product_code, is_specialised, coverage_weight
    from loans
    where dimension_code = 'tier'

    union all

    select
        dimension_code || ':' || dimension_value as population_code,
        segment_code,
        product_code,
        is_specialised,
        coverage_weight
    from loans
    where dimension_code <> 'tier'

),

by_product as (

    select
        population_code,
        coalesce(segment_code, 'total') as segment_code,
        product_code,
        count(*) as loan_count,
        count(*) filter (where is_specialised) as specialised_loan_count,
        sum(coverage_weight) as coverage_weight,
        sum(coverage_weight) filter (where is_specialised) as specialised_weight
    from members
    group by grouping sets ((population_code, segment_code, product_code), (population_code, product_code))

),

counted as (

    select
        population_code,
        segment_code,
        cast(sum(loan_count) as bigint) as loan_count,
        cast(sum(specialised_loan_count) as bigint) as specialised_loan_count,
        cast(sum(coverage_weight) as decimal(38, 2)) as coverage_weight,
        cast(coalesce(sum(specialised_weight), 0) as double) as specialised_weight,
        count(*) as product_count,
        count(*) filter (where specialised_loan_count > 0) as specialised_product_count,
        cast(sum(cast(loan_count as decimal(18, 0)) * cast(loan_count as decimal(18, 0))) as double)
            as squared_loan_count
    from by_product
    group by population_code, segment_code

),

final as (

    select
        ----------  keys
        populations.population_code,
        segments.segment_code,

        ----------  measures
        coalesce(counted.loan_count, 0) as loan_count,
        coalesce(counted.specialised_loan_count, 0) as specialised_loan_count,
        cast(coalesce(counted.coverage_weight, 0) as decimal(38, 2)) as coverage_weight,
        {{ share('counted.specialised_weight', 'cast(counted.coverage_weight as double)') }} as coverage_rate,
        coalesce(counted.product_count, 0) as product_count,
        coalesce(counted.specialised_product_count, 0) as specialised_product_count,
        counted.squared_loan_count / (cast(counted.loan_count as double) * counted.loan_count) as product_concentration

    from populations
    cross join segments
    left join counted
        on
            populations.population_code = counted.population_code
            and segments.segment_code = counted.segment_code

)

select * from final
