-- Average balance × average spread × days / 360 is the sum over days while the spread stands still; else the two
-- differ by the covariance of balance and spread. A month is rounded to 10 decimals, and so is the plug-in form.
with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

spreads as (

    select
        prices.contract_kind_code,
        prices.contract_id,
        count(distinct prices.month_end_date) as month_count
    from {{ ref('int_contract__monthly_price') }} as prices
    inner join as_of
        on prices.month_end_date >= as_of.year_start_date
    group by prices.contract_kind_code, prices.contract_id
    having count(prices.spread_rate) = count(*) and min(prices.spread_rate) = max(prices.spread_rate)

),

unknown_months as (

    select distinct contract_kind_code, contract_id
    from {{ ref('int_contract__monthly_contribution') }}
    where contribution_amount is null

)

select contracts.*
from {{ ref('int_contract__year_to_date') }} as contracts
inner join spreads
    on
        contracts.contract_kind_code = spreads.contract_kind_code
        and contracts.contract_id = spreads.contract_id
left join unknown_months
    on
        contracts.contract_kind_code = unknown_months.contract_kind_code
        and contracts.contract_id = unknown_months.contract_id
where
    unknown_months.contract_id is null
    and abs(contracts.contribution_amount - contracts.plug_in_amount) > (spreads.month_count + 1) * 0.00000000005
