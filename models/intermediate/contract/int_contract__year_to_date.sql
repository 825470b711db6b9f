with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

months as (

    select months.*
    from {{ ref('int_contract__monthly_contribution') }} as months
    inner join as_of
        on months.month_end_date >= as_of.year_start_date

),

first_balances as (

    -- Till then a contract does not count for the plug-in form.
    select
        contract_kind_code,
        contract_id,
        min(first_balance_date) as first_balance_date
    from {{ ref('int_contract__monthly_contribution') }}
    where first_balance_date is not null
    group by contract_kind_code, contract_id

),

averaged as (

    select
        months.contract_kind_code,
        months.contract_id,
        months.customer_id,
        months.balance_days,
        months.daily_balance_sum,
        months.contribution_amount,
        -- Months without a contribution are left out of the plug-in form altogether.
        case when months.contribution_amount is not null then months.daily_balance_sum end as plug_in_balance_sum,
        case when months.contribution_amount is not null then months.contingent_liquidity_amount end
            as contingent_liquidity_amount,
        case
            when months.contribution_amount is null or months.month_end_date < first_balances.first_balance_date then 0
            when months.first_balance_date = first_balances.first_balance_date
                then coalesce(months.late_days, months.plug_in_days)
            else months.plug_in_days
        end as plug_in_days,
        case
            when months.contribution_amount is null or months.month_end_date < first_balances.first_balance_date then 0
            when months.first_balance_date = first_balances.first_balance_date
                then coalesce(months.late_spread_sum, months.plug_in_spread_sum)
            else months.plug_in_spread_sum
        end as plug_in_spread_sum
    from months
    left join first_balances
        on
            months.contract_kind_code = first_balances.contract_kind_code
            and months.contract_id = first_balances.contract_id

),

summed as (

    select
        contract_kind_code,
        contract_id,
        max(customer_id) as customer_id,
        cast(sum(balance_days) as integer) as balance_days,
        sum(daily_balance_sum) as daily_balance_sum,
        -- NULL only when every month of the year is.
        sum(contribution_amount) as contribution_amount,
        coalesce(sum(plug_in_balance_sum), 0) as plug_in_balance_sum,
        sum(plug_in_days) as plug_in_days,
        sum(plug_in_spread_sum) as plug_in_spread_sum,
        coalesce(sum(contingent_liquidity_amount), 0) as contingent_liquidity_amount
    from averaged
    group by contract_kind_code, contract_id

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        customer_id,

        ----------  measures
        balance_days,

        ----------  amounts
        daily_balance_sum,
        contribution_amount,
        -- Average balance × average spread × days / 360, the study's form: right only while rates stand still.
        -- What an undrawn line costs is no spread on a balance and comes off as it is.
        coalesce(
            {{ exact_divide(
                'cast(plug_in_balance_sum as decimal(22, 2)) * cast(plug_in_spread_sum as decimal(15, 10))',
                'nullif(cast(plug_in_days as bigint) * ' ~ day_count() ~ ', 0)',
                10
            ) }}, 0
        ) - contingent_liquidity_amount as plug_in_amount

    from summed

)

select * from final
