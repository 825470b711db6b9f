{#- Stops before any model when a var cannot be what its name says. -#}
{% macro check_settings() %}
    {% if execute %}{% do warn_of_unknown_vars() %}{% endif %}
    {% for name in ['as_of_date', 'segmentation_start_date', 'segmentation_end_date'] %}
        {% set value = date_setting(name) %}
        {% if execute and value is not none %}
            {% set answer = run_query("select try_cast('" ~ value | replace("'", "''") ~ "' as date)") %}
            {% if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value) or answer.rows[0][0] is none %}
                {{ exceptions.raise_compiler_error("var " ~ name ~ ": '" ~ value ~ "' is no day. Write it as YYYY-MM-DD") }}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% set from_day, to_day = date_setting('segmentation_start_date'), date_setting('segmentation_end_date') %}
    {% if from_day and to_day and to_day < from_day %}
        {{ exceptions.raise_compiler_error("var segmentation_end_date: " ~ to_day ~ " is before segmentation_start_date " ~ from_day ~ ". Swap them") }}
    {% endif %}
    {% if not modules.re.fullmatch('[A-Za-z0-9]+', var('reporting_currency') | string) %}
        {{ exceptions.raise_compiler_error("var reporting_currency: '" ~ var('reporting_currency') ~ "' is no currency code. Write it like CNY") }}
    {% endif %}
    {% set maximum, multiple = var('segmentation_max_points'), var('segmentation_extreme_multiple') %}
    {% if maximum is not integer or maximum is boolean or maximum < 50000 %}
        {{ exceptions.raise_compiler_error("var segmentation_max_points: '" ~ maximum ~ "' is no whole number from 50000") }}
    {% endif %}
    {% if multiple is not number or multiple is boolean or multiple < 1 %}
        {{ exceptions.raise_compiler_error("var segmentation_extreme_multiple: '" ~ multiple ~ "' is no number from 1") }}
    {% endif %}
    {% if var('segmentation_train') is not boolean %}
        {{ exceptions.raise_compiler_error("var segmentation_train: '" ~ var('segmentation_train') ~ "' is neither true nor false") }}
    {% endif %}
    {% do check_readings() %}
{% endmacro %}

{#- A var that nobody reads is a misspelt one. -#}
{% macro warn_of_unknown_vars() %}
    {% set known = [
        'as_of_date', 'reporting_currency', 'segmentation_start_date', 'segmentation_end_date',
        'segmentation_train', 'segmentation_max_points', 'segmentation_extreme_multiple', 'tax_election',
        'unsecured_guarantee_type_codes',
    ] + readings() | list %}
    {% for name in invocation_args_dict.get('vars') or {} if name not in known and name != project_name %}
        {% do exceptions.warn('var ' ~ name ~ ' is not known and changes nothing. The vars are ' ~ known | join(', ')) %}
    {% endfor %}
{% endmacro %}

{#- Runs after check_policy, since it reads a policy file: the seed is loaded only later. -#}
{% macro check_tax_election() %}
    {% set election = text_setting('tax_election') %}
    {% if not execute or election is none %}{{ return('') }}{% endif %}
    {% set path = (env_var('BANKMART_POLICY', '') or 'seeds/policy') ~ '/tax_exemption.csv' %}
    {% set rows = run_query(
        "select election_code from read_csv('" ~ path | replace("'", "''")
        ~ "', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"
    ).rows %}
    {% set known = rows | map(attribute=0) | map("string") | unique | list %}
    {% if election not in known %}
        {{ exceptions.raise_compiler_error(
            "var tax_election: '" ~ election ~ "' is not in " ~ path ~ ". Take one of " ~ (['none'] + known) | join(', ')
        ) }}
    {% endif %}
{% endmacro %}

{#- A var that holds text or a day, as text; none where it is not set. -#}
{% macro text_setting(name) %}
    {% set value = var(name, none) %}
    {{ return(none if value is none or value | string | lower in ['none', 'null', ''] else value | string) }}
{% endmacro %}

{% macro date_setting(name) %}{{ return(text_setting(name)) }}{% endmacro %}
