with

exemptions as (

    select * from {{ ref('int_reporting__elected_exemption') }}

),

loans as (

    select *, {{ currency_or_reporting('currency_code') }} as loan_currency_code
    from {{ ref('stg_loan_servicing__loan_contract') }}

),

sizes as (

    select * from {{ ref('int_customer__enterprise_size') }}

),

exchange_rates as (

    select * from {{ ref('int_reporting__exchange_rate_interval') }}

),

exempt_sizes as (

    select 'small' as enterprise_size from exemptions
    where applies_to_small
    union distinct
    select 'micro' as enterprise_size from exemptions
    where applies_to_micro

),

small_loans as (

    -- Without an election this is empty, and nothing is computed.
    select loans.*, exempt_sizes.enterprise_size
    from loans
    left join sizes
        on loans.customer_id = sizes.customer_id
    inner join exempt_sizes
        on coalesce(loans.enterprise_size_at_start_code, sizes.enterprise_size) = exempt_sizes.enterprise_size

),

judged_days as (

    select distinct customer_id, start_date as judged_date from small_loans

),

granted as (

    -- What the customer owes by contract on that day, without the loans that have matured by it.
    select
        judged_days.customer_id,
        judged_days.judged_date,
        loans.loan_currency_code,
        -- No limit is near the largest amount; so bounded, the product with a rate stays exact.
        cast(least(sum(loans.contract_amount), 9999999999999999.99) as decimal(19, 2)) as contract_amount
    from judged_days
    inner join loans
        on
            judged_days.customer_id = loans.customer_id
            and judged_days.judged_date >= loans.start_date
            and judged_days.judged_date < coalesce(loans.maturity_date, {{ last_date() }})
    group by judged_days.customer_id, judged_days.judged_date, loans.loan_currency_code

),

credits as (

    select
        granted.customer_id,
        granted.judged_date,
        sum(granted.contract_amount * exchange_rates.rate_to_reporting) as credit_amount,
        bool_and(exchange_rates.rate_to_reporting is not null) as is_converted
    from granted
    inner join exchange_rates
        on
            granted.loan_currency_code = exchange_rates.currency_code
            and granted.judged_date >= exchange_rates.valid_from
            and granted.judged_date < exchange_rates.valid_before
    group by granted.customer_id, granted.judged_date

),

final as (

    select
        ----------  keys
        small_loans.loan_id,
        small_loans.customer_id,

        ----------  attributes
        small_loans.enterprise_size,
        small_loans.start_date,
        {{ days_between('small_loans.start_date', 'small_loans.maturity_date') }} as term_days,
        coalesce(small_loans.repricing_months, 0) > 0 as is_floating,

        ----------  measures
        case
            when coalesce(credits.is_converted, true)
                then
                    coalesce(credits.credit_amount, 0)
                    -- A loan that matures on its first day is not among those of the day, but counts for itself.
                    + case
                        when small_loans.maturity_date = small_loans.start_date
                            then cast(small_loans.contract_amount as decimal(19, 2)) * exchange_rates.rate_to_reporting
                        else 0
                    end
        end as credit_amount

    from small_loans
    left join credits
        on
            small_loans.customer_id = credits.customer_id
            and small_loans.start_date = credits.judged_date
    left join exchange_rates
        on
            small_loans.loan_currency_code = exchange_rates.currency_code
            and small_loans.start_date >= exchange_rates.valid_from
            and small_loans.start_date < exchange_rates.valid_before

)

select * from final
