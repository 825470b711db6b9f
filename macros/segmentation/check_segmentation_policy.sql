{#-
  What single cells cannot say of the segmentation policy (`check_policy` looks at those): stops before any model with
  one line that says which row cannot be trained, and why. The file is read, since the seed is loaded only later.
-#}
{% macro check_segmentation_policy() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set maximum = var('segmentation_max_points') %}
    {% if maximum is not integer or maximum is boolean or maximum < 50000 %}
        {{ exceptions.raise_compiler_error("var segmentation_max_points: '" ~ maximum ~ "' is no whole number from 50000") }}
    {% endif %}
    {% set multiple = var('segmentation_extreme_multiple') %}
    {% if multiple is not number or multiple is boolean or multiple < 1 %}
        {{ exceptions.raise_compiler_error("var segmentation_extreme_multiple: '" ~ multiple ~ "' is no number from 1") }}
    {% endif %}
    {% set fault = policy_fault('segmentation_candidate_policy', candidate_fault())
        or policy_fault('segmentation_override_policy', override_fault()) %}
    {% if fault %}{{ exceptions.raise_compiler_error(fault) }}{% endif %}
{% endmacro %}

{#- First fault of a policy file as one line, or none; `fault` is SQL over its cells, which are text. -#}
{% macro policy_fault(name, fault) %}
    {% set faults = run_query(
        "select line, candidate_code, fault from (select *, " ~ fault ~ " as fault from ("
        ~ "select row_number() over () + 1 as line, * from (" ~ policy_rows(name) ~ ") as cells) as numbered) as judged"
        ~ " where fault is not null order by line limit 1"
    ) %}
    {% if faults.rows | length %}
        {% set row = faults.rows[0] %}
        {{ return(policy_file(name) ~ ", line " ~ row[0] ~ ": " ~ row[1] ~ ": " ~ row[2]) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}

{% macro policy_file(name) %}
    {{ return((env_var('BANKMART_POLICY', '') or 'seeds/policy') ~ '/' ~ name ~ '.csv') }}
{% endmacro %}

{% macro policy_rows(name) %}
    {{ return(
        "select * from read_csv('" ~ policy_file(name) | replace("'", "''")
        ~ "', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"
    ) }}
{% endmacro %}

{% macro candidate_fault() -%}
    case
        when algorithm_code = 'kmeans' and cluster_count is null then 'kmeans needs a cluster_count'
        when algorithm_code = 'kohonen' and (grid_rows is null or grid_columns is null)
            then 'kohonen needs grid_rows and grid_columns'
        when algorithm_code <> 'kohonen' and (grid_rows is not null or grid_columns is not null)
            then 'only kohonen has grid_rows and grid_columns. Leave them empty'
        when algorithm_code = 'two_step' and scaling_code <> 'z_score'
            then 'two_step standardises by itself. Write z_score as its scaling_code'
        when algorithm_code = 'two_step' and information_criterion is null
            then 'two_step needs bic or aic as information_criterion'
        when algorithm_code <> 'two_step' and (information_criterion is not null or noise_percent is not null)
            then 'only two_step has information_criterion and noise_percent. Leave them empty'
    end
{%- endmacro %}

{% macro override_fault() -%}
    case
        when candidate_code not in (
            select candidate_code from ({{ policy_rows('segmentation_candidate_policy') }}) as candidates
            where lower(is_active) = 'true'
        ) then 'segmentation_candidate_policy has no such active candidate'
    end
{%- endmacro %}
