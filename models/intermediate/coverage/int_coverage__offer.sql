with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

policies as (

    select
        policies.minimum_peer_count,
        policies.horizon_days,
        profitability.income_tax_rate_pct,
        as_of.days_in_year
    from as_of
    inner join {{ ref('next_action_policy') }} as policies
        on as_of.as_of_date between policies.valid_from and policies.valid_to
    inner join {{ ref('profitability_policy') }} as profitability
        on as_of.as_of_date between profitability.valid_from and profitability.valid_to

),

customers as (

    select * from {{ ref('int_coverage__customer') }}
    where segment_code is not null

),

peer_groups as (

    select * from {{ ref('int_coverage__peer_group') }}

),

features as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

risks as (

    select * from {{ ref('int_value__loan_risk') }}

),

costs as (

    select * from {{ ref('int_value__operating_cost') }}
    where contract_kind_code = 'loan'

),

matched as (

    -- The likest peers of whom enough are covered.
    select
        customers.customer_id,
        customers.latest_loan_id,
        peer_groups.level_number,
        peer_groups.product_code,
        peer_groups.covered_peer_count,
        peer_groups.product_peer_count,
        peer_groups.median_ftp_margin_rate,
        policies.horizon_days,
        policies.days_in_year,
        policies.income_tax_rate_pct,
        row_number() over (partition by customers.customer_id order by peer_groups.level_number) as level_rank
    from customers
    cross join policies
    inner join peer_groups
        on
            customers.segment_code = peer_groups.segment_code
            and peer_groups.enterprise_size in (customers.enterprise_size, 'all')
            and peer_groups.industry_section in (customers.industry_section, 'all')
            and policies.minimum_peer_count <= peer_groups.covered_peer_count

),

sized as (

    -- The offer is the customer's latest loan once more, on its peers' product.
    select
        matched.*,
        features.contract_amount,
        cast(least(coalesce(features.term_days, matched.horizon_days), matched.horizon_days) as integer) as offer_days,
        cast(features.ftp_margin_pct * 0.01 as decimal(12, 10)) as current_ftp_margin_rate,
        risks.expected_loss_rate,
        risks.capital_rate,
        costs.annual_cost_amount,
        costs.balance_cost_rate
    from matched
    inner join features
        on matched.latest_loan_id = features.loan_id
    inner join risks
        on matched.latest_loan_id = risks.loan_id
    inner join costs
        on matched.latest_loan_id = costs.contract_id
    where matched.level_rank = 1

),

summed as (

    select *, cast(contract_amount as decimal(22, 2)) * offer_days as daily_balance_sum from sized

),

priced as (

    select
        *,
        cast(round({{ contribution('daily_balance_sum', 'median_ftp_margin_rate') }}, 2) as decimal(18, 2))
            as contribution_amount,
        cast(round({{ contribution('daily_balance_sum', 'current_ftp_margin_rate') }}, 2) as decimal(18, 2))
            as current_contribution_amount,
        cast(round({{ expected_loss('daily_balance_sum', 'expected_loss_rate', 'days_in_year') }}, 2) as decimal(18, 2))
            as expected_loss_amount,
        cast(round({{ operating_cost(
            'daily_balance_sum', 'balance_cost_rate', 'offer_days', 'annual_cost_amount', 'days_in_year'
        ) }}, 2) as decimal(18, 2)) as operating_cost_amount,
        cast(round({{ economic_capital(
            'daily_balance_sum', 'capital_rate', 'nullif(offer_days, 0)'
        ) }}, 2) as decimal(18, 2)) as economic_capital_amount
    from summed

),

taxed as (

    select
        *,
        contribution_amount - operating_cost_amount - expected_loss_amount as pre_tax_amount
    from priced

),

returned as (

    select
        *,
        cast(pre_tax_amount - {{ income_tax('pre_tax_amount', 'income_tax_rate_pct') }} as decimal(18, 2))
            as after_tax_amount
    from taxed

),

final as (

    select
        ----------  keys
        customer_id,

        ----------  attributes
        level_number,
        product_code,

        ----------  counts
        covered_peer_count,
        product_peer_count,
        offer_days,

        ----------  rates
        median_ftp_margin_rate,
        {{ raroc('after_tax_amount', 'economic_capital_amount', 'offer_days', 'days_in_year') }} as raroc,

        ----------  amounts
        contract_amount,
        contribution_amount,
        current_contribution_amount,
        operating_cost_amount,
        expected_loss_amount,
        after_tax_amount,
        economic_capital_amount

    from returned

)

select * from final
