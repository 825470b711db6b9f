{#- Sizes and sections by which customers of a segment are peers (同类客户), the likest first. -#}
{% macro peer_levels() -%}
    {{ return([('enterprise_size', 'industry_section'), ('enterprise_size', "'all'"), ("'all'", "'all'")]) }}
{%- endmacro %}

{% macro is_same_peer_group(one, other) -%}
    {%- for column in ['level_number', 'segment_code', 'enterprise_size', 'industry_section'] -%}
    {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  A text's MD5 as a number from 0 up to, not including, 1: its first eight hexadecimal digits as a fraction, read digit by
  digit, since engines disagree on how to read hexadecimal.
-#}
{% macro hash_fraction(md5_text) -%}
    (
    {%- for place in range(1, 9) -%}
    (position(substr({{ md5_text }}, {{ place }}, 1) in '0123456789abcdef') - 1) * cast({{ 16 ** (8 - place) }} as bigint)
    {{- ' + ' if not loop.last }}
    {%- endfor -%}
    ) / cast({{ 16 ** 8 }} as double)
{%- endmacro %}

{#- The first day of the period in which the same customers are held out. -#}
{% macro holdout_period_start(day, period_code) -%}
    cast(case {{ period_code }}
        {%- for period in ['month', 'quarter', 'year'] %} when '{{ period }}' then date_trunc('{{ period }}', {{ day }}){% endfor %}
    end as date)
{%- endmacro %}

{#- Columns of an offer beside its customer. -#}
{% macro offer_columns(relation) -%}
    {%- for column in [
        'level_number', 'product_code', 'covered_peer_count', 'product_peer_count', 'offer_days', 'median_ftp_margin_rate',
        'raroc', 'contract_amount', 'contribution_amount', 'current_contribution_amount', 'expected_loss_amount',
        'after_tax_amount',
    ] -%}
    {{ relation }}.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- What peers have in common, as a code or in the words of a language. -#}
{% macro peer_level_code(words=['segment_size_industry', 'segment_size', 'segment']) -%}
    case level_number {%- for word in words %} when {{ loop.index }} then '{{ word }}'{% endfor %} end
{%- endmacro %}

{% macro enterprise_size_zh() -%}
    case enterprise_size
        {%- for code, name in {
            'large': '大型', 'medium': '中型', 'small': '小型', 'micro': '微型', 'unclassified': '未划型', 'unknown': '未知',
        }.items() %} when '{{ code }}' then '{{ name }}'{% endfor %}
    end
{%- endmacro %}

{#- Why a customer is called or not, from fact over rule to number, en or zh. -#}
{% macro reason_chain(language) -%}
    {%- set texts = {
        'en': {
            'unsegmented': '{tier} customer without a segmented loan',
            'customer': '{tier} customer in {segment}, {size}, industry {industry}',
            'out_of_scope': ' → outside the rating scope',
            'non_performing': ' → class {class}, the worst to be called is {maximum}',
            'no_consent': ' → has not agreed to marketing',
            'already_covered': ' → has a specialised loan',
            'no_peers': ' → fewer than {minimum} of its peers have a specialised loan',
            'peers': ' → {covered} of its peers in {level} have a specialised loan, {holders} of them {product}',
            'levels': ['segment, size and industry', 'segment and size', 'the segment'],
            'not_priced': ' → their margin, or its own amount, is not known',
            'offer': ' → its last loan of {amount} at their median margin of {margin} % brings {contribution} in {days} days and is expected to lose {loss}',
            'raroc': ' → RAROC {raroc}, floor {floor} %',
            'no_capital': 'without capital',
            'manager': ' → number {rank} of manager {manager}, who makes {capacity} calls',
            'branch': ' → number {rank} of branch {branch}, which makes {capacity} calls',
            'call': ' → offer {product}',
            'holdout': ' → held out since {start} to compare with: no call',
            'no_call': ' → no call',
        },
        'zh': {
            'unsegmented': '{tier}，没有已细分的贷款',
            'customer': '{tier}，{segment}，{size}企业，行业 {industry}',
            'out_of_scope': ' → 不在评级范围内',
            'non_performing': ' → 五级分类 {class}，营销上限为 {maximum}',
            'no_consent': ' → 未同意营销',
            'already_covered': ' → 已有专项产品贷款',
            'no_peers': ' → 持有专项产品贷款的同类客户不足 {minimum} 户',
            'peers': ' → {level}的客户中 {covered} 户有专项产品贷款，其中 {holders} 户为 {product}',
            'levels': ['同细分、同规模、同行业', '同细分、同规模', '同细分'],
            'not_priced': ' → 同类利差或本户金额未知',
            'offer': ' → 以最近一笔贷款 {amount} 按其利差中位数 {margin} % 计，{days} 天贡献 {contribution}，预期损失 {loss}',
            'raroc': ' → RAROC {raroc}，下限 {floor} %',
            'no_capital': '无需资本',
            'manager': ' → 客户经理 {manager} 的第 {rank} 户，可联系 {capacity} 户',
            'branch': ' → 机构 {branch} 的第 {rank} 户，可联系 {capacity} 户',
            'call': ' → 推荐 {product}',
            'holdout': ' → 自 {start} 起为对照组，不联系',
            'no_call': ' → 不联系',
        },
    }[language] -%}
    case
        when segment_code is null then {{ sentence(texts.unsegmented, {'tier': 'tier_name_' ~ language}) }}
        else {{ sentence(texts.customer, {
            'tier': 'tier_name_' ~ language,
            'segment': "coalesce(segment_name_" ~ language ~ " || ' (' || segment_code || ')', segment_code)",
            'size': 'enterprise_size' if language == 'en' else enterprise_size_zh(),
            'industry': 'industry_section',
        }) }}
    end
    || case screening_reason
        when 'out_of_scope' then '{{ texts.out_of_scope }}'
        when 'non_performing' then {{ sentence(texts.non_performing, {
            'class': 'class_code', 'maximum': 'cast(maximum_class_code as varchar)',
        }) }}
        when 'no_consent' then '{{ texts.no_consent }}'
        when 'already_covered' then '{{ texts.already_covered }}'
        when 'no_peers' then {{ sentence(texts.no_peers, {'minimum': 'cast(minimum_peer_count as varchar)'}) }}
        else ''
    end
    || case
        when coalesce(screening_reason, 'below_raroc_floor') in ('not_priced', 'below_raroc_floor')
            then {{ sentence(texts.peers, {
                'covered': 'cast(covered_peer_count as varchar)',
                'level': peer_level_code(texts.levels),
                'holders': 'cast(product_peer_count as varchar)',
                'product': 'product_code',
            }) }}
        else ''
    end
    || case
        when screening_reason = 'not_priced' then '{{ texts.not_priced }}'
        when coalesce(screening_reason, 'below_raroc_floor') = 'below_raroc_floor'
            then {{ sentence(texts.offer, {
                'amount': rounded_off('contract_amount', 2),
                'margin': rounded_off('100 * median_ftp_margin_rate', 4),
                'contribution': rounded_off('contribution_amount', 2),
                'days': 'cast(offer_days as varchar)',
                'loss': rounded_off('expected_loss_amount', 2),
            }) }} || {{ sentence(texts.raroc, {
                'raroc': "coalesce(" ~ rounded_off('100 * raroc', 2) ~ " || ' %', '" ~ texts.no_capital ~ "')",
                'floor': rounded_off('100 * raroc_floor', 2),
            }) }}
        else ''
    end
    || case
        when call_rank is null then ''
        when relationship_manager_id is null then {{ sentence(texts.branch, {
            'rank': 'cast(call_rank as varchar)',
            'branch': "coalesce(branch_code, '-')",
            'capacity': 'cast(capacity as varchar)',
        }) }}
        else {{ sentence(texts.manager, {
            'rank': 'cast(call_rank as varchar)',
            'manager': 'relationship_manager_id',
            'capacity': 'cast(capacity as varchar)',
        }) }}
    end
    || case
        when exclusion_reason is not null then '{{ texts.no_call }}'
        when is_holdout then {{ sentence(texts.holdout, {'start': 'cast(holdout_start_date as varchar)'}) }}
        else {{ sentence(texts.call, {'product': 'product_code'}) }}
    end
{%- endmacro %}
