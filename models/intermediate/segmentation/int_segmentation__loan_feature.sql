with

loans as (

    select * from {{ ref('int_loan__feature') }}

),

final as (

    select
        ----------  keys
        loan_id,
        customer_id,

        ----------  dates
        start_date,

        ----------  features
        term_days,
        contract_amount,
        annual_rate_pct,
        benchmark_multiple,
        ftp_margin_pct

    from loans
    where {{ in_population() }}

)

select * from final
