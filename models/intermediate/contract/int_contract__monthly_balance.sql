with

pieces as (

    select *, {{ days_between('valid_from', 'valid_before') }} as days
    from {{ ref('int_contract__balance_piece') }}

),

final as (

    select
        ----------  keys
        contract_number,
        month_end_date,
        terms_from,

        ----------  dates
        min(valid_from) as first_date,
        min(valid_from) filter (where balance <> 0) as first_balance_date,

        ----------  measures
        cast(sum(days) as integer) as days,
        cast(coalesce(sum(days) filter (where balance <> 0), 0) as integer) as balance_days,
        cast(coalesce(sum(days) filter (where balance <> 0 and reporting_balance is null), 0) as integer)
            as unconverted_days,
        cast(coalesce(sum(cast(reporting_balance as decimal(20, 2)) * days), 0) as decimal(38, 2)) as daily_balance_sum,
        max_by(balance, valid_from) as closing_balance

    from pieces
    group by contract_number, month_end_date, terms_from

)

select * from final
