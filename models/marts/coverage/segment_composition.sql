with

loans as (

    select * from {{ ref('int_coverage__loan_dimension') }}

),

segments as (

    select * from {{ ref('segment_profile') }}

),

evidence as (

    select
        policy.small_count,
        levels.z_value
    from {{ ref('segment_evidence_policy') }} as policy
    inner join {{ ref('confidence_level') }} as levels
        on policy.confidence_level = levels.confidence_level

),

members as (

    select 'all' as population_code, * from loans
    union all
    select 'core' as population_code, * from loans
    where tier_code = 'core'

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
        segments.segment_code,
        evidence.small_count,
        evidence.z_value
    from dimension_values
    cross join segments
    cross join populations
    cross join evidence

),

counted as (

    -- Cells, and with no segment the values, with no value the segments, with neither the populations.
    select
        population_code,
        dimension_code,
        dimension_value,
        segment_code,
        count(*) as loan_count,
        count(distinct customer_id) as customer_count
    from members
    group by grouping sets (
        (population_code, dimension_code, dimension_value, segment_code),
        (population_code, dimension_code, dimension_value),
        (population_code, dimension_code, segment_code),
        (population_code, dimension_code)
    )

),

totalled as (

    select
        {% for level in ['cell', 'value', 'segment', 'population'] %}
        coalesce(of_{{ level }}.loan_count, 0) as {{ level }}_loan_count,
        coalesce(of_{{ level }}.customer_count, 0) as {{ level }}_customer_count,
        {% endfor %}
        cells.*
    from cells
    {% for level, is_of_value, is_of_segment in [
        ('cell', true, true), ('value', true, false), ('segment', false, true), ('population', false, false)
    ] %}
    left join counted as of_{{ level }}
        on
            cells.population_code = of_{{ level }}.population_code
            and cells.dimension_code = of_{{ level }}.dimension_code
            and of_{{ level }}.dimension_value {{ '= cells.dimension_value' if is_of_value else 'is null' }}
            and of_{{ level }}.segment_code {{ '= cells.segment_code' if is_of_segment else 'is null' }}
    {% endfor %}

),

final as (

    select
        ----------  keys
        population_code,
        dimension_code,
        dimension_value,
        segment_code,

        ----------  loans
        cell_loan_count as loan_count,
        value_loan_count,
        segment_loan_count,
        {{ share('cell_loan_count', 'value_loan_count') }} as share_of_value,
        {{ wilson_lower('cell_loan_count', 'value_loan_count', 'z_value') }} as share_of_value_lower,
        {{ wilson_upper('cell_loan_count', 'value_loan_count', 'z_value') }} as share_of_value_upper,
        {{ share('cell_loan_count', 'segment_loan_count') }} as share_of_segment,
        {{ wilson_lower('cell_loan_count', 'segment_loan_count', 'z_value') }} as share_of_segment_lower,
        {{ wilson_upper('cell_loan_count', 'segment_loan_count', 'z_value') }} as share_of_segment_upper,
        {{ share('value_loan_count', 'population_loan_count') }} as value_loan_share,
        {{ share('cell_loan_count', 'value_loan_count') }}
        / nullif({{ share('segment_loan_count', 'population_loan_count') }}, 0) as lift,
        {{ adjusted_residual(
            'cell_loan_count', 'value_loan_count', 'segment_loan_count', 'population_loan_count'
        ) }} as adjusted_residual,
        value_loan_count < small_count or segment_loan_count < small_count as is_small_cell,

        ----------  customers
        cell_customer_count as customer_count,
        {{ share('cell_customer_count', 'value_customer_count') }} as customer_share_of_value,
        {{ share('cell_customer_count', 'segment_customer_count') }} as customer_share_of_segment,
        {{ share('value_customer_count', 'population_customer_count') }} as value_customer_share

    from totalled

)

select * from final
