with recursive

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

loans as (

    select
        *,
        -- A longer period than the calendar ends as late as the calendar does.
        least(repricing_months, 120000) as months,
        coalesce(maturity_date, {{ last_date() }}) as end_date
    from {{ ref('stg_loan_servicing__loan_contract') }}
    where
        repricing_months > 0
        -- Nobody asks for the periods while no policy prices by them and no exemption is elected.
        and {{ has_rows(
            '(select policy_code as code from ' ~ ref('ftp_assignment') ~ " where method_code = 'repricing_term'"
            ~ ' union all select exemption_code as code from ' ~ ref('int_reporting__elected_exemption') ~ ') as needed'
        ) | lower }}

),

resets as (

    -- Counted from the start, so that a 31st is clamped in the months that lack it only.
    select
        loans.loan_id,
        loans.start_date,
        loans.end_date,
        as_of.as_of_date,
        loans.months,
        loans.months as months_to_next,
        loans.start_date as valid_from,
        {{ add_months('loans.start_date', 'loans.months') }} as next_reset_date
    from loans
    cross join as_of

    union all

    select
        loan_id,
        start_date,
        end_date,
        as_of_date,
        months,
        months_to_next + months as months_to_next,
        next_reset_date as valid_from,
        {{ add_months('start_date', 'months_to_next + months') }} as next_reset_date
    from resets
    where
        next_reset_date < end_date
        and next_reset_date <= as_of_date

),

final as (

    select
        loan_id,
        valid_from,
        least(next_reset_date, end_date) as valid_before
    from resets

)

select * from final
