with

cells as (

    -- What independence of value and segment would give, beside what is there.
    select
        *,
        cast(value_loan_count as double) * segment_loan_count
        / sum(loan_count) over (partition by dimension_code) as expected_count,
        round(adjusted_residual, 9) as ranked_residual
    from {{ ref('segment_composition') }}
    where population_code = 'all' and segment_loan_count > 0

),

policy as (

    select * from {{ ref('segment_evidence_policy') }}

),

tests as (

    select * from {{ ref('segment_association') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by dimension_code order by ranked_residual desc, dimension_value, segment_code
        ) as highest_rank,
        row_number() over (
            partition by dimension_code order by ranked_residual, dimension_value, segment_code
        ) as lowest_rank
    from cells
    where ranked_residual is not null

),

dimensions as (

    select
        cells.dimension_code,
        cast(sum(cells.loan_count) as bigint) as loan_count,
        count(distinct cells.dimension_value) as value_count,
        count(distinct cells.segment_code) as segment_count,
        min(cells.expected_count) as smallest_expected_count,
        {{ share('count(*) filter (where cells.expected_count < policy.usual_expected_count)', 'count(*)') }}
            as small_expected_share
    from cells
    cross join policy
    group by cells.dimension_code

),

measured as (

    select
        dimensions.*,
        tests.chi_square,
        tests.degrees_of_freedom,
        tests.p_value,
        sqrt(tests.chi_square / dimensions.loan_count / least(dimensions.value_count - 1, dimensions.segment_count - 1))
            as uncorrected_cramers_v,
        {{ corrected_cramers_v(
            'tests.chi_square', 'dimensions.loan_count', 'dimensions.value_count', 'dimensions.segment_count'
        ) }} as cramers_v
    from dimensions
    left join tests
        on dimensions.dimension_code = tests.dimension_code

),

final as (

    select
        ----------  keys
        measured.dimension_code,

        ----------  verdict
        coalesce(
            measured.p_value < policy.significance_level and measured.cramers_v >= policy.minimum_cramers_v, false
        ) as is_valid,

        ----------  measures
        measured.cramers_v,
        measured.uncorrected_cramers_v,
        measured.chi_square,
        measured.degrees_of_freedom,
        measured.p_value,
        measured.loan_count,
        measured.value_count,
        measured.segment_count,
        measured.smallest_expected_count,
        measured.small_expected_share,
        measured.smallest_expected_count < policy.least_expected_count
        or measured.small_expected_share > policy.small_expected_share as has_small_expected_counts,

        ----------  evidence
        highest.dimension_value as highest_residual_value,
        highest.segment_code as highest_residual_segment_code,
        highest.adjusted_residual as highest_residual,
        lowest.dimension_value as lowest_residual_value,
        lowest.segment_code as lowest_residual_segment_code,
        lowest.adjusted_residual as lowest_residual

    from measured
    cross join policy
    left join ranked as highest
        on
            measured.dimension_code = highest.dimension_code
            and highest.highest_rank = 1
    left join ranked as lowest
        on
            measured.dimension_code = lowest.dimension_code
            and lowest.lowest_rank = 1

)

select * from final
