with

rows_read as (

    select * from {{ ref('base_loan_servicing__loan_contract') }}

),

final as (

    select
        ----------  keys
        loan_id,
        customer_id,
        campaign_id,
        campaign_id_unknown,

        ----------  attributes
        product_code,
        loan_type_code,
        guarantee_type_code,
        purpose,
        currency_code,
        repayment_method_code,
        pricing_benchmark_code,
        enterprise_size_at_start_code,
        branch_code,
        channel_code,

        ----------  dates
        start_date,
        maturity_date,

        ----------  measures
        contract_amount,
        annual_rate_pct,
        cast(annual_rate_pct * 0.01 as decimal(11, 8)) as annual_rate,
        repricing_months,
        probability_of_default,
        loss_given_default

    from rows_read
    where reason_code is null

)

select * from final
