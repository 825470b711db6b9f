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
        case months.contract_kind_code
            when 'deposit' then months.transfer_sum - months.interest_sum
            when 'loan' then months.interest_sum - months.transfer_sum
        end as spread_sum,
        -- Months without a contribution are left out of the plug-in form altogether.
        case when months.contribution_amount is not null then months.daily_balance_sum end as plug_in_balance_sum,
        case when months.contribution_amount is not null then months.contingent_liquidity_amount end
            as contingent_liquidity_amount,
        case
            when months.contribution_amount is null or first_balances.contract_id is null then 0
            when months.month_end_date < first_balances.first_balance_date then 0
            when months.first_balance_date = first_balances.first_balance_date
                then coalesce(months.late_days, months.plug_in_days)
            else months.plug_in_days
        end as plug_in_days,
        case
            when months.contribution_amount is null or first_balances.contract_id is null then 0
            when months.month_end_date < first_balances.first_balance_date then 0
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

estimated as (

    select *, {{ quotient_estimate('coalesce(spread_sum, 0)', other_day_count(), 10) }} as other_basis_estimate
    from averaged

),

based as (

    -- What the month would be on the day count that was not chosen.
    select
        *,
        case
            when contribution_amount is not null
                then
                    {{ quotient_settled('coalesce(spread_sum, 0)', other_day_count(), 'other_basis_estimate', 10) }}
                    - {{ on_day_count('contingent_liquidity_amount', {'day_count': other_day_count()}) }}
        end as other_basis_amount
    from estimated

),

summed as (

    select
        contract_kind_code,
        contract_id,
        max(customer_id) as customer_id,
        cast(sum(balance_days) as integer) as balance_days,
        sum(daily_balance_sum) as daily_balance_sum,
        bool_or(contribution_amount is null) as has_unknown_month,
        -- NULL only when every month of the year is.
        sum(contribution_amount) as contribution_amount,
        sum(other_basis_amount) as other_basis_amount,
        coalesce(sum(plug_in_balance_sum), 0) as plug_in_balance_sum,
        sum(plug_in_days) as plug_in_days,
        sum(plug_in_spread_sum) as plug_in_spread_sum,
        coalesce(sum(contingent_liquidity_amount), 0) as contingent_liquidity_amount
    from based
    group by contract_kind_code, contract_id

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        customer_id,

        ----------  attributes
        has_unknown_month,

        ----------  measures
        balance_days,

        ----------  amounts
        daily_balance_sum,
        contribution_amount,
        {{ plug_in_contribution(
            'plug_in_balance_sum', 'plug_in_spread_sum', 'plug_in_days', 'contingent_liquidity_amount'
        ) }} as plug_in_amount,
        contingent_liquidity_amount,

        ----------  for other readings of contribution
        other_basis_amount,
        plug_in_balance_sum,
        plug_in_spread_sum,
        plug_in_days

    from summed

)

select * from final
