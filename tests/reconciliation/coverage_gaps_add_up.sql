-- To the last bit; and the effect inside segments, which is what the mix leaves, is the one its own formula gives.
with

cells as (

    select * from {{ ref('product_coverage') }}

),

within_segments as (

    select
        cells.population_code,
        sum(
            cast(cells.coverage_weight as double) / cast(totals.coverage_weight as double)
            * (cells.coverage_rate - everybody.coverage_rate)
        ) as effect
    from cells
    inner join cells as everybody
        on
            cells.segment_code = everybody.segment_code
            and everybody.population_code = 'all'
    inner join cells as totals
        on
            cells.population_code = totals.population_code
            and totals.segment_code = 'total'
    where cells.segment_code <> 'total' and cells.coverage_weight > 0
    group by cells.population_code

)

select
    gaps.population_code,
    gaps.gap,
    gaps.mix_effect,
    gaps.within_segment_effect,
    within_segments.effect
from {{ ref('coverage_gap') }} as gaps
left join within_segments
    on gaps.population_code = within_segments.population_code
where
    gaps.gap <> gaps.mix_effect + gaps.within_segment_effect
    or abs(gaps.gap - (gaps.coverage_rate - gaps.reference_coverage_rate)) > 1e-15
    or abs(gaps.within_segment_effect - within_segments.effect) > 1e-12
    or (gaps.gap is null) <> (within_segments.effect is null)
    or (gaps.population_code = 'all' and (gaps.gap <> 0 or gaps.mix_effect <> 0))
