with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

rules as (

    select rules.*
    from {{ ref('recommendation_rule') }} as rules
    inner join as_of
        on as_of.as_of_date between rules.valid_from and rules.valid_to

),

segments as (

    select * from {{ ref('segment_profile') }}

),

loans as (

    select
        dimensions.segment_code,
        dimensions.tier_code,
        -- Every loan has one row for its tier, the dimension that cells have a column of.
        case when dimensions.dimension_code = 'tier' then 'all' else dimensions.dimension_code end as dimension_code,
        case when dimensions.dimension_code = 'tier' then 'all' else dimensions.dimension_value end as dimension_value,
        dimensions.is_specialised,
        features.contract_amount,
        features.ftp_margin_pct
    from {{ ref('int_coverage__loan_dimension') }} as dimensions
    inner join {{ ref('int_segmentation__loan_feature') }} as features
        on dimensions.loan_id = features.loan_id

),

cells as (

    select
        segment_code,
        tier_code,
        dimension_code,
        dimension_value,
        count(*) as loan_count,
        count(*) filter (where is_specialised) as specialised_loan_count,
        coalesce(sum(contract_amount), 0) as contract_amount,
        sum(contract_amount) filter (where ftp_margin_pct is not null) as priced_amount,
        sum(contract_amount * cast(ftp_margin_pct as decimal(19, 10))) as margin_sum
    from loans
    group by segment_code, tier_code, dimension_code, dimension_value

),

matched as (

    -- Of the rules for a cell the most specific one holds: first one for the segment, then one for the tier.
    select
        cells.*,
        segments.segment_name_zh,
        segments.segment_name_en,
        rules.action_code,
        row_number() over (
            partition by cells.segment_code, cells.tier_code, cells.dimension_code, cells.dimension_value
            order by
                case when rules.segment_name_en is null then 1 else 0 end,
                case when rules.tier_code is null then 1 else 0 end
        ) as rule_rank
    from cells
    inner join segments
        on cells.segment_code = segments.segment_code
    inner join rules
        on
            cells.dimension_code = rules.dimension_code
            and cells.dimension_value = coalesce(rules.dimension_value, 'all')
            and cells.tier_code = coalesce(rules.tier_code, cells.tier_code)
            and (rules.segment_name_en is null or segments.segment_name_en = rules.segment_name_en)
    where cells.tier_code <> 'out_of_scope' or rules.tier_code is not null

),

final as (

    select
        ----------  keys
        segment_code,
        tier_code,
        dimension_code,
        dimension_value,

        ----------  attributes
        segment_name_zh,
        segment_name_en,
        action_code,
        case when dimension_code = 'all' then tier_code else dimension_code || ':' || dimension_value end
            as population_code,

        ----------  measures
        loan_count,
        specialised_loan_count,
        {{ share('specialised_loan_count', 'loan_count') }} as coverage_rate,
        cast(contract_amount as decimal(38, 2)) as contract_amount,
        cast(margin_sum as double) / nullif(cast(priced_amount as double), 0) as mean_ftp_margin_pct

    from matched
    where rule_rank = 1

)

select * from final
