with

pieces as (

    select * from {{ ref('int_assessed__piece') }}

),

limits as (

    select contract_kind_code, contract_id, valid_from, rule_order, limit_amount, is_excluded
    from {{ ref('int_assessed__fixed_limit') }}

    union all

    select contract_kind_code, contract_id, valid_from, rule_order, limit_amount, false as is_excluded
    from {{ ref('int_assessed__spike_limit') }}

),

rules as (

    select * from {{ ref('int_assessed__rule') }}

),

limited as (

    -- What the rules up to this one leave of a day's balance. A limit never touches an overdraft, an exclusion does.
    select
        pieces.*,
        limits.rule_order,
        case
            when
                max(case when limits.is_excluded then 1 else 0 end) over (
                    partition by pieces.contract_kind_code, pieces.contract_id, pieces.valid_from
                    order by limits.rule_order
                    rows between unbounded preceding and current row
                ) = 1 then 0
            else least(
                pieces.balance,
                min(limits.limit_amount) over (
                    partition by pieces.contract_kind_code, pieces.contract_id, pieces.valid_from
                    order by limits.rule_order
                    rows between unbounded preceding and current row
                )
            )
        end as balance_left
    from pieces
    inner join limits
        on
            pieces.contract_kind_code = limits.contract_kind_code
            and pieces.contract_id = limits.contract_id
            and pieces.valid_from = limits.valid_from

),

cut as (

    select
        *,
        balance_left - coalesce(
            lag(balance_left) over (
                partition by contract_kind_code, contract_id, valid_from order by rule_order
            ), balance
        ) as balance_change
    from limited

),

final as (

    select
        ----------  keys
        cut.contract_kind_code,
        cut.contract_id,
        cut.month_end_date,
        cut.terms_from,
        cut.rule_order,

        ----------  attributes
        max(rules.adjustment_code) as adjustment_code,

        ----------  amounts
        cast(sum(cut.balance_change * cut.days) as decimal(22, 2)) as adjustment_balance_sum

    from cut
    inner join rules
        on
            cut.contract_kind_code = rules.contract_kind_code
            and cut.contract_id = rules.contract_id
            and cut.rule_order = rules.rule_order
    group by cut.contract_kind_code, cut.contract_id, cut.month_end_date, cut.terms_from, cut.rule_order
    having sum(cut.balance_change * cut.days) <> 0

)

select * from final
