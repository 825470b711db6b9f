with

adjustments as (

    select * from {{ ref('int_assessed__monthly_adjustment') }}

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        month_end_date,
        adjustment_code,
        customer_id,

        ----------  amounts
        cast(average_daily_balance_change as decimal(18, 2)) as average_daily_balance_change,
        cast(contribution_change_amount as decimal(38, 10)) as contribution_change_amount

    from adjustments

)

select * from final
