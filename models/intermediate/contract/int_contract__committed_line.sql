with

policies as (

    select
        *,
        case when valid_to < {{ last_date() }} then valid_to + 1 else valid_to end as valid_before,
        cast(
            round(cast(draw_factor as decimal(9, 6)) * cast(premium_pct * 0.01 as decimal(11, 8)), 10)
            as decimal(12, 10)
        ) as contingent_liquidity_rate
    from {{ ref('ftp_contingent_liquidity') }}

),

bound as (

    select
        *,
        {{ first_of_month_from('valid_from') }} as binds_from,
        {{ first_of_month_from('valid_before') }} as binds_before
    from policies
    where contingent_liquidity_rate > 0

),

loans as (

    select * from {{ ref('stg_loan_servicing__loan_contract') }}

),

terms as (

    select * from {{ ref('int_contract__terms') }}
    where contract_kind_code = 'loan'

),

stretches as (

    -- The row of the pricing day, as with every add-on; a price of the month takes that of the month's first day.
    select
        loans.loan_id,
        terms.contract_number,
        case
            when terms.pricing_date is null then greatest(terms.valid_from, loans.start_date, bound.binds_from)
            else greatest(terms.valid_from, loans.start_date)
        end as valid_from,
        case
            when terms.pricing_date is null
                then least(terms.valid_before, coalesce(loans.maturity_date, {{ last_date() }}), bound.binds_before)
            else least(terms.valid_before, coalesce(loans.maturity_date, {{ last_date() }}))
        end as valid_before,
        loans.contract_amount,
        bound.contingent_liquidity_rate
    from loans
    inner join bound
        on loans.product_code = bound.product_code
    inner join terms
        on
            loans.loan_id = terms.contract_id
            and (terms.pricing_date is null or terms.pricing_date between bound.valid_from and bound.valid_to)

),

final as (

    select * from stretches
    where valid_from < valid_before

)

select * from final
