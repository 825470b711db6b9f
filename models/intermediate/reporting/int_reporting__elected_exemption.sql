with

exemptions as (

    select * from {{ ref('tax_exemption') }}

),

elections as (

    -- The var takes the place of what the bank elected, on all days.
    select
        valid_from,
        valid_to,
        coalesce({{ text_setting_sql('tax_election') }}, election_code) as election_code
    from {{ ref('tax_election') }}

),

elected as (

    select
        exemptions.election_code,
        exemptions.exemption_code,
        exemptions.applies_to_small,
        exemptions.applies_to_micro,
        exemptions.maximum_credit_amount,
        exemptions.rate_limit_multiple,
        exemptions.limit_applies,
        exemptions.open_ended_term_days,
        greatest(exemptions.valid_from, elections.valid_from) as valid_from,
        -- No day follows the last.
        least(exemptions.valid_to, elections.valid_to, {{ last_date() }} - 1) + 1 as valid_before
    from elections
    inner join exemptions
        on
            elections.election_code = exemptions.election_code
            and elections.valid_from <= exemptions.valid_to
            and elections.valid_to >= exemptions.valid_from

),

boundaries as (

    select valid_from as boundary_date from elected
    union distinct
    select valid_before as boundary_date from elected

),

periods as (

    select boundary_date as valid_from, lead(boundary_date) over (order by boundary_date) as valid_before
    from boundaries

),

final as (

    -- Cut at every boundary, so that a period has the same exemptions on all its days.
    select
        ----------  keys
        elected.exemption_code,
        elected.election_code,

        ----------  dates
        periods.valid_from,
        periods.valid_before,

        ----------  conditions
        elected.applies_to_small,
        elected.applies_to_micro,
        elected.maximum_credit_amount,
        elected.rate_limit_multiple,
        elected.limit_applies,
        elected.open_ended_term_days

    from periods
    inner join elected
        on
            periods.valid_from >= elected.valid_from
            and periods.valid_from < elected.valid_before

)

select * from final
