with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

policies as (

    -- The rows of the as-of day speak for the whole year to date.
    select
        as_of.as_of_date,
        as_of.elapsed_days,
        as_of.days_in_year,
        policies.capital_ratio_pct
    from as_of
    inner join {{ ref('profitability_policy') }} as policies
        on as_of.as_of_date between policies.valid_from and policies.valid_to

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

statuses as (

    select * from {{ ref('int_loan__status') }}

),

customers as (

    select * from {{ ref('int_customer__customer') }}

),

exposure_classes as (

    select
        exposure_classes.*,
        -- The most specific row wins: by customer, then size, then type.
        case when exposure_classes.customer_id is null then 0 else 4 end
        + case when exposure_classes.enterprise_size_code is null then 0 else 2 end
        + case when exposure_classes.customer_type_code is null then 0 else 1 end as specificity
    from {{ ref('exposure_class') }} as exposure_classes
    inner join policies
        on policies.as_of_date between exposure_classes.valid_from and exposure_classes.valid_to

),

risk_weights as (

    select risk_weights.exposure_class_code, risk_weights.risk_weight_pct
    from {{ ref('risk_weight') }} as risk_weights
    inner join policies
        on policies.as_of_date between risk_weights.valid_from and risk_weights.valid_to

),

provisions as (

    select
        provisions.class_code,
        provisions.replaces_stated_loss,
        -- Nobody loses more than is owed.
        least((provisions.specific_rate_pct + provisions.general_rate_pct) * 0.01, 1) as provision_rate
    from {{ ref('provision_rate') }} as provisions
    inner join policies
        on policies.as_of_date between provisions.valid_from and provisions.valid_to

),

default_losses as (

    select
        default_losses.guarantee_type_code,
        cast(default_losses.loss_given_default_pct as double) / 100 as loss_given_default
    from {{ ref('loss_given_default') }} as default_losses
    inner join policies
        on policies.as_of_date between default_losses.valid_from and default_losses.valid_to

),

years_to_date as (

    select * from {{ ref('int_contract__year_to_date') }}
    where contract_kind_code = 'loan'

),

classed as (

    select
        borrowers.customer_id,
        max_by(exposure_classes.exposure_class_code, exposure_classes.specificity) as exposure_class_code
    from (select distinct customer_id from loans) as borrowers
    inner join customers
        on borrowers.customer_id = customers.customer_id
    inner join exposure_classes
        on
            customers.customer_id = coalesce(exposure_classes.customer_id, customers.customer_id)
            and coalesce(customers.enterprise_size, '')
            = coalesce(exposure_classes.enterprise_size_code, customers.enterprise_size, '')
            and coalesce(customers.customer_type_code, '')
            = coalesce(exposure_classes.customer_type_code, customers.customer_type_code, '')
    group by borrowers.customer_id

),

rated as (

    select
        loans.loan_id,
        loans.customer_id,
        statuses.class_code,
        classed.exposure_class_code,
        case
            when loans.probability_of_default is null or provisions.replaces_stated_loss then 'provision'
            when loans.loss_given_default is null then 'default_lgd'
            else 'stated'
        end as loss_source_code,
        loans.probability_of_default,
        coalesce(loans.loss_given_default, of_guarantee.loss_given_default, of_all.loss_given_default)
            as loss_given_default,
        provisions.provision_rate,
        risk_weights.risk_weight_pct,
        policies.elapsed_days,
        policies.days_in_year,
        {{ capital_rate('risk_weights.risk_weight_pct', 'policies.capital_ratio_pct') }} as capital_rate,
        -- An overpaid loan is no exposure.
        case
            when years_to_date.contract_id is null or years_to_date.daily_balance_sum < 0 then 0
            else years_to_date.daily_balance_sum
        end as daily_exposure_sum
    from loans
    cross join policies
    inner join statuses
        on loans.loan_id = statuses.loan_id
    inner join classed
        on loans.customer_id = classed.customer_id
    inner join risk_weights
        on classed.exposure_class_code = risk_weights.exposure_class_code
    inner join provisions
        on coalesce(statuses.class_code, 'unclassified') = provisions.class_code
    inner join default_losses as of_all
        on of_all.guarantee_type_code is null
    left join default_losses as of_guarantee
        on loans.guarantee_type_code = of_guarantee.guarantee_type_code
    left join years_to_date
        on loans.loan_id = years_to_date.contract_id

),

priced as (

    select
        *,
        case
            when loss_source_code = 'provision' then provision_rate
            else {{ expected_loss_rate('probability_of_default', 'loss_given_default') }}
        end as expected_loss_rate
    from rated

),

final as (

    select
        ----------  keys
        loan_id,
        customer_id,

        ----------  attributes
        class_code,
        exposure_class_code,
        loss_source_code,

        ----------  rates
        case when loss_source_code <> 'provision' then probability_of_default end as probability_of_default,
        case when loss_source_code <> 'provision' then loss_given_default end as loss_given_default,
        cast(expected_loss_rate as decimal(11, 10)) as expected_loss_rate,
        cast(risk_weight_pct * 0.01 as decimal(10, 8)) as risk_weight,
        cast(capital_rate as decimal(11, 10)) as capital_rate,

        ----------  amounts
        cast(daily_exposure_sum as decimal(22, 2)) as daily_exposure_sum,
        cast({{ exact_divide('daily_exposure_sum', 'elapsed_days', 2) }} as decimal(18, 2))
            as exposure_at_default_amount,
        {{ expected_loss('daily_exposure_sum', 'expected_loss_rate', 'days_in_year') }} as expected_loss_amount,
        {{ economic_capital('daily_exposure_sum', 'capital_rate', 'elapsed_days') }} as economic_capital_amount

    from priced

)

select * from final
