{#- What to be careful of in a recommendation, as codes; NULL for nothing. -#}
{% macro recommendation_caution() -%}
    case
        when is_small_cell and is_mostly_mix then 'small_cell, mostly_mix'
        when is_small_cell then 'small_cell'
        when is_mostly_mix then 'mostly_mix'
    end
{%- endmacro %}

{#- The figures behind a recommendation as sentences, en or zh. -#}
{% macro recommendation_evidence(language) -%}
    {%- set texts = {
        'en': {
            'cell': '{specialised} of {loans} loans of {tier} customers in {segment}{condition} are on specialised products: {coverage} %, against {reference} % {whole}. ',
            'condition': ', {dimension} {value},',
            'whole': 'of all loans',
            'best': 'in {segment}, the best covered',
            'value': '{gap} points × {amount} of loans × a margin of {margin} % = {value} a year.',
            'no_value': '{gap} points × {amount} of loans; no margin is known, so no value.',
            'small': ' With so few loans a share says little.',
            'mix': ' Of the gap between {population} and all loans {share} % is mix: it is the segment that is missed.',
        },
        'zh': {
            'cell': '{tier}在{segment}中{condition}有 {loans} 笔贷款，其中专项产品 {specialised} 笔，覆盖率 {coverage} %；{whole}为 {reference} %。',
            'condition': '（{dimension}：{value}）',
            'whole': '全部贷款',
            'best': '覆盖最好的 {segment} ',
            'value': '缺口 {gap} 个百分点 × 贷款 {amount} × 利差 {margin} % = 每年 {value}。',
            'no_value': '缺口 {gap} 个百分点 × 贷款 {amount}；利差未知，无法估值。',
            'small': '贷款太少，占比参考价值有限。',
            'mix': '{population} 与全部贷款的缺口有 {share} % 来自结构，未被覆盖的是整个细分群体。',
        },
    }[language] -%}
    {%- set dimensions = {
        'enterprise_size': '企业规模', 'industry_section': '行业', 'ownership': '经济类型', 'loan_type': '贷款类型',
        'product': '产品', 'guarantee_type': '担保方式',
    } -%}
    {%- set dimension -%}
        {%- if language == 'en' -%}replace(dimension_code, '_', ' ')
        {%- else -%}
        case dimension_code {%- for code, name in dimensions.items() %} when '{{ code }}' then '{{ name }}'{% endfor %} end
        {%- endif -%}
    {%- endset -%}
    {{ sentence(texts.cell, {
        'specialised': 'cast(specialised_loan_count as varchar)',
        'loans': 'cast(loan_count as varchar)',
        'tier': 'tier_name_zh' if language == 'zh' else 'lower(tier_name_en)',
        'segment': "coalesce(segment_name_" ~ language ~ " || ' (' || segment_code || ')', segment_code)",
        'condition': "case when dimension_code = 'all' then '' else "
            ~ sentence(texts.condition, {'dimension': dimension, 'value': 'dimension_value'}) ~ ' end',
        'coverage': rounded_off('100 * coverage_rate', 2),
        'reference': rounded_off('100 * reference_coverage_rate', 2),
        'whole': "case when reference_segment_code = 'total' then '" ~ texts.whole ~ "' else "
            ~ sentence(texts.best, {'segment': 'reference_segment_code'}) ~ ' end',
    }) }}
    || case
        when estimated_value_amount is null
            then {{ sentence(texts.no_value, {
                'gap': rounded_off('100 * gap', 2), 'amount': rounded_off('contract_amount', 2),
            }) }}
        else {{ sentence(texts.value, {
            'gap': rounded_off('100 * gap', 2),
            'amount': rounded_off('contract_amount', 2),
            'margin': rounded_off('mean_ftp_margin_pct', 2),
            'value': rounded_off('estimated_value_amount', 2),
        }) }}
    end
    || case when is_small_cell then '{{ texts.small }}' else '' end
    || case when is_mostly_mix then {{ sentence(texts.mix, {
        'population': 'population_code', 'share': rounded_off('100 * mix_share', 0),
    }) }} else '' end
{%- endmacro %}
