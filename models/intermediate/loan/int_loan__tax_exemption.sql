with

loans as (

    select * from {{ ref('int_loan__credit_at_start') }}

),

exemptions as (

    select * from {{ ref('int_reporting__elected_exemption') }}

),

benchmarks as (

    select * from {{ ref('benchmark_rate') }}

),

resets as (

    select resets.loan_id, resets.valid_from
    from {{ ref('int_loan__reset') }} as resets
    inner join loans
        on resets.loan_id = loans.loan_id

),

pricings as (

    -- A rate holds until the loan is priced again, also after maturity while something is still owed.
    select loan_id, start_date as priced_date, {{ last_date() }} as valid_before
    from loans
    where not is_floating

    union all

    select
        loan_id,
        valid_from as priced_date,
        coalesce(lead(valid_from) over (partition by loan_id order by valid_from), {{ last_date() }}) as valid_before
    from resets

),

applicable as (

    select
        loans.loan_id,
        exemptions.election_code,
        exemptions.exemption_code,
        exemptions.rate_limit_multiple,
        exemptions.limit_applies,
        greatest(exemptions.valid_from, pricings.priced_date) as valid_from,
        least(exemptions.valid_before, pricings.valid_before) as valid_before,
        pricings.priced_date,
        coalesce(loans.term_days, exemptions.open_ended_term_days) as term_days
    from loans
    inner join exemptions
        on
            loans.credit_amount <= exemptions.maximum_credit_amount
            and (
                (loans.enterprise_size = 'small' and exemptions.applies_to_small)
                or (loans.enterprise_size = 'micro' and exemptions.applies_to_micro)
            )
    inner join pricings
        on
            loans.loan_id = pricings.loan_id
            and exemptions.valid_from < pricings.valid_before
            and exemptions.valid_before > pricings.priced_date

),

limited as (

    -- 999 is above every rate. Without a benchmark there is no limit to be under, so nothing is exempt.
    select
        applicable.*,
        cast(
            coalesce(cast(benchmarks.annual_rate_pct as decimal(19, 6)) * applicable.rate_limit_multiple * 0.01, 999)
            as decimal(11, 8)
        ) as exempt_rate_limit,
        coalesce(applicable.limit_applies = 'whole_rate' and applicable.rate_limit_multiple is not null, false)
            as is_limit_for_whole
    from applicable
    left join benchmarks
        on
            applicable.rate_limit_multiple is not null
            and applicable.priced_date between benchmarks.valid_from and benchmarks.valid_to
            and applicable.term_days between benchmarks.minimum_term_days and benchmarks.maximum_term_days
    where applicable.rate_limit_multiple is null or benchmarks.annual_rate_pct is not null

),

ranked as (

    -- The most favourable first: no limit, then only the excess taxed, then the higher limit.
    select
        *,
        row_number() over (
            partition by loan_id, valid_from
            order by
                case when rate_limit_multiple is null then 0 when not is_limit_for_whole then 1 else 2 end,
                exempt_rate_limit desc,
                exemption_code
        ) as place
    from limited

),

final as (

    select
        ----------  keys
        loan_id,
        valid_from,
        valid_before,

        ----------  attributes
        election_code,
        exemption_code,

        ----------  limits
        exempt_rate_limit,
        is_limit_for_whole

    from ranked
    where place = 1

)

select * from final
