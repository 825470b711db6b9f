{#- What a customer must reach for core and for basic, one row per stretch of days on which neither changes. -#}
{% macro tier_thresholds() %}
    select
        greatest(core.valid_from, basic.valid_from) as valid_from,
        least(core.valid_to, basic.valid_to) as valid_to,
        core.minimum_contribution_amount as core_minimum_amount,
        core.required_class_code as core_class_code,
        basic.minimum_contribution_amount as basic_minimum_amount,
        basic.required_class_code as basic_class_code,
        core.tier_order <= basic.tier_order as is_core_first
    from {{ ref('tier_threshold') }} as core
    inner join {{ ref('tier_threshold') }} as basic
        on
            core.valid_from <= basic.valid_to
            and core.valid_to >= basic.valid_from
    where core.tier_code = 'core' and basic.tier_code = 'basic'
{% endmacro %}

{#-
  The tier (客户分层) of a row with in_rating_scope and the thresholds of its day, by an amount and a class: out of the
  rating scope first, then the lowest order reached, else potential. `alternative`: readings other than the chosen.
-#}
{% macro tier_code(alternative={}, amount='contribution_amount', class_code='class_code') -%}
    {%- set is_at_risk_core = reading('value_at_risk_tier', alternative) == 'core' -%}
    {%- set out_of_scope = reading('out_of_scope_tier', alternative) -%}
    {%- set is_core = reaches(amount, 'core_minimum_amount', alternative) ~ ' and '
        ~ has_class(class_code, none if is_at_risk_core else 'core_class_code', alternative) -%}
    {%- set is_basic = reaches(amount, 'basic_minimum_amount', alternative) ~ ' and '
        ~ has_class(class_code, 'basic_class_code', alternative) -%}
    case
        {% if out_of_scope != 'judged' -%}
        when not in_rating_scope then '{{ 'potential' if out_of_scope == 'potential' else 'out_of_scope' }}'
        {% endif -%}
        when {{ is_core }} and (is_core_first or not ({{ is_basic }})) then 'core'
        when {{ is_basic }} then 'basic'
        else 'potential'
    end
{%- endmacro %}

{#- Whether the same row is in scope and reaches the amount of a core customer, but not its class. -#}
{% macro is_core_value_at_risk() -%}
    coalesce(in_rating_scope and {{ reaches('contribution_amount', 'core_minimum_amount') }} and class_code <> core_class_code, false)
{%- endmacro %}

{#- Whether an amount reaches a threshold (达到门槛). -#}
{% macro reaches(amount, minimum, alternative={}) -%}
    {{ amount }} {{ '>' if reading('threshold_reach', alternative) == 'above' else '>=' }} {{ minimum }}
{%- endmacro %}

{#- Whether a class is the one required (五级分类要求), or of no requirement any. -#}
{% macro has_class(class_code, required, alternative={}) -%}
    {%- set known = class_code ~ ' is not null' if required is none else class_code ~ ' = ' ~ required -%}
    {{ '(' ~ known ~ ' or ' ~ class_code ~ ' is null)' if reading('class_without_loan', alternative) == 'normal' else known }}
{%- endmacro %}

{#- The class of a customer with int_customer__tier_measure's classes. -#}
{% macro tier_class(alternative={}) -%}
    {{ reading('class_loans', alternative) }}_class_code
{%- endmacro %}

{#- The amount by which a customer with int_customer__tier_measure's amounts is judged (贡献度). -#}
{% macro tier_amount(alternative={}) -%}
    {%- set is_other_basis = reading('day_count', alternative) != reading('day_count') -%}
    {%- set measure = 'other_basis' if is_other_basis else reading('contribution_form', alternative) -%}
    cast({{ measure }}_amount{{ ' - fee_income_amount' if not counts_fees(alternative) }} as decimal(18, 2))
{%- endmacro %}

{#- Whether fees are part of the contribution that tiers are judged by. -#}
{% macro counts_fees(alternative={}) %}{{ return(reading('contribution_parts', alternative) != 'without_fees') }}{% endmacro %}

{#- The total that tiers have shares of (贡献占比的分母): of everybody, or of those above zero. -#}
{% macro share_total(amount, alternative={}) -%}
    {%- if reading('share_base', alternative) == 'positive' -%}
    sum(case when {{ amount }} > 0 then {{ amount }} else 0 end)
    {%- else -%}
    sum({{ amount }})
    {%- endif -%}
{%- endmacro %}

{#- Whether a loan's class counts for its customer's. -#}
{% macro counts_for_class(is_open, guarantee_type_code, alternative={}) -%}
    {%- set loans = reading('class_loans', alternative) -%}
    {%- if loans == 'all' -%}
    true
    {%- elif loans == 'unsecured' -%}
    ({{ is_open }}) and {{ is_unsecured(guarantee_type_code) }}
    {%- else -%}
    {{ is_open }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a guarantee is none (信用方式), by the bank's own codes. -#}
{% macro is_unsecured(guarantee_type_code) -%}
    {%- set codes = [] -%}
    {%- for code in var('unsecured_guarantee_type_codes') %}{% do codes.append("'" ~ code | replace("'", "''") ~ "'") %}{% endfor -%}
    coalesce({{ guarantee_type_code ~ ' in (' ~ codes | join(', ') ~ ')' if codes else 'false' }}, false)
{%- endmacro %}
