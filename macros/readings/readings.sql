{#-
  What the study leaves open (models/decisions.md): var -> its readings, the shipped one first, and what they move.
  seeds/reference/reading.csv says each in words.
-#}
{% macro readings() %}
    {{ return({
        'class_loans': {'values': ['open', 'all', 'unsecured'], 'moves': 'tier'},
        'class_without_loan': {'values': ['unknown', 'normal'], 'moves': 'tier'},
        'value_at_risk_tier': {'values': ['potential', 'core'], 'moves': 'tier'},
        'out_of_scope_tier': {'values': ['out_of_scope', 'potential', 'judged'], 'moves': 'tier'},
        'threshold_reach': {'values': ['at_least', 'above'], 'moves': 'tier'},
        'contribution_form': {'values': ['daily', 'account_average', 'customer_average'], 'moves': 'tier'},
        'contribution_parts': {'values': ['all', 'without_fees'], 'moves': 'tier'},
        'day_count': {'values': [360, 365], 'moves': 'tier'},
        'share_base': {'values': ['net', 'positive'], 'moves': 'share'},
        'coverage_base': {'values': ['loans', 'customers', 'amount'], 'moves': 'loans'},
        'population_sizes': {'values': ['all', 'without_large', 'without_micro'], 'moves': 'loans'},
        'population_includes_finance': {'values': [true, false], 'moves': 'loans'},
        'segmentation_include_retail': {'values': [false, true], 'moves': 'loans'},
    }) }}
{% endmacro %}

{#- The reading a rule takes: that of `alternative` (var -> reading) or, where it says nothing, the var's. -#}
{% macro reading(name, alternative={}) %}{{ return(alternative[name] if name in alternative else var(name)) }}{% endmacro %}

{#- The readings that were not chosen, one change each: var, reading and code. -#}
{% macro alternatives() %}
    {% set found = [] %}
    {% for name, known in readings().items() %}
        {% for value in known['values'] if value != var(name) %}
            {% do found.append({
                'name': name, 'value': value | string | lower, 'code': name ~ ' ' ~ value | string | lower,
                'moves': known['moves'], 'readings': {name: value},
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- The day count (计息基准天数) that was not chosen. -#}
{% macro other_day_count() %}
    {{ return(readings()['day_count']['values'] | reject('equalto', var('day_count')) | first) }}
{% endmacro %}

{#- Stops before any model when a var is no reading. -#}
{% macro check_readings() %}
    {% for name, known in readings().items() %}
        {% set value, values = var(name), known['values'] %}
        {% if value not in values or (value is boolean) != (values[0] is boolean) %}
            {{ exceptions.raise_compiler_error(
                "var " ~ name ~ ": '" ~ value ~ "' is no reading. Take one of " ~ values | join(', ') | lower
            ) }}
        {% endif %}
    {% endfor %}
    {% set codes = var('unsecured_guarantee_type_codes') %}
    {% if codes is string or codes is mapping or codes is not iterable or codes | reject('string') | list %}
        {{ exceptions.raise_compiler_error(
            "var unsecured_guarantee_type_codes: '" ~ codes ~ "' is no list of codes. Write it like [CR, credit]"
        ) }}
    {% endif %}
{% endmacro %}

{#- The readings that were chosen, a row each. -#}
{% macro chosen_readings() %}
    {% for name in readings() %}
    select
        '{{ name }}' as setting_code,
        '{{ var(name) | string | lower }}' as setting_value
    {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}

{#- A row for each alternative, with the tiers, the loans and the share that it is measured by. -#}
{% macro alternative_readings() %}
    {% for alternative in alternatives() %}
    select
        '{{ alternative.name }}' as setting_code,
        '{{ alternative.value }}' as setting_value,
        '{{ var(alternative.name) | string | lower }}' as chosen_value,
        '{{ alternative.code if alternative.moves == 'tier' else 'chosen' }}' as tier_reading,
        '{{ alternative.code if alternative.moves == 'loans' else 'chosen' }}' as loan_reading,
        '{{ reading('share_base', alternative.readings) }}' as share_base
    {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}

{#- Amount and tier of every customer as chosen and by every alternative that moves tiers. -#}
{% macro tiers_by_reading(customers) %}
    {% for alternative in [{'code': 'chosen', 'moves': 'tier', 'readings': {}}] + alternatives() if alternative.moves == 'tier' %}
    select
        '{{ alternative.code }}' as tier_reading,
        customer_id,
        {{ tier_amount() }} as chosen_amount,
        {{ tier_code({}, tier_amount(), tier_class()) }} as chosen_tier_code,
        {{ tier_amount(alternative.readings) }} as contribution_amount,
        {{ tier_code(alternative.readings, tier_amount(alternative.readings), tier_class(alternative.readings)) }} as tier_code
    from {{ customers }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}

{#-
  What every loan counts for in coverage (coverage_weight), as chosen and by every alternative that moves loans. A loan
  of the chosen population counts when it has a segment, another one when it has what segments are learned by.
-#}
{% macro loans_by_reading(loans) %}
    {% for alternative in [{'code': 'chosen', 'moves': 'loans', 'readings': {}}] + alternatives() if alternative.moves == 'loans' %}
    select
        '{{ alternative.code }}' as loan_reading,
        customer_id,
        is_specialised,
        {{ coverage_weight(alternative.readings) }} as coverage_weight
    from {{ loans }}
    where
        {{ in_population(alternative.readings) }}
        and case when {{ in_population() }} then is_segmented else is_complete end
    {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}

{#- The customer's amount on the other day count, in the form that was chosen. -#}
{% macro other_basis_column() -%}
    {{ {
        'account_average': 'other_basis_plug_in_amount', 'customer_average': 'other_basis_customer_plug_in_amount',
    }.get(reading('contribution_form'), 'other_basis_amount') }}
{%- endmacro %}
