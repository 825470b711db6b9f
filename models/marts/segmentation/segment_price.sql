with

segments as (

    select * from {{ ref('loan_segment') }}
    where segment_code is not null

),

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

prices as (

    select * from {{ ref('int_loan__price_at_start') }}

),

priced as (

    -- A benchmark or transfer price counts where the loan has a rate to hold against it.
    select
        segments.segment_code,
        -- Over 18 digits, beyond which the product with a rate overflows.
        cast(loans.contract_amount as decimal(20, 2)) as contract_amount,
        prices.annual_rate_pct,
        cast(prices.benchmark_multiple as decimal(19, 10)) as benchmark_multiple,
        cast(prices.ftp_margin_pct * 0.01 as decimal(19, 12)) as ftp_margin,
        case when prices.benchmark_multiple is not null then prices.benchmark_rate_pct end as benchmark_rate_pct,
        case when prices.ftp_margin_pct is not null then cast(prices.ftp_rate as decimal(19, 10)) end as ftp_rate
    from segments
    inner join loans
        on segments.loan_id = loans.loan_id
    inner join prices
        on segments.loan_id = prices.loan_id

),

final as (

    select
        ----------  keys
        segment_code,

        ----------  nominal
        count(*) as loan_count,
        {{ mean_and_weighted('annual_rate_pct', 'contract_amount') }},

        ----------  against the benchmark of the day
        {{ mean_and_weighted('benchmark_multiple', 'contract_amount') }},
        {{ mean_of('benchmark_rate_pct') }} as mean_benchmark_rate_pct,
        count(*) - count(benchmark_multiple) as no_benchmark_loan_count,

        ----------  over funds, after tax
        {{ mean_and_weighted('ftp_margin', 'contract_amount') }},
        {{ mean_of('ftp_rate') }} as mean_ftp_rate,
        count(*) - count(ftp_margin) as no_ftp_margin_loan_count

    from priced
    group by segment_code

)

select * from final
