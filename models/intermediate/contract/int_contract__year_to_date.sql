with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

months as (

    select * from {{ ref('int_contract__monthly_contribution') }}

),

summed as (

    select
        months.contract_kind_code,
        months.contract_id,
        max(months.customer_id) as customer_id,
        sum(months.daily_balance_sum) as daily_balance_sum,
        -- NULL only when every month of the year is.
        sum(months.contribution_amount) as contribution_amount,
        -- Months without a contribution are left out of the plug-in form altogether.
        coalesce(sum(months.daily_balance_sum) filter (where months.contribution_amount is not null), 0)
            as plug_in_balance_sum,
        coalesce(sum(months.plug_in_spread_sum) filter (where months.contribution_amount is not null), 0)
            as plug_in_spread_sum,
        coalesce(sum(months.plug_in_days) filter (where months.contribution_amount is not null), 0) as plug_in_days
    from months
    inner join as_of
        on months.month_end_date >= as_of.year_start_date
    group by months.contract_kind_code, months.contract_id

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        customer_id,

        ----------  amounts
        daily_balance_sum,
        contribution_amount,
        -- Average balance × average spread × days / 360, the study's form: right only while rates stand still.
        coalesce(
            {{ exact_divide(
                'cast(plug_in_balance_sum as decimal(22, 2)) * cast(plug_in_spread_sum as decimal(15, 10))',
                'nullif(cast(plug_in_days as bigint) * 360, 0)',
                10
            ) }}, 0
        ) as plug_in_amount

    from summed

)

select * from final
