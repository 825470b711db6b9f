{{ config(
    materialized=history_materialization(),
    incremental_strategy='reopened_months',
    post_hook="{{ take_in_history() }}"
) }}
-- After it, so that the history is moved on by one model at a time.
-- depends_on: {{ ref('int_contract__monthly_contribution') }}

with

rules as (

    select * from {{ ref('int_assessed__rule') }}

),

stretches as (

    select * from {{ ref('int_assessed__stretch') }}

),

contracts as (

    select distinct rules.contract_kind_code, rules.contract_id, contracts.contract_number
    from rules
    inner join {{ ref('int_contract__contract') }} as contracts
        on
            rules.contract_kind_code = contracts.contract_kind_code
            and rules.contract_id = contracts.contract_id

),

pieces as (

    select
        contracts.contract_kind_code,
        contracts.contract_id,
        pieces.month_end_date,
        pieces.terms_from,
        pieces.valid_from,
        pieces.valid_before,
        -- A day without exchange rate has nothing to adjust; if it has a balance the month is unknown anyway.
        cast(coalesce(pieces.reporting_balance, 0) as decimal(20, 2)) as balance
    from {{ ref('int_contract__balance_piece') }} as pieces
    inner join contracts
        on pieces.contract_number = contracts.contract_number
    {{ only_reopened('contracts', 'pieces') }}
    {% if not has_rows(ref('int_assessed__rule')) %}where false{% endif %}

),

cut_dates as (

    select rule_order, first_date as cut_date from stretches
    union distinct
    select rule_order, last_date + 1 as cut_date from stretches
    where last_date < {{ last_date() }}
    union distinct
    select rule_order, window_start_date as cut_date from stretches
    where window_start_date is not null

),

contract_cuts as (

    select distinct
        rules.contract_kind_code,
        rules.contract_id,
        cut_dates.cut_date
    from rules
    inner join cut_dates
        on rules.rule_order = cut_dates.rule_order

),

starts as (

    select
        *,
        valid_from as piece_from
    from pieces

    union all

    -- Cut where a rule begins or ends, so that every piece has one set of rules.
    select
        pieces.*,
        contract_cuts.cut_date as piece_from
    from pieces
    inner join contract_cuts
        on
            pieces.contract_kind_code = contract_cuts.contract_kind_code
            and pieces.contract_id = contract_cuts.contract_id
            and pieces.month_end_date = last_day(contract_cuts.cut_date)
            and pieces.valid_from < contract_cuts.cut_date
            and pieces.valid_before > contract_cuts.cut_date

),

bounded as (

    select
        *,
        coalesce(
            lead(piece_from) over (partition by contract_kind_code, contract_id, valid_from order by piece_from),
            valid_before
        ) as piece_before
    from starts

),

final as (

    select
        ----------  keys
        contract_kind_code,
        contract_id,
        piece_from as valid_from,

        ----------  attributes
        piece_before as valid_before,
        month_end_date,
        terms_from,

        ----------  measures
        cast({{ days_between('piece_from', 'piece_before') }} as integer) as days,
        balance

    from bounded

)

select * from final
