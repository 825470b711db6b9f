with

candidates as (

    select candidates.*, choices.is_champion
    from {{ ref('int_segmentation__candidate') }} as candidates
    inner join {{ ref('int_segmentation__choice') }} as choices
        on candidates.candidate_code = choices.candidate_code
    where candidates.grain_code = 'loan'

),

compared as (

    -- The champion, and who learned as it did from another reading of the rate.
    select candidates.*
    from candidates
    inner join candidates as champion
        on
            candidates.algorithm_code = champion.algorithm_code
            and candidates.features = champion.features
            and candidates.scaling_code = champion.scaling_code
            and coalesce(candidates.cluster_count, 0) = coalesce(champion.cluster_count, 0)
            and coalesce(candidates.grid_rows, 0) = coalesce(champion.grid_rows, 0)
            and coalesce(candidates.grid_columns, 0) = coalesce(champion.grid_columns, 0)
            and coalesce(candidates.information_criterion, '') = coalesce(champion.information_criterion, '')
            and coalesce(candidates.noise_percent, 0) = coalesce(champion.noise_percent, 0)
    where champion.is_champion

),

loans as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

assigned as (

    select
        silhouettes.candidate_code,
        codes.segment_code,
        silhouettes.member_id as loan_id,
        compared.rate_basis_code,
        compared.is_champion,
        loans.term_days,
        loans.contract_amount,
        {{ per_rate_measure('cast(loans.{m} as double) as {m}') }}
    from {{ ref('int_segmentation__member_silhouette') }} as silhouettes
    inner join compared
        on silhouettes.candidate_code = compared.candidate_code
    inner join {{ ref('int_segmentation__segment_code') }} as codes
        on
            silhouettes.candidate_code = codes.candidate_code
            and silhouettes.cluster_number = codes.cluster_number
    inner join loans
        on silhouettes.member_id = loans.loan_id

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
        champion.segment_code as champion_segment_code,
        count(*) as shared_loan_count
    from assigned
    inner join assigned as champion
        on assigned.loan_id = champion.loan_id
    where champion.is_champion
    group by assigned.candidate_code, assigned.segment_code, champion.segment_code

),

closest as (

    -- most of them first.
    select
        *,
        sum(shared_loan_count) over (partition by candidate_code, champion_segment_code) as champion_loan_count,
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
        / (segments.loan_count + closest.champion_loan_count - closest.shared_loan_count) as jaccard

    from segments
    inner join explained
        on segments.candidate_code = explained.candidate_code
    left join closest
        on
            segments.candidate_code = closest.candidate_code
            and segments.segment_code = closest.segment_code
            and closest.place = 1

)

select * from final
