with

champions as (

    select * from {{ ref('int_segmentation__choice') }}
    where is_champion

),

clusters as (

    select
        clusters.*,
        codes.segment_code,
        champions.grain_code,
        {{ per_feature('champions.eta_squared_{f}') }}
    from {{ ref('int_segmentation__segment_quality') }} as clusters
    inner join champions
        on clusters.candidate_code = champions.candidate_code
    inner join {{ ref('int_segmentation__segment_code') }} as codes
        on
            clusters.candidate_code = codes.candidate_code
            and clusters.cluster_number = codes.cluster_number

),

names as (

    select * from {{ ref('segment_name_policy') }}

),

stabilities as (

    select * from {{ ref('int_segmentation__segment_stability') }}

),

overall as (

    select
        grain_code,
        {{ per_feature('cast(sum(sum_{f}) as double) / sum(member_count) as mean_{f}') }}
    from clusters
    group by grain_code

),

compared as (

    select
        clusters.*,
        {{ per_feature('clusters.mean_{f} / nullif(overall.mean_{f}, 0) as ratio_{f}') }}
    from clusters
    inner join overall
        on clusters.grain_code = overall.grain_code

),

named as (

    -- The first rule whose bounds (lower one included, upper one not) hold the segment's profile.
    select
        compared.segment_code,
        min(names.rule_order) as rule_order
    from compared
    inner join names
        on
            {{ is_within_name_bounds() }}
    where compared.grain_code = 'loan'
    group by compared.segment_code

),

final as (

    select
        ----------  keys
        compared.grain_code,
        compared.segment_code,
        compared.candidate_code,
        compared.cluster_number,

        ----------  attributes
        case when stabilities.is_nameable then names.name_zh end as segment_name_zh,
        case when stabilities.is_nameable then names.name_en end as segment_name_en,
        case when stabilities.is_nameable then names.alias_zh end as segment_alias_zh,
        names.name_en as profile_name_en,
        stabilities.is_nameable,

        ----------  measures
        compared.member_count,
        compared.member_share,
        {{ per_feature('compared.sum_{f}') }},
        {{ per_feature('compared.mean_{f}') }},
        {{ per_feature('compared.ratio_{f}') }},
        {{ per_feature('compared.eta_squared_{f}') }},
        compared.silhouette,
        stabilities.mean_jaccard as stability

    from compared
    left join named
        on
            compared.grain_code = 'loan'
            and compared.segment_code = named.segment_code
    left join names
        on named.rule_order = names.rule_order
    left join stabilities
        on
            compared.grain_code = 'loan'
            and compared.segment_code = stabilities.segment_code

)

select * from final
