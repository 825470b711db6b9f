with

pieces as (

    select * from {{ ref('int_assessed__piece') }}

),

rules as (

    select * from {{ ref('int_assessed__rule') }}

),

stretches as (

    select * from {{ ref('int_assessed__stretch') }}

),

fixed_limits as (

    select * from {{ ref('int_assessed__fixed_limit') }}

),

windows as (

    select
        pieces.contract_kind_code,
        pieces.contract_id,
        pieces.valid_from,
        pieces.days,
        pieces.balance,
        rules.rule_order,
        stretches.month_end_date,
        stretches.earlier_days,
        stretches.tolerance,
        pieces.valid_from < stretches.window_start_date as is_earlier,
        pieces.valid_from between stretches.first_date and stretches.last_date as is_in_window
    from pieces
    inner join rules
        on
            pieces.contract_kind_code = rules.contract_kind_code
            and pieces.contract_id = rules.contract_id
    inner join stretches
        on
            rules.rule_order = stretches.rule_order
            and pieces.month_end_date = stretches.month_end_date

),

earlier_pieces as (

    -- What exclusions and caps before the rule left of the earlier days; other windows do not enter.
    select
        windows.contract_kind_code,
        windows.contract_id,
        windows.rule_order,
        windows.month_end_date,
        windows.valid_from,
        max(windows.days) as days,
        case
            when coalesce(bool_or(fixed_limits.is_excluded), false) then 0
            else least(max(windows.balance), coalesce(min(fixed_limits.limit_amount), max(windows.balance)))
        end as balance
    from windows
    left join fixed_limits
        on
            windows.contract_kind_code = fixed_limits.contract_kind_code
            and windows.contract_id = fixed_limits.contract_id
            and windows.valid_from = fixed_limits.valid_from
            and windows.rule_order > fixed_limits.rule_order
    where windows.is_earlier
    group by
        windows.contract_kind_code, windows.contract_id, windows.rule_order, windows.month_end_date, windows.valid_from

),

earlier_sums as (

    select
        contract_kind_code,
        contract_id,
        rule_order,
        month_end_date,
        sum(balance * days) as balance_sum
    from earlier_pieces
    group by contract_kind_code, contract_id, rule_order, month_end_date

),

final as (

    select
        windows.contract_kind_code,
        windows.contract_id,
        windows.valid_from,
        windows.rule_order,
        -- Days before the first balance count as 0; an overdraft on average leaves no room above 0.
        cast({{ exact_divide(
            'cast(greatest(coalesce(earlier_sums.balance_sum, 0), 0) as decimal(24, 2))'
                ~ ' * cast(1 + windows.tolerance as decimal(10, 6))',
            'windows.earlier_days', 2
        ) }} as decimal(20, 2)) as limit_amount
    from windows
    left join earlier_sums
        on
            windows.contract_kind_code = earlier_sums.contract_kind_code
            and windows.contract_id = earlier_sums.contract_id
            and windows.rule_order = earlier_sums.rule_order
            and windows.month_end_date = earlier_sums.month_end_date
    where windows.is_in_window

)

select * from final
