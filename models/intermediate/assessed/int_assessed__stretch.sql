with

rules as (

    select * from {{ ref('balance_adjustment') }}

),

months as (

    select * from {{ ref('int_reporting__month') }}

),

windows as (

    select
        rules.*,
        months.month_start_date,
        months.month_end_date,
        months.month_end_date - rules.window_days + 1 as window_start_date
    from rules
    inner join months
        on mod(extract(month from months.month_end_date), rules.period_months) = 0
    where rules.method_code = 'month_end_spike'

),

final as (

    select
        rule_order,
        method_code,
        valid_from as first_date,
        valid_to as last_date,
        case method_code when 'exclude' then cast(0 as decimal(18, 2)) else cap_amount end as limit_amount,
        method_code = 'exclude' as is_excluded,
        cast(null as date) as month_end_date,
        cast(null as date) as window_start_date,
        cast(null as integer) as earlier_days,
        cast(null as decimal(9, 6)) as tolerance
    from rules
    where method_code in ('exclude', 'cap')

    union all

    -- A window that leaves no earlier days in its month has nothing to compare with, and cuts nothing.
    select
        rule_order,
        method_code,
        greatest(window_start_date, valid_from) as first_date,
        least(month_end_date, valid_to) as last_date,
        cast(null as decimal(18, 2)) as limit_amount,
        false as is_excluded,
        month_end_date,
        window_start_date,
        cast({{ days_between('month_start_date', 'window_start_date') }} as integer) as earlier_days,
        tolerance
    from windows
    where
        window_start_date > month_start_date
        and valid_from <= month_end_date
        and valid_to >= window_start_date

)

select * from final
