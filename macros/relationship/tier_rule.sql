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
  The tier (客户分层) of a row with contribution_amount, class_code, in_rating_scope and the thresholds of its day: out
  of the rating scope first, then the lowest order reached, else potential.
-#}
{% macro tier_code() -%}
    {%- set is_core = 'contribution_amount >= core_minimum_amount and class_code = core_class_code' -%}
    {%- set is_basic = 'contribution_amount >= basic_minimum_amount and class_code = basic_class_code' -%}
    case
        when not in_rating_scope then 'out_of_scope'
        when {{ is_core }} and (is_core_first or not ({{ is_basic }})) then 'core'
        when {{ is_basic }} then 'basic'
        else 'potential'
    end
{%- endmacro %}

{#- Whether the same row is in scope and reaches the amount of a core customer, but not its class. -#}
{% macro is_core_value_at_risk() -%}
    coalesce(in_rating_scope and contribution_amount >= core_minimum_amount and class_code <> core_class_code, false)
{%- endmacro %}
