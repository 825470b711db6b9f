-- Month ends, leap days, first and last days: a contract's balance days over all its months are the days
-- of its balance rows, once each.
with

months as (

    select contract_kind_code, contract_id, sum(balance_days) as balance_days
    from {{ ref('int_contract__monthly_balance') }}
    group by contract_kind_code, contract_id

),

intervals as (

    select
        contract_kind_code,
        contract_id,
        sum(case when balance <> 0 then {{ days_between('valid_from', 'valid_before') }} else 0 end) as balance_days
    from {{ ref('int_contract__balance_interval') }}
    group by contract_kind_code, contract_id

)

select intervals.*
from intervals
left join months
    on
        intervals.contract_kind_code = months.contract_kind_code
        and intervals.contract_id = months.contract_id
where months.balance_days is null or months.balance_days <> intervals.balance_days
