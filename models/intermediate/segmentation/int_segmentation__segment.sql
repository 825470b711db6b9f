with

champion as (

    select candidate_code from {{ ref('segmentation_candidate') }}
    where is_champion

),

clusters as (

    select clusters.*
    from {{ ref('int_segmentation__cluster') }} as clusters
    inner join champion
        on clusters.candidate_code = champion.candidate_code

),

names as (

    select * from {{ ref('segment_name_policy') }}

),

overall as (

    select
        {{ per_feature('cast(sum(sum_{f}) as double) / sum(loan_count) as mean_{f}') }}
    from clusters

),

compared as (

    select
        clusters.*,
        clusters.mean_term_days / nullif(overall.mean_term_days, 0) as term_ratio,
        clusters.mean_contract_amount / nullif(overall.mean_contract_amount, 0) as amount_ratio,
        clusters.mean_annual_rate_pct / nullif(overall.mean_annual_rate_pct, 0) as rate_ratio
    from clusters
    cross join overall

),

named as (

    -- The first rule whose bounds (lower one included, upper one not) hold the segment's profile.
    select
        compared.segment_code,
        min_by(names.name_zh, names.rule_order) as segment_name_zh,
        min_by(names.name_en, names.rule_order) as segment_name_en
    from compared
    inner join names
        on
            (names.minimum_term_ratio is null or compared.term_ratio >= names.minimum_term_ratio)
            and (names.maximum_term_ratio is null or compared.term_ratio < names.maximum_term_ratio)
            and (names.minimum_amount_ratio is null or compared.amount_ratio >= names.minimum_amount_ratio)
            and (names.maximum_amount_ratio is null or compared.amount_ratio < names.maximum_amount_ratio)
            and (names.minimum_rate_ratio is null or compared.rate_ratio >= names.minimum_rate_ratio)
            and (names.maximum_rate_ratio is null or compared.rate_ratio < names.maximum_rate_ratio)
    group by compared.segment_code

),

final as (

    select
        compared.segment_code,
        compared.candidate_code,
        compared.cluster_number,
        named.segment_name_zh,
        named.segment_name_en,
        compared.loan_count,
        compared.loan_share,
        compared.sum_contract_amount,
        compared.mean_term_days,
        compared.mean_annual_rate_pct
    from compared
    left join named
        on compared.segment_code = named.segment_code

)

select * from final
