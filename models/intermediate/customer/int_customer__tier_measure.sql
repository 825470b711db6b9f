with

contributions as (

    select * from {{ ref('customer_contribution') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

contracts as (

    select * from {{ ref('int_contract__year_to_date') }}

),

loans as (

    select * from {{ ref('int_loan__status') }}

),

thresholds as (

    {{ tier_thresholds() }}

),

classes as (

    -- The worst class among the customer's loans that count.
    select
        customer_id,
        max(class_code) filter (
            where {{ counts_for_class('is_open', 'guarantee_type_code', {'class_loans': 'open'}) }}
        ) as open_class_code,
        max(class_code) filter (
            where {{ counts_for_class('is_open', 'guarantee_type_code', {'class_loans': 'all'}) }}
        ) as all_class_code,
        max(class_code) filter (
            where {{ counts_for_class('is_open', 'guarantee_type_code', {'class_loans': 'unsecured'}) }}
        ) as unsecured_class_code
    from loans
    group by customer_id

),

kinds as (

    select
        customer_id,
        contract_kind_code,
        coalesce(round(sum(other_basis_amount), 2), 0) as other_basis_amount,
        sum({{ plug_in_contribution(
            'plug_in_balance_sum', 'plug_in_spread_sum', 'plug_in_days',
            on_day_count('contingent_liquidity_amount', {'day_count': other_day_count()}),
            {'day_count': other_day_count()}
        ) }}) as other_basis_plug_in_amount,
        sum(plug_in_balance_sum) as balance_sum,
        -- One rate of the customer for all its accounts of a kind, whatever each holds.
        coalesce({{ exact_divide('sum(plug_in_spread_sum)', 'nullif(cast(sum(plug_in_days) as bigint), 0)', 10) }}, 0)
            as spread_rate,
        sum(contingent_liquidity_amount) as contingent_liquidity_amount
    from contracts
    group by customer_id, contract_kind_code

),

averaged as (

    select
        customer_id,
        sum(other_basis_amount) as other_basis_amount,
        sum(other_basis_plug_in_amount) as other_basis_plug_in_amount,
        sum({{ contribution('balance_sum', 'spread_rate') }} - contingent_liquidity_amount) as customer_plug_in_amount,
        sum(
            {{ contribution('balance_sum', 'spread_rate', {'day_count': other_day_count()}) }}
            - {{ on_day_count('contingent_liquidity_amount', {'day_count': other_day_count()}) }}
        ) as other_basis_customer_plug_in_amount
    from kinds
    group by customer_id

),

final as (

    select
        ----------  keys
        contributions.customer_id,

        ----------  dates
        contributions.as_of_date,

        ----------  amounts
        contributions.contribution_amount as daily_amount,
        contributions.plug_in_contribution_amount as account_average_amount,
        cast(
            round(coalesce(averaged.customer_plug_in_amount, 0) + contributions.fee_income_amount, 2) as decimal(18, 2)
        ) as customer_average_amount,
        cast(
            round(
                coalesce(averaged.{{ other_basis_column() }}, 0) + contributions.fee_income_amount, 2
            ) as decimal(18, 2)
        ) as other_basis_amount,
        contributions.fee_income_amount,

        ----------  attributes
        customers.in_rating_scope,
        classes.open_class_code,
        classes.all_class_code,
        classes.unsecured_class_code,

        ----------  thresholds of the day
        thresholds.core_minimum_amount,
        thresholds.core_class_code,
        thresholds.basic_minimum_amount,
        thresholds.basic_class_code,
        thresholds.is_core_first

    from contributions
    inner join customers
        on contributions.customer_id = customers.customer_id
    left join classes
        on contributions.customer_id = classes.customer_id
    left join averaged
        on contributions.customer_id = averaged.customer_id
    left join thresholds
        on contributions.as_of_date between thresholds.valid_from and thresholds.valid_to

)

select * from final
