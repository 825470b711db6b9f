with

readings as (

    select * from {{ ref('reading') }}

),

alternatives as (

    {{ alternative_readings() }}

),

customers as (

    select * from {{ ref('int_customer__tier_measure') }}

),

loan_features as (

    select * from {{ ref('int_loan__feature') }}

),

segments as (

    select * from {{ ref('loan_segment') }}
    where segment_code is not null

),

products as (

    select * from {{ ref('stg_core_banking__product') }}

),

tiers as (

    {{ tiers_by_reading('customers') }}

),

by_reading as (

    select
        tier_reading,
        count(*) filter (where tier_code <> chosen_tier_code) as customer_count,
        sum(chosen_amount) filter (where tier_code <> chosen_tier_code) as moved_amount,
        count(*) filter (where chosen_tier_code = 'core') as chosen_core_customer_count,
        count(*) filter (where tier_code = 'core') as core_customer_count,
        count(*) filter (where tier_code = 'core' and chosen_tier_code <> 'core') as gained_core_customer_count,
        count(*) filter (where tier_code <> 'core' and chosen_tier_code = 'core') as lost_core_customer_count,
        sum(chosen_amount) as chosen_total_amount,
        sum(contribution_amount) as total_amount,
        sum(contribution_amount) filter (where tier_code = 'core') as core_amount,
        sum(chosen_amount) filter (where chosen_tier_code = 'core') as chosen_core_amount,
        {{ share_total('contribution_amount', {'share_base': 'net'}) }} as net_amount,
        {{ share_total('contribution_amount', {'share_base': 'positive'}) }} as positive_amount,
        {{ share_total('chosen_amount') }} as chosen_share_amount
    from tiers
    group by tier_reading

),

loans as (

    select
        loan_features.*,
        coalesce(products.is_specialised, false) as is_specialised,
        segments.loan_id is not null as is_segmented,
        loan_features.term_days is not null
        and loan_features.contract_amount is not null
        and loan_features.annual_rate_pct is not null as is_complete
    from loan_features
    left join segments
        on loan_features.loan_id = segments.loan_id
    left join products
        on loan_features.product_code = products.product_code

),

weighted as (

    {{ loans_by_reading('loans') }}

),

by_customer as (

    select
        loan_reading,
        customer_id,
        count(*) as loan_count,
        sum(coverage_weight) as coverage_weight,
        coalesce(sum(coverage_weight) filter (where is_specialised), 0) as specialised_weight
    from weighted
    group by loan_reading, customer_id

),

coverages as (

    select
        loan_reading,
        cast(sum(loan_count) as bigint) as loan_count,
        {{ share('sum(specialised_weight)', 'cast(sum(coverage_weight) as double)') }} as coverage_rate
    from by_customer
    group by loan_reading

),

core_coverages as (

    select
        tiers.tier_reading,
        by_customer.loan_reading,
        {{ share('sum(by_customer.specialised_weight)', 'cast(sum(by_customer.coverage_weight) as double)') }}
            as coverage_rate
    from tiers
    inner join by_customer
        on tiers.customer_id = by_customer.customer_id
    where tiers.tier_code = 'core'
    group by tiers.tier_reading, by_customer.loan_reading

),

compared as (

    select
        readings.reading_code,
        readings.catalogue_code,
        readings.concern_code,
        readings.setting_code,
        alternatives.chosen_value as chosen_value_code,
        readings.setting_value as alternative_value_code,
        readings.reading_en,
        readings.reading_zh,
        coalesce(by_reading.customer_count, 0) as customer_count,
        coalesce(by_reading.moved_amount, 0) as contribution_amount,
        coalesce(by_reading.chosen_core_customer_count, 0) as chosen_core_customer_count,
        coalesce(by_reading.core_customer_count, 0) as core_customer_count,
        coalesce(by_reading.gained_core_customer_count, 0) as gained_core_customer_count,
        coalesce(by_reading.lost_core_customer_count, 0) as lost_core_customer_count,
        coalesce(by_reading.chosen_total_amount, 0) as chosen_total_contribution_amount,
        coalesce(by_reading.total_amount, 0) as total_contribution_amount,
        case
            when by_reading.chosen_share_amount > 0
                then
                    cast(coalesce(by_reading.chosen_core_amount, 0) as double)
                    / cast(by_reading.chosen_share_amount as double)
        end as chosen_core_contribution_share,
        case
            when alternatives.share_base = 'net' and by_reading.net_amount > 0
                then cast(coalesce(by_reading.core_amount, 0) as double) / cast(by_reading.net_amount as double)
            when alternatives.share_base = 'positive' and by_reading.positive_amount > 0
                then cast(coalesce(by_reading.core_amount, 0) as double) / cast(by_reading.positive_amount as double)
        end as core_contribution_share,
        coalesce(chosen_coverages.loan_count, 0) as chosen_population_loan_count,
        coalesce(coverages.loan_count, 0) as population_loan_count,
        chosen_coverages.coverage_rate as chosen_population_coverage_rate,
        coverages.coverage_rate as population_coverage_rate,
        chosen_core_coverages.coverage_rate as chosen_core_coverage_rate,
        core_coverages.coverage_rate as core_coverage_rate
    from alternatives
    inner join readings
        on
            alternatives.setting_code = readings.setting_code
            and alternatives.setting_value = readings.setting_value
    left join by_reading
        on alternatives.tier_reading = by_reading.tier_reading
    left join coverages
        on alternatives.loan_reading = coverages.loan_reading
    left join coverages as chosen_coverages
        on chosen_coverages.loan_reading = 'chosen'
    left join core_coverages
        on
            alternatives.tier_reading = core_coverages.tier_reading
            and alternatives.loan_reading = core_coverages.loan_reading
    left join core_coverages as chosen_core_coverages
        on
            chosen_core_coverages.tier_reading = 'chosen'
            and chosen_core_coverages.loan_reading = 'chosen'

),

final as (

    select
        ----------  keys
        reading_code,

        ----------  attributes
        catalogue_code,
        concern_code,
        setting_code,
        chosen_value_code,
        alternative_value_code,
        reading_en,
        reading_zh,

        ----------  tiers
        customer_count,
        cast(contribution_amount as decimal(18, 2)) as contribution_amount,
        chosen_core_customer_count,
        core_customer_count,
        gained_core_customer_count,
        lost_core_customer_count,

        ----------  contribution
        cast(chosen_total_contribution_amount as decimal(18, 2)) as chosen_total_contribution_amount,
        cast(total_contribution_amount as decimal(18, 2)) as total_contribution_amount,
        cast(total_contribution_amount - chosen_total_contribution_amount as decimal(18, 2))
            as contribution_change_amount,
        chosen_core_contribution_share,
        core_contribution_share,
        core_contribution_share - chosen_core_contribution_share as core_contribution_share_change,

        ----------  coverage
        chosen_population_loan_count,
        population_loan_count,
        chosen_population_coverage_rate,
        population_coverage_rate,
        population_coverage_rate - chosen_population_coverage_rate as population_coverage_rate_change,
        chosen_core_coverage_rate,
        core_coverage_rate,
        core_coverage_rate - chosen_core_coverage_rate as core_coverage_rate_change

    from compared

)

select * from final
