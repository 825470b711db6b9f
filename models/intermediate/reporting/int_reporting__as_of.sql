with

dates as (

    select max(balance_date) as latest_date from {{ ref('stg_core_banking__deposit_balance') }}
    union all
    select max(balance_date) as latest_date from {{ ref('stg_loan_servicing__loan_balance') }}
    union all
    select max(booked_date) as latest_date from {{ ref('stg_core_banking__fee_income') }}
    union all
    select max(start_date) as latest_date from {{ ref('stg_loan_servicing__loan_contract') }}
    union all
    select max(month_end_date) as latest_date from {{ ref('stg_loan_servicing__loan_performance') }}
    union all
    select max(cast(occurred_at as date)) as latest_date from {{ ref('stg_marketing__campaign_event') }}
    union all
    select max(as_of_date) as latest_date from {{ ref('stg_general_ledger__ledger_control') }}

),

chosen as (

    select coalesce({{ date_setting_sql('as_of_date') }}, max(latest_date)) as as_of_date from dates

),

final as (

    select
        {{ reporting_day('as_of_date') }},
        coalesce({{ date_setting_sql('segmentation_start_date') }}, cast(date_trunc('year', as_of_date) as date))
            as segmentation_start_date,
        coalesce({{ date_setting_sql('segmentation_end_date') }}, as_of_date) as segmentation_end_date
    from chosen

)

select * from final
