{{ config(materialized='view') }}

with

regimes as (

    select * from {{ ref('tax_regime') }}

),

taxes as (

    -- Tax as parts of a whole, so that the division is exact: 6 inside 106, or 5 of 100.
    select
        *,
        tax_rate_pct * (1 + surcharge_pct_of_tax * 0.01) as tax_and_surcharge_pct,
        100 + case when is_price_inclusive then tax_rate_pct else 0 end as price_pct
    from regimes

),

final as (

    select
        regime_code,
        valid_from,
        valid_to,
        cast(
            {{ exact_divide(
                '(price_pct - tax_and_surcharge_pct) * 1000000', 'cast(price_pct * 1000000 as bigint)', 10
            ) }} as decimal(11, 10)
        ) as net_interest_factor
    from taxes

)

select * from final
