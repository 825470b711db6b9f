with

facts as (

    select * from {{ ref('paper_fact') }}

),

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

segment_profile as (

    select * from {{ ref('segment_profile') }}

),

segment_composition as (

    select * from {{ ref('segment_composition') }}

),

product_coverage as (

    select * from {{ ref('product_coverage') }}

),

tier_summary as (

    select *, tier_code as population_code from {{ ref('tier_summary') }}

),

segmentation_candidate as (

    select
        count(*) as candidate_count,
        max(case when is_champion then cluster_count end) as cluster_count,
        max(case when is_champion then silhouette end) as silhouette
    from {{ ref('segmentation_candidate') }}

),

tier_threshold as (

    select
        thresholds.tier_code as population_code,
        thresholds.minimum_contribution_amount
    from {{ ref('tier_threshold') }} as thresholds
    inner join as_of
        on as_of.as_of_date between thresholds.valid_from and thresholds.valid_to

),

tax_regime as (

    select regimes.net_interest_factor
    from {{ ref('int_reporting__tax_regime_factor') }} as regimes
    inner join as_of
        on as_of.as_of_date between regimes.valid_from and regimes.valid_to

),

day_count as (

    select {{ day_count() }} as day_count

),

figures as (

    -- Every figure of a mart or policy under the names a fact is looked up by.
    {{ paper_measures() }}

),

segments as (

    -- A name stands for the largest segment whose profile gives it, stable enough to bear it or not.
    select
        profile_name_en as segment_name_en,
        segment_code,
        row_number() over (partition by profile_name_en order by member_count desc, segment_code) as place
    from {{ ref('int_segmentation__segment') }}
    where grain_code = 'loan' and profile_name_en is not null

    union all

    select 'total' as segment_name_en, 'total' as segment_code, 1 as place

),

recomputed as (

    select
        facts.*,
        segments.segment_code,
        cast(replace(replace(facts.published_value, '>', ''), '+', '') as decimal(18, 10)) as published_number,
        case
            when facts.published_value like '%.%'
                then length(facts.published_value) - position('.' in facts.published_value)
            else 0
        end as published_decimals,
        -- In decimals, so that a figure on the bound of rounding is not lost to binary noise.
        cast(cast(figures.measured_value * facts.multiplier as decimal(28, 10)) + facts.summand as decimal(28, 10))
            as recomputed_number
    from facts
    left join segments
        on
            facts.segment_name_en = segments.segment_name_en
            and segments.place = 1
    left join figures
        on
            facts.source_code = figures.source_code
            and facts.measure_code = figures.measure_code
            and coalesce(facts.population_code, '') = figures.population_code
            and coalesce(segments.segment_code, facts.segment_name_en, '') = figures.segment_code
            and coalesce(facts.dimension_code, '') = figures.dimension_code
            and coalesce(facts.dimension_value, '') = figures.dimension_value

),

final as (

    select
        ----------  keys
        fact_id,

        ----------  what is printed
        line_number,
        label_zh,
        label_en,
        base,
        published_value,
        unit,

        ----------  what comes out
        cast(recomputed_number as double) as recomputed_value,
        case
            when published_value like '>%' then recomputed_number > published_number
            when published_value like '%+' then recomputed_number >= published_number
            else
                abs(recomputed_number - published_number) * cast(power(10, published_decimals) as decimal(9, 0))
                <= 0.5
        end as agrees,

        ----------  attributes
        segment_code,
        case
            when recomputed_number is not null then note
            when segment_name_en is not null and segment_code is null
                then coalesce(note || ' ', '') || 'Not computable: no segment has this profile.'
            else coalesce(note || ' ', '') || 'Not computable: there is nothing to compute it from.'
        end as note

    from recomputed

)

select * from final
