with

rules as (

    select * from {{ ref('segment_tree') }}

),

segments as (

    select
        segments.grain_code,
        segments.segment_code,
        segments.segment_name_zh,
        segments.segment_name_en,
        segments.member_count,
        sum(segments.member_count) over (partition by segments.grain_code) as grain_count,
        spaces.rate_basis_code
    from {{ ref('int_segmentation__segment') }} as segments
    inner join {{ ref('int_segmentation__candidate') }} as candidates
        on segments.candidate_code = candidates.candidate_code
    inner join {{ ref('int_segmentation__space') }} as spaces
        on candidates.space_code = spaces.space_code

),

words as (

    {{ rule_words() }}

),

bounds as (

    {% for slot in segmentation_slots() %}
    select
        grain_code,
        rule_number,
        segment_code,
        {{ slot }} as slot,
        above_{{ slot }} as above,
        up_to_{{ slot }} as up_to
    from rules
    where above_{{ slot }} is not null or up_to_{{ slot }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

conditions as (

    select
        bounds.grain_code,
        bounds.rule_number,
        bounds.slot,
        {{ rule_condition('words.name_zh', 'words.unit_zh') }} as condition_zh,
        {{ rule_condition('words.name_en', 'words.unit_en') }} as condition_en,
        case
            when bounds.above is null then words.column_name || ' <= ' || {{ plain('bounds.up_to', 10) }}
            when bounds.up_to is null then words.column_name || ' > ' || {{ plain('bounds.above', 10) }}
            else
                words.column_name || ' > ' || {{ plain('bounds.above', 10) }}
                || ' and ' || words.column_name || ' <= ' || {{ plain('bounds.up_to', 10) }}
        end as condition_sql
    from bounds
    inner join segments
        on
            bounds.grain_code = segments.grain_code
            and bounds.segment_code = segments.segment_code
    inner join words
        on
            bounds.grain_code = words.grain_code
            and bounds.slot = words.slot
            and (words.rate_basis_code is null or segments.rate_basis_code = words.rate_basis_code)

),

joined as (

    select
        grain_code,
        rule_number,
        {{ joined_conditions('condition_zh', ' 且 ') }} as condition_zh,
        {{ joined_conditions('condition_en', ' and ') }} as condition_en,
        {{ joined_conditions('condition_sql', ' and ') }} as condition_sql
    from conditions
    group by grain_code, rule_number

),

counted as (

    select
        grain_code,
        rule_number,
        count(*) as member_count,
        count(*) filter (where segment_code = rule_segment_code) as caught_count
    from {{ ref('int_segmentation__rule_member') }}
    group by grain_code, rule_number

),

final as (

    select
        ----------  keys
        rules.grain_code,
        rules.rule_number,

        ----------  attributes
        rules.segment_code,
        segments.segment_name_zh,
        segments.segment_name_en,
        segments.rate_basis_code,
        coalesce(joined.condition_zh, '全部') as condition_zh,
        coalesce(joined.condition_en, 'all') as condition_en,
        coalesce(joined.condition_sql, 'true') as condition_sql,
        {{ per_feature('rules.above_{f}') }},
        {{ per_feature('rules.up_to_{f}') }},

        ----------  measures
        counted.member_count,
        cast(counted.member_count as double) / segments.grain_count as coverage,
        cast(counted.caught_count as double) / counted.member_count as precision,
        cast(counted.caught_count as double) / segments.member_count as recall

    from rules
    inner join segments
        on
            rules.grain_code = segments.grain_code
            and rules.segment_code = segments.segment_code
    inner join counted
        on
            rules.grain_code = counted.grain_code
            and rules.rule_number = counted.rule_number
    left join joined
        on
            rules.grain_code = joined.grain_code
            and rules.rule_number = joined.rule_number

)

select * from final
