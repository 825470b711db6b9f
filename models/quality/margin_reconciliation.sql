with

margins as (

    select * from {{ ref('int_contract__monthly_contribution') }}
    where contribution_amount is not null

),

summed as (

    select
        month_end_date,
        coalesce(sum(contribution_amount) filter (where contract_kind_code = 'deposit'), 0) as deposit_margin,
        coalesce(sum(contribution_amount) filter (where contract_kind_code = 'loan'), 0) as loan_margin,
        sum(case contract_kind_code when 'loan' then 1 else -1 end * coalesce(transfer_sum, 0)) as transfer_sum,
        -- Undrawn lines pay treasury whatever is drawn.
        coalesce(sum(contingent_liquidity_amount), 0) as contingent_liquidity_amount,
        sum(case contract_kind_code when 'loan' then 1 else -1 end * coalesce(interest_sum, 0)) as interest_sum,
        -- Spreads, net rates and the contracts' months are rounded to 10 decimals.
        sum(absolute_balance_sum) * 0.0000000001 / {{ day_count() }} + (count(*) + 1) * 0.0000000001 as rounding_bound
    from margins
    group by month_end_date

),

divided as (

    select
        *,
        {{ exact_divide('transfer_sum', day_count(), 10) }} + contingent_liquidity_amount as treasury_margin,
        {{ exact_divide('interest_sum', day_count(), 10) }} as net_interest_income
    from summed

),

final as (

    select
        ----------  keys
        month_end_date,

        ----------  amounts
        cast(deposit_margin as decimal(38, 10)) as deposit_margin_amount,
        cast(loan_margin as decimal(38, 10)) as loan_margin_amount,
        cast(treasury_margin as decimal(38, 10)) as treasury_margin_amount,
        cast(net_interest_income as decimal(38, 10)) as net_interest_income_amount,
        cast(deposit_margin + loan_margin + treasury_margin - net_interest_income as decimal(38, 10))
            as difference_amount,
        cast(rounding_bound as double) as rounding_bound

    from divided

)

select * from final
