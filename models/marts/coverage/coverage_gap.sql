with

cells as (

    select * from {{ ref('product_coverage') }}

),

terms as (

    -- How far the population's share of loans in a segment lies from everybody's, at everybody's coverage there.
    select
        cells.population_code,
        cast(sum({{ summable(
            '(' ~ share('cells.coverage_weight', 'cast(totals.coverage_weight as double)') ~ ' - '
            ~ share('everybody.coverage_weight', 'cast(everybody_total.coverage_weight as double)') ~ ') * everybody.coverage_rate'
        ) }}) as double) as mix_effect
    from cells
    inner join cells as totals
        on
            cells.population_code = totals.population_code
            and totals.segment_code = 'total'
    inner join cells as everybody
        on
            cells.segment_code = everybody.segment_code
            and everybody.population_code = 'all'
    inner join cells as everybody_total
        on
            everybody_total.population_code = 'all'
            and everybody_total.segment_code = 'total'
    where cells.segment_code <> 'total'
    group by cells.population_code

),

compared as (

    -- On a common grid of doubles, on which differences are exact: so the two effects add up to the last bit.
    select
        populations.population_code,
        populations.loan_count,
        populations.coverage_rate,
        everybody.coverage_rate as reference_coverage_rate,
        {{ on_grid('populations.coverage_rate') }} - {{ on_grid('everybody.coverage_rate') }} as gap,
        {{ on_grid('terms.mix_effect') }} as mix_effect
    from cells as populations
    inner join cells as everybody
        on
            everybody.population_code = 'all'
            and everybody.segment_code = 'total'
    left join terms
        on populations.population_code = terms.population_code
    where populations.segment_code = 'total'

),

final as (

    select
        ----------  keys
        population_code,

        ----------  measures
        loan_count,
        coverage_rate,
        case when coverage_rate is not null then reference_coverage_rate end as reference_coverage_rate,
        reference_coverage_rate + mix_effect as expected_coverage_rate,
        gap,
        mix_effect,
        gap - mix_effect as within_segment_effect,
        mix_effect / nullif(gap, 0) as mix_share

    from compared

)

select * from final
