-- What readings are compared with is in the marts: core customers, their money and share, coverage of all and of core.
with

tiers as (

    select
        sum(contribution_amount) as total_amount,
        sum(customer_count) filter (where tier_code = 'core') as core_count,
        max(contribution_share) filter (where tier_code = 'core') as core_share
    from {{ ref('tier_summary') }}

),

coverages as (

    select
        sum(loan_count) filter (where population_code = 'all') as loan_count,
        max(coverage_rate) filter (where population_code = 'all') as coverage_rate,
        max(coverage_rate) filter (where population_code = 'core') as core_coverage_rate
    from {{ ref('product_coverage') }}
    where segment_code = 'total'

)

select readings.*
from {{ ref('definition_sensitivity') }} as readings
cross join tiers
cross join coverages
where
    readings.chosen_core_customer_count <> tiers.core_count
    or readings.chosen_total_contribution_amount <> tiers.total_amount
    or readings.chosen_core_contribution_share is distinct from tiers.core_share
    or readings.chosen_population_loan_count <> coverages.loan_count
    or readings.chosen_population_coverage_rate is distinct from coverages.coverage_rate
    or readings.chosen_core_coverage_rate is distinct from coverages.core_coverage_rate
