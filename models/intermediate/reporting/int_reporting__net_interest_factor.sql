with

regimes as (

    select * from {{ ref('tax_regime') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

taxes as (

    -- Tax as parts of a whole, so that the division is exact: 6 inside 106, or 5 of 100.
    select
        *,
        tax_rate_pct * (1 + surcharge_pct_of_tax * 0.01) as tax_and_surcharge_pct,
        100 + case when is_price_inclusive then tax_rate_pct else 0 end as price_pct
    from regimes

),

factors as (

    select
        regime_code,
        valid_from,
        valid_to,
        {{ exact_divide('(price_pct - tax_and_surcharge_pct) * 1000000', 'cast(price_pct * 1000000 as bigint)', 10) }}
            as net_interest_factor
    from taxes

),

final as (

    select
        months.month_end_date,
        factors.regime_code,
        cast(factors.net_interest_factor as decimal(11, 10)) as net_interest_factor
    from months
    left join factors
        on months.month_start_date between factors.valid_from and factors.valid_to

)

select * from final
