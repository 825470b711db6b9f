with

months as (

    select * from {{ ref('int_reporting__month') }}

),

factors as (

    select * from {{ ref('int_reporting__tax_regime_factor') }}

),

final as (

    select
        months.month_end_date,
        factors.regime_code,
        factors.net_interest_factor
    from months
    left join factors
        on months.month_start_date between factors.valid_from and factors.valid_to

)

select * from final
