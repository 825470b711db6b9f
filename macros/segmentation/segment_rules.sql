{#- How rules call the features: one row per grain and feature, of the loans' rate one per basis. -#}
{% macro rule_words() -%}
    {%- set words = [
        ('loan', 1, none, 'term_days', '期限', ' 天', 'term', ' days'),
        ('loan', 2, none, 'contract_amount', '金额', '', 'amount', ''),
        ('loan', 3, 'nominal', 'annual_rate_pct', '利率', ' %', 'rate', ' %'),
        ('loan', 3, 'benchmark_multiple', 'benchmark_multiple', '基准利率倍数', '', 'benchmark multiple', ''),
        ('loan', 3, 'ftp_margin', 'ftp_margin_pct', 'FTP 利差', ' 个百分点', 'margin over funds', ' points'),
        ('customer', 1, none, 'contribution_amount', '贡献度', '', 'contribution', ''),
        ('customer', 2, none, 'deposit_average_daily_balance', '存款年日均', '', 'average deposits', ''),
        ('customer', 3, none, 'loan_average_daily_balance', '贷款年日均', '', 'average loans', ''),
        ('customer', 4, none, 'product_count', '持有产品数', '', 'products', ''),
        ('customer', 5, none, 'fee_income_amount', '中间业务收入', '', 'fees', ''),
    ] -%}
    {%- for grain, slot, basis, column, name_zh, unit_zh, name_en, unit_en in words %}
    select
        '{{ grain }}' as grain_code,
        {{ slot }} as slot,
        {{ "'" ~ basis ~ "'" if basis else 'cast(null as varchar)' }} as rate_basis_code,
        '{{ column }}' as column_name,
        '{{ name_zh }}' as name_zh,
        '{{ unit_zh }}' as unit_zh,
        '{{ name_en }}' as name_en,
        '{{ unit_en }}' as unit_en
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The bounds of a feature as a reader would write them. -#}
{% macro rule_condition(name, unit) -%}
    case
        when bounds.above is null then {{ name }} || ' ≤ ' || {{ plain('bounds.up_to', 10) }} || {{ unit }}
        when bounds.up_to is null then {{ name }} || ' > ' || {{ plain('bounds.above', 10) }} || {{ unit }}
        else
            {{ plain('bounds.above', 10) }} || ' < ' || {{ name }} || ' ≤ ' || {{ plain('bounds.up_to', 10) }} || {{ unit }}
    end
{%- endmacro %}

{#- Aggregate: the conditions of a rule in the order of the features. -#}
{% macro joined_conditions(condition, conjunction) -%}
    substr(
        {%- for slot in segmentation_slots() %}
        coalesce('{{ conjunction }}' || max({{ condition }}) filter (where slot = {{ slot }}), '')
        {{- ' ||' if not loop.last }}
        {%- endfor -%}
        , {{ conjunction | length + 1 }}
    )
{%- endmacro %}

{#- Columns of a mart of rules; `{count}` is what the grain calls its members. -#}
{% macro rule_bounds(grain) -%}
    {{ per_named_feature(grain, 'above_{f} as {name}_above, up_to_{f} as {name}_up_to') | replace('annual_rate_pct', 'rate') }}
{%- endmacro %}
