with

committed_lines as (

    select * from {{ ref('int_contract__committed_line') }}

),

pieces as (

    select * from {{ ref('int_contract__balance_piece') }}
    {% if not has_rows(ref('int_contract__committed_line')) %}where false{% endif %}

),

terms as (

    select * from {{ ref('int_contract__terms') }}

),

monthly_prices as (

    select * from {{ ref('int_ftp__price') }}
    where is_monthly

),

undrawn as (

    -- A line drawn to its amount or beyond has nothing left to draw.
    select
        pieces.contract_number,
        pieces.month_end_date,
        pieces.terms_from,
        committed_lines.contingent_liquidity_rate,
        {{ days_between(
            'greatest(pieces.valid_from, committed_lines.valid_from)',
            'least(pieces.valid_before, committed_lines.valid_before)'
        ) }} as days,
        round((committed_lines.contract_amount - pieces.balance) * pieces.rate_to_reporting, 2) as undrawn_amount
    from pieces
    inner join committed_lines
        on
            pieces.contract_number = committed_lines.contract_number
            and pieces.valid_from < committed_lines.valid_before
            and pieces.valid_before > committed_lines.valid_from
    where pieces.balance < committed_lines.contract_amount

),

summed as (

    select
        undrawn.contract_number,
        undrawn.month_end_date,
        bool_or(undrawn.undrawn_amount is null) as is_unconverted,
        bool_or(coalesce(terms.ftp_rate, monthly_prices.ftp_rate) is null) as is_unfunded,
        sum(
            cast(undrawn.undrawn_amount as decimal(20, 2))
            * cast(undrawn.contingent_liquidity_rate as decimal(12, 10))
            * undrawn.days
        ) as charge_sum
    from undrawn
    inner join terms
        on
            undrawn.contract_number = terms.contract_number
            and undrawn.terms_from = terms.valid_from
    left join monthly_prices
        on
            terms.monthly_price_number = monthly_prices.price_number
            and undrawn.month_end_date = monthly_prices.month_end_date
    group by undrawn.contract_number, undrawn.month_end_date

),

final as (

    -- A component of the transfer price: where that is unknown, or the amount cannot be converted, so is the charge.
    select
        ----------  keys
        contract_number,
        month_end_date,

        ----------  attributes
        is_unconverted,
        is_unfunded,

        ----------  amounts
        case
            when not is_unconverted and not is_unfunded then {{ exact_divide('charge_sum', day_count(), 10) }}
        end as contingent_liquidity_amount

    from summed

)

select * from final
