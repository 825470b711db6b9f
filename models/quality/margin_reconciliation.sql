with

balances as (

    select * from {{ ref('int_contract__monthly_balance') }}

),

contributions as (

    select * from {{ ref('int_contract__monthly_contribution') }}
    where contribution_amount is not null

),

factors as (

    select * from {{ ref('int_reporting__net_interest_factor') }}

),

rated as (

    -- What customers pay and are paid after tax, straight from balances and rates, without a transfer price.
    select
        balances.contract_kind_code,
        balances.contract_id,
        balances.month_end_date,
        balances.daily_balance_sum,
        case balances.contract_kind_code
            when 'loan'
                then cast(balances.annual_rate as decimal(11, 8)) * cast(factors.net_interest_factor as decimal(11, 10))
            else balances.annual_rate
        end as net_rate
    from balances
    inner join factors
        on balances.month_end_date = factors.month_end_date

),

interest as (

    select
        contract_kind_code,
        contract_id,
        month_end_date,
        sum(
            round(cast(daily_balance_sum as decimal(20, 2)) * cast(coalesce(net_rate, 0) as decimal(17, 16)), 12)
        ) as interest_sum,
        sum(abs(daily_balance_sum)) as absolute_balance_sum
    from rated
    group by contract_kind_code, contract_id, month_end_date

),

margins as (

    select
        contributions.month_end_date,
        contributions.contract_kind_code,
        contributions.contribution_amount,
        interest.interest_sum,
        interest.absolute_balance_sum,
        -- What treasury lends to the loan, and owes the deposit.
        cast(contributions.daily_balance_sum as decimal(20, 2)) * coalesce(contributions.ftp_rate, 0) as transfer_sum
    from contributions
    inner join interest
        on
            contributions.contract_kind_code = interest.contract_kind_code
            and contributions.contract_id = interest.contract_id
            and contributions.month_end_date = interest.month_end_date

),

summed as (

    select
        month_end_date,
        coalesce(sum(contribution_amount) filter (where contract_kind_code = 'deposit'), 0) as deposit_margin,
        coalesce(sum(contribution_amount) filter (where contract_kind_code = 'loan'), 0) as loan_margin,
        sum(case contract_kind_code when 'loan' then transfer_sum else -transfer_sum end) as transfer_sum,
        sum(case contract_kind_code when 'loan' then interest_sum else -interest_sum end) as interest_sum,
        -- Spreads and the contracts' months are rounded to 10 decimals.
        sum(absolute_balance_sum) * 0.00000000005 / 360 + (count(*) + 1) * 0.0000000001 as rounding_bound
    from margins
    group by month_end_date

),

divided as (

    select
        *,
        {{ exact_divide('transfer_sum', '360', 10) }} as treasury_margin,
        {{ exact_divide('interest_sum', '360', 10) }} as net_interest_income
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
