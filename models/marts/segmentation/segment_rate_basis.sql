with

compared as (

    select * from {{ ref('int_segmentation__rate_basis_candidate') }}

),

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

assigned as (

    select
        assignments.candidate_code,
        codes.segment_code,
        assignments.member_id as loan_id,
        compared.rate_basis_code,
        compared.is_champion,
        loans.term_days,
        loans.contract_amount,
        {{ per_rate_measure('cast(loans.{m} as double) as {m}') }}
    from {{ ref('int_segmentation__shown_cluster') }} as assignments
    inner join compared
        on assignments.candidate_code = compared.candidate_code
    inner join {{ ref('int_segmentation__segment_code') }} as codes
        on
            assignments.candidate_code = codes.candidate_code
            and assignments.cluster_number = codes.cluster_number
    inner join loans
        on assignments.member_id = loans.loan_id

),

totals as (

    select
        candidate_code,
        {{ per_rate_measure('cast(sum(' ~ summable('{m}') ~ ') as double) / nullif(count({m}), 0) as mean_{m}') }}
    from assigned
    group by candidate_code

),

segments as (

    select
        assigned.candidate_code,
        assigned.segment_code,
        max(assigned.rate_basis_code) as rate_basis_code,
        count(*) as loan_count,
        cast(sum(assigned.term_days) as double) / count(*) as mean_term_days,
        {{ mean_amount('sum(assigned.contract_amount)', 'count(*)') }} as mean_contract_amount,
        {{ per_rate_measure('count(assigned.{m}) as count_{m}') }},
        {{ per_rate_measure(
            'cast(sum(' ~ summable('assigned.{m}') ~ ') as double) / nullif(count(assigned.{m}), 0) as mean_{m}'
        ) }},
        {{ per_rate_measure(
            'cast(sum(' ~ summable('(assigned.{m} - totals.mean_{m}) * (assigned.{m} - totals.mean_{m})')
            ~ ') as double) as variation_{m}'
        ) }}
    from assigned
    inner join totals
        on assigned.candidate_code = totals.candidate_code
    group by assigned.candidate_code, assigned.segment_code

),

explained as (

    select
        segments.candidate_code,
        {{ per_rate_measure(
            'cast(sum(cast('
            ~ 'segments.count_{m} * (segments.mean_{m} - totals.mean_{m}) * (segments.mean_{m} - totals.mean_{m})'
            ~ ' as decimal(38, 14))) as double)'
            ~ ' / nullif(cast(sum(cast(segments.variation_{m} as decimal(38, 14))) as double), 0) as eta_squared_{m}'
        ) }}
    from segments
    inner join totals
        on segments.candidate_code = totals.candidate_code
    group by segments.candidate_code

),

shared as (

    -- Where the champion has put the same loans,
    select
        assigned.candidate_code,
        assigned.segment_code,
        champion.candidate_code as champion_candidate_code,
        champion.segment_code as champion_segment_code,
        count(*) as shared_loan_count
    from assigned
    inner join assigned as champion
        on assigned.loan_id = champion.loan_id
    where champion.is_champion
    group by assigned.candidate_code, assigned.segment_code, champion.candidate_code, champion.segment_code

),

closest as (

    -- most of them first.
    select
        *,
        row_number() over (
            partition by candidate_code, segment_code order by shared_loan_count desc, champion_segment_code
        ) as place
    from shared

),

final as (

    select
        ----------  keys
        segments.candidate_code,
        segments.segment_code,

        ----------  attributes
        segments.rate_basis_code,
        closest.champion_segment_code,

        ----------  measures
        segments.loan_count,
        segments.mean_term_days,
        segments.mean_contract_amount,
        {{ per_rate_measure('segments.mean_{m}') }},
        {{ per_rate_measure('explained.eta_squared_{m}') }},
        closest.shared_loan_count,
        cast(closest.shared_loan_count as double)
        / (segments.loan_count + champions.loan_count - closest.shared_loan_count) as jaccard

    from segments
    inner join explained
        on segments.candidate_code = explained.candidate_code
    left join closest
        on
            segments.candidate_code = closest.candidate_code
            and segments.segment_code = closest.segment_code
            and closest.place = 1
    left join segments as champions
        on
            closest.champion_candidate_code = champions.candidate_code
            and closest.champion_segment_code = champions.segment_code

)

select * from final
