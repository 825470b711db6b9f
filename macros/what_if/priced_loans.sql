{#-
  What loans would earn if they were granted: one row per request, priced by the models that price the loans there are.

  requests: relation with the columns of loan_request_columns(), all of them, in any order. request_id is the key;
  customer_id NULL is somebody the bank does not know yet; start_date NULL is the as-of day; a term NULL has no end; all
  else NULL means what it means in the extract loan_contract. enterprise_size_code takes the place of the customer's size.
  A loan counts on top of what its customer owes, unless it stands for one of these: stands_for_loan_id is then not owed
  besides, and the size the customer had when that one was granted is this one's for tax.
  Amounts are in the reporting currency; those of a year stand for a year with the whole amount outstanding, under
  the policies of the as-of day, or of the start_date if that is later. No request changes the price of another.
  `queries` as in models_over.
-#}
{% macro priced_loans(requests, queries) %}
    {% set plan = priced_loan_models() %}
    {% set day_rows = built('int_reporting__as_of') %}
    {% set scopes = {'segment': 'peers', 'segment_size': 'size_peers'} %}
    {% set quartiles = {'lower_quartile': 0.25, 'median': 0.5, 'upper_quartile': 0.75} %}
with

requests as (

    select
        {% for column, type in loan_request_columns().items() if column != 'start_date' -%}
        cast(requested.{{ column }} as {{ type }}) as {{ column }},
        {% endfor -%}
        coalesce(cast(requested.start_date as date), as_of.as_of_date) as start_date,
        -- The policies of this day hold.
        greatest(as_of.as_of_date, cast(requested.start_date as date)) as priced_date,
        -- Its number is the only name a request and whom it is for have below, so that none meets another, nor a loan or
        -- customer of the bank.
        case
            when requested.request_id is null
                then {{ fault("'a request has no request_id. Give each its own'") }}
            when count(*) over (partition by cast(requested.request_id as varchar)) > 1
                then {{ fault(
                    "'request_id ''' || cast(requested.request_id as varchar) || ''' is asked for twice. Give each request its own'"
                ) }}
            else cast(row_number() over (order by cast(requested.request_id as varchar)) as varchar) || '='
        end as loan_id
    from {{ requests }} as requested
    cross join {{ day_rows }} as as_of

),

pricing_days as (

    -- Whatever its day, a loan is scored.
    select
        {{ reporting_day('priced_date') }},
        {{ first_date() }} as segmentation_start_date,
        {{ last_date() }} as segmentation_end_date
    from (select distinct priced_date from requests) as days

),

int_reporting__as_of as (

    -- Nothing but risk and cost depends on it.
    select * from pricing_days
    where as_of_date = (select max(as_of_date) from pricing_days)

),

int_reporting__month as (

    select month_start_date, month_end_date, last_date, days
    from {{ built('int_reporting__month') }}

    union all

    -- A month that the bank has no balances of yet.
    select distinct
        cast(date_trunc('month', requests.start_date) as date) as month_start_date,
        last_day(requests.start_date) as month_end_date,
        last_day(requests.start_date) as last_date,
        cast({{ days_between("cast(date_trunc('month', requests.start_date) as date)", 'last_day(requests.start_date)') }} + 1 as integer)
            as days
    from requests
    left join {{ built('int_reporting__month') }} as months
        on last_day(requests.start_date) = months.month_end_date
    where months.month_end_date is null and requests.start_date is not null

),

{% for name in plan.emptied -%}
{{ name }} as (

    select * from {{ built(name) }}
    where false

),

{% endfor -%}
int_customer__customer as (

    -- Each request is for a customer of its own, who is what the real one is.
    select
        requests.loan_id as customer_id,
        customers.customer_type_code,
        coalesce(requests.enterprise_size_code, customers.enterprise_size) as enterprise_size,
        customers.industry_section
    from requests
    left join {{ built('int_customer__customer') }} as customers
        on requests.customer_id = customers.customer_id

),

int_customer__enterprise_size as (

    select customer_id, enterprise_size from int_customer__customer
    where enterprise_size is not null

),

exposure_class as (

    select
        requests.loan_id as customer_id,
        classes.customer_type_code,
        classes.enterprise_size_code,
        classes.valid_from,
        classes.valid_to,
        classes.exposure_class_code
    from {{ built('exposure_class') }} as classes
    left join requests
        on classes.customer_id = requests.customer_id
    where classes.customer_id is null or requests.customer_id is not null

),

requested_loans as (

    select
        requests.loan_id,
        requests.loan_id as customer_id,
        coalesce(requests.product_code, '') as product_code,
        cast(null as varchar) as loan_type_code,
        requests.guarantee_type_code,
        requests.currency_code,
        requests.repayment_method_code,
        requests.pricing_benchmark_code,
        coalesce(requests.enterprise_size_code, originals.enterprise_size_at_start_code)
            as enterprise_size_at_start_code,
        cast(null as varchar) as branch_code,
        requests.channel_code,
        requests.start_date,
        requests.start_date + requests.term_days as maturity_date,
        requests.contract_amount,
        requests.annual_rate_pct,
        cast(requests.annual_rate_pct * 0.01 as decimal(11, 8)) as annual_rate,
        requests.repricing_months,
        requests.probability_of_default,
        requests.loss_given_default,
        requests.priced_date
    from requests
    left join {{ built('stg_loan_servicing__loan_contract') }} as originals
        on
            requests.stands_for_loan_id = originals.loan_id
            and requests.customer_id = originals.customer_id

),

stg_loan_servicing__loan_contract as (

    {% set columns = [
        'product_code', 'loan_type_code', 'guarantee_type_code', 'currency_code', 'repayment_method_code',
        'pricing_benchmark_code', 'enterprise_size_at_start_code', 'branch_code', 'channel_code', 'start_date',
        'maturity_date', 'contract_amount', 'annual_rate_pct', 'annual_rate', 'repricing_months', 'probability_of_default',
        'loss_given_default',
    ] -%}
    select loan_id, customer_id, {{ columns | join(', ') }}
    from requested_loans

    union all

    -- What the customer owes already decides what tax exempts; a loan that the request stands for is not owed besides.
    select
        requests.loan_id || loans.loan_id as loan_id,
        requests.loan_id as customer_id,
        loans.{{ columns | join(', loans.') }}
    from requests
    inner join {{ built('stg_loan_servicing__loan_contract') }} as loans
        on requests.customer_id = loans.customer_id
    where requests.stands_for_loan_id is null or loans.loan_id <> requests.stands_for_loan_id

),

{{ models_over(plan.replaced, plan.targets, plan.kept, queries) }},

valued as (

    -- Risk and cost of the loans of each day, under its policies.
    select of_day.*
    from pricing_days as days
    cross join lateral (

        with

        int_reporting__as_of as (

            select * from pricing_days
            where as_of_date = days.as_of_date

        ),

        stg_loan_servicing__loan_contract as (

            select * from requested_loans
            where priced_date = days.as_of_date

        ),

        {{ models_over(plan.replaced, plan.targets_by_day, plan.kept, queries) }}

        select
            risks.loan_id,
            risks.exposure_class_code,
            risks.loss_source_code,
            risks.probability_of_default as used_probability_of_default,
            risks.loss_given_default as used_loss_given_default,
            risks.expected_loss_rate,
            risks.risk_weight,
            risks.capital_rate,
            costs.annual_cost_amount,
            costs.balance_cost_rate
        from int_value__loan_risk as risks
        inner join int_value__operating_cost as costs
            on
                costs.contract_kind_code = 'loan'
                and risks.loan_id = costs.contract_id

    ) as of_day

),

joined as (

    select
        requests.*,
        policies.hurdle_rate_pct,
        policies.income_tax_rate_pct,
        days.days_in_year,
        requests.start_date + requests.term_days as maturity_date,
        cast(round(requests.contract_amount * exchange_rates.rate_to_reporting, 2) as decimal(20, 2)) as reporting_amount,
        prices.benchmark_multiple,
        prices.ftp_rate,
        prices.net_interest_factor,
        prices.ftp_margin_pct,
        cast(prices.ftp_margin_pct * 0.01 as decimal(12, 10)) as spread_rate,
        valued.exposure_class_code,
        valued.loss_source_code,
        valued.used_probability_of_default,
        valued.used_loss_given_default,
        valued.expected_loss_rate,
        valued.risk_weight,
        valued.capital_rate,
        valued.annual_cost_amount,
        valued.balance_cost_rate,
        customers.enterprise_size,
        segments.segment_code,
        segments.segment_name_zh,
        segments.segment_name_en,
        segments.silhouette
    from requests
    inner join pricing_days as days
        on requests.priced_date = days.as_of_date
    inner join {{ built('profitability_policy') }} as policies
        on requests.priced_date between policies.valid_from and policies.valid_to
    left join {{ built('int_reporting__exchange_rate_interval') }} as exchange_rates
        on
            {{ currency_or_reporting('requests.currency_code') }} = exchange_rates.currency_code
            and requests.start_date >= exchange_rates.valid_from
            and requests.start_date < exchange_rates.valid_before
    left join int_loan__price_at_start as prices
        on requests.loan_id = prices.loan_id
    left join valued
        on requests.loan_id = valued.loan_id
    left join int_customer__customer as customers
        on requests.loan_id = customers.customer_id
    left join loan_segment as segments
        on requests.loan_id = segments.loan_id

),

yearly as (

    -- A year with the whole amount outstanding.
    select
        *,
        {{ contribution('reporting_amount * days_in_year', 'spread_rate') }} as contribution,
        {{ contribution('reporting_amount * term_days', 'spread_rate') }} as life_contribution,
        {{ operating_cost(
            'reporting_amount * days_in_year', 'balance_cost_rate', 'days_in_year', 'annual_cost_amount', 'days_in_year'
        ) }} as cost,
        {{ expected_loss('reporting_amount * days_in_year', 'expected_loss_rate', 'days_in_year') }} as loss,
        {{ economic_capital('reporting_amount * days_in_year', 'capital_rate', 'days_in_year') }} as capital
    from joined

),

rounded as (

    select
        *,
        cast(round(contribution, 2) as decimal(18, 2)) as annual_contribution_amount,
        cast(round(life_contribution, 2) as decimal(18, 2)) as life_contribution_amount,
        cast(round(cost, 2) as decimal(18, 2)) as annual_operating_cost_amount,
        cast(round(loss, 2) as decimal(18, 2)) as annual_expected_loss_amount,
        cast(round(capital, 2) as decimal(18, 2)) as economic_capital_amount
    from yearly

),

charged as (

    select
        *,
        cast(annual_contribution_amount - annual_operating_cost_amount - annual_expected_loss_amount as decimal(18, 2))
            as pre_tax_amount,
        {{ capital_charge('economic_capital_amount', 'hurdle_rate_pct', 'days_in_year', 'days_in_year') }}
            as capital_charge_amount
    from rounded

),

taxed as (

    select *, {{ income_tax('pre_tax_amount', 'income_tax_rate_pct') }} as income_tax_amount from charged

),

peer_loans as (

    select
        segments.segment_code,
        customers.enterprise_size,
        {{ per_rate_measure('cast(features.{m} as double) as {m}') }}
    from {{ built('loan_segment') }} as segments
    inner join {{ built('int_segmentation__loan_feature') }} as features
        on segments.loan_id = features.loan_id
    inner join {{ built('int_customer__customer') }} as customers
        on features.customer_id = customers.customer_id
    where segments.segment_code is not null

),

{% for peers in scopes.values() -%}
{% set keys = 'segment_code' if loop.first else 'segment_code, enterprise_size' -%}
{{ peers }} as (

    select
        {{ keys }},
        count(*) as loan_count,
        {% for quartile, share in quartiles.items() -%}
        {{ per_rate_measure('percentile_cont(' ~ share ~ ') within group (order by {m}) as {m}_' ~ quartile) }}{{ ',' if not loop.last }}
        {% endfor %}
    from peer_loans
    group by {{ keys }}

),

{% endfor -%}
final as (

    select
        ----------  keys
        taxed.request_id,
        taxed.customer_id,

        ----------  terms
        taxed.start_date,
        taxed.maturity_date,
        taxed.term_days,
        cast(taxed.reporting_amount as decimal(18, 2)) as contract_amount,
        taxed.enterprise_size,

        ----------  price
        taxed.annual_rate_pct,
        taxed.benchmark_multiple,
        taxed.ftp_rate,
        taxed.net_interest_factor,
        taxed.ftp_margin_pct,

        ----------  from contribution to value, a year
        taxed.annual_contribution_amount,
        taxed.life_contribution_amount,
        taxed.annual_operating_cost_amount,
        taxed.annual_expected_loss_amount,
        cast(taxed.income_tax_amount as decimal(18, 2)) as annual_income_tax_amount,
        cast(taxed.pre_tax_amount - taxed.income_tax_amount as decimal(18, 2)) as annual_after_tax_amount,
        taxed.economic_capital_amount,
        cast(taxed.capital_charge_amount as decimal(18, 2)) as annual_capital_charge_amount,
        {{ raroc('(taxed.pre_tax_amount - taxed.income_tax_amount)', 'taxed.economic_capital_amount', 'taxed.days_in_year', 'taxed.days_in_year') }}
            as raroc,
        cast(taxed.pre_tax_amount - taxed.income_tax_amount - taxed.capital_charge_amount as decimal(18, 2)) as annual_eva_amount,

        ----------  risk
        taxed.loss_source_code,
        taxed.used_probability_of_default as probability_of_default,
        taxed.used_loss_given_default as loss_given_default,
        taxed.expected_loss_rate,
        taxed.exposure_class_code,
        taxed.risk_weight,
        taxed.capital_rate,
        cast(taxed.hurdle_rate_pct * 0.01 as double) as hurdle_rate,

        ----------  segment, and what its loans pay
        taxed.segment_code,
        taxed.segment_name_zh,
        taxed.segment_name_en,
        taxed.silhouette,
        {% for scope, peers in scopes.items() -%}
        {{ peers }}.loan_count as {{ scope }}_loan_count,
        {% for quartile in quartiles -%}
        {{ per_rate_measure(peers ~ '.{m}_' ~ quartile ~ ' as ' ~ scope ~ '_{m}_' ~ quartile) }}{{ ',' if not loop.last }}
        {% endfor %}{{ ',' if not loop.last }}
        {% endfor %}
    from taxed
    left join peers
        on taxed.segment_code = peers.segment_code
    left join size_peers
        on
            taxed.segment_code = size_peers.segment_code
            and taxed.enterprise_size = size_peers.enterprise_size

)

select * from final
{% endmacro %}

{#-
  Which models price a loan: those from the replaced to the targets. Emptied is what the bank knows of its own contracts
  and not of one that is asked for; kept is what is known of the bank as a whole, and what was learned from it.
-#}
{% macro priced_loan_models() %}
    {% set emptied = [
        'stg_core_banking__deposit_account', 'stg_core_banking__deposit_rate', 'stg_loan_servicing__loan_rate',
        'int_loan__class_interval', 'int_contract__monthly_contribution', 'int_contract__year_to_date',
        'int_segmentation__customer_feature',
    ] %}
    {{ return({
        'replaced': [
            'stg_loan_servicing__loan_contract', 'int_reporting__as_of', 'int_reporting__month', 'int_customer__customer',
            'int_customer__enterprise_size', 'exposure_class',
        ] + emptied,
        'emptied': emptied,
        'targets': ['int_loan__price_at_start', 'loan_segment'],
        'targets_by_day': ['int_value__loan_risk', 'int_value__operating_cost'],
        'kept': [
            'int_reporting__exchange_rate_interval', 'int_reporting__exchange_rate_month', 'int_ftp__curve_bracket',
            'int_segmentation__space', 'int_segmentation__training', 'int_segmentation__feature_range',
            'int_segmentation__prototype', 'int_segmentation__choice', 'int_segmentation__centre',
            'int_segmentation__segment', 'int_segmentation__rate_basis_candidate',
        ],
    }) }}
{% endmacro %}

{#- Columns of a loan that is asked for. -#}
{% macro loan_request_columns() %}
    {{ return({
        'request_id': 'varchar', 'customer_id': 'varchar', 'annual_rate_pct': 'decimal(9, 6)', 'term_days': 'integer',
        'contract_amount': 'decimal(18, 2)', 'start_date': 'date', 'currency_code': 'varchar', 'product_code': 'varchar',
        'guarantee_type_code': 'varchar', 'channel_code': 'varchar', 'repayment_method_code': 'varchar',
        'repricing_months': 'integer', 'pricing_benchmark_code': 'varchar', 'enterprise_size_code': 'varchar',
        'probability_of_default': 'double', 'loss_given_default': 'double', 'stands_for_loan_id': 'varchar',
    }) }}
{% endmacro %}
