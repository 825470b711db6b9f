with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

policies as (

    select policies.*, evidence.small_count
    from {{ ref('recommendation_policy') }} as policies
    cross join {{ ref('segment_evidence_policy') }} as evidence
    inner join as_of
        on as_of.as_of_date between policies.valid_from and policies.valid_to

),

cells as (

    select * from {{ ref('int_coverage__action_cell') }}

),

coverages as (

    -- Recommendations count loans, whatever the range is read by.
    select
        segment_code,
        loan_count,
        {{ share('specialised_loan_count', 'loan_count') }} as coverage_rate
    from {{ ref('product_coverage') }}
    where population_code = 'all'

),

gaps as (

    select * from {{ ref('coverage_gap') }}

),

actions as (

    select * from {{ ref('recommendation_action') }}

),

tiers as (

    select * from {{ ref('tier') }}

),

ranked_references as (

    -- The best segment that is not small; by policy, or where all are, the whole.
    select
        coverages.segment_code as reference_segment_code,
        coverages.coverage_rate as reference_coverage_rate,
        row_number() over (
            order by
                case when coverages.segment_code = 'total' then 1 else 0 end,
                coverages.coverage_rate desc,
                coverages.segment_code
        ) as reference_rank
    from coverages
    cross join policies
    where
        coverages.segment_code = 'total'
        or (policies.reference_code = 'best_segment' and coverages.loan_count >= policies.small_count)

),

compared as (

    select
        cells.*,
        actions.action_zh,
        actions.action_en,
        tiers.tier_order,
        tiers.name_zh as tier_name_zh,
        tiers.name_en as tier_name_en,
        reference.reference_segment_code,
        reference.reference_coverage_rate,
        reference.reference_coverage_rate - cells.coverage_rate as distance,
        gaps.mix_share,
        cells.loan_count < policies.small_count as is_small_cell,
        -- Only a population that is served worse than the whole has a gap to explain.
        coalesce(gaps.gap < 0 and gaps.mix_share > policies.mix_share_limit, false) as is_mostly_mix
    from cells
    cross join policies
    inner join ranked_references as reference
        on reference.reference_rank = 1
    inner join actions
        on cells.action_code = actions.action_code
    inner join tiers
        on cells.tier_code = tiers.tier_code
    left join gaps
        on cells.population_code = gaps.population_code

),

valued as (

    -- What the loans that are missed would earn in a year, were they covered as in the reference.
    select
        *,
        greatest(distance, 0) as gap,
        cast(round(
            greatest(distance, 0) * cast(contract_amount as double) * mean_ftp_margin_pct / 100, 2
        ) as decimal(18, 2)) as estimated_value_amount
    from compared

),

final as (

    select
        ----------  keys
        row_number() over (
            order by
                estimated_value_amount desc nulls last,
                distance desc,
                segment_code,
                tier_order,
                dimension_code,
                dimension_value
        ) as priority_rank,

        ----------  attributes
        segment_code,
        segment_name_zh,
        segment_name_en,
        tier_code,
        dimension_code,
        dimension_value,
        action_code,
        action_zh,
        action_en,

        ----------  measures
        loan_count,
        specialised_loan_count,
        coverage_rate,
        reference_segment_code,
        reference_coverage_rate,
        gap,
        cast(contract_amount as decimal(18, 2)) as contract_amount,
        mean_ftp_margin_pct,
        estimated_value_amount,
        mix_share,

        ----------  explanation
        {{ recommendation_caution() }} as caution,
        {{ recommendation_evidence('en') }} as evidence,
        {{ recommendation_evidence('zh') }} as evidence_zh

    from valued

)

select * from final
