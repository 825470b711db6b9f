{#-
  The registry of trainings in the working file: what was learned (runs, prototypes, ranges, segment codes, the shares
  drift is measured against) is kept by models that only ever add to it. A build that need not train goes on from the
  last training; `int_segmentation__standing_*` hold it as the build found it.
-#}

{#-
  A registry model as the last build left it, or no rows of its columns; a ref would make a cycle. An engine without a
  history writes the registry anew each time, so nothing stands there.
-#}
{% macro standing_rows(name, columns) %}
    {% set is_kept = execute and history_materialization() == 'incremental' %}
    {% set table = history_table(name) if is_kept %}
    {% set is_there = is_kept and adapter.get_relation(table.database, table.schema, table.identifier) is not none %}
    select
        {% for column, type in columns.items() -%}
        cast({{ 'kept.' ~ column if is_there else 'null' }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    {% if is_there %}from {{ table }} as kept{% else %}where false{% endif %}
{% endmacro %}

{#- A registry model's rows of the last training that has a run. -#}
{% macro rows_of_last_training(name, columns) %}
with

kept as (

    {{ standing_rows(name, columns) }}

),

runs as (

    select distinct grain_code, training_number
    from {{ ref('int_segmentation__standing_run') }}

),

final as (

    select kept.*
    from kept
    inner join runs
        on
            kept.grain_code = runs.grain_code
            and kept.training_number = runs.training_number

)

select * from final
{% endmacro %}

{#- Name and type of a column per feature, as in minimum_1, minimum_2, ... -#}
{% macro columns_per_feature(kinds, type) %}
    {% set columns = {} %}
    {% for kind in kinds %}
        {% for slot in segmentation_slots() %}{% do columns.update({kind ~ '_' ~ slot: type}) %}{% endfor %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{#- Columns of the registry's prototypes, the keys first. -#}
{% macro prototype_columns() %}
    {% set columns = {
        'grain_code': 'varchar', 'training_number': 'integer', 'candidate_code': 'varchar', 'prototype_number': 'integer',
        'space_code': 'varchar', 'cluster_number': 'integer',
    } %}
    {% do columns.update(columns_per_feature(['learned', 'offset', 'spread', 'profile_squares'], 'double')) %}
    {% do columns.update({
        'start_number': 'integer', 'iterations': 'integer', 'grid_row': 'integer', 'grid_column': 'integer',
        'hit_count': 'bigint', 'u_distance': 'double', 'profile_count': 'double', 'outlier_distance': 'double',
        'input_hash': 'varchar', 'library_versions': 'varchar',
    }) %}
    {{ return(columns) }}
{% endmacro %}

{#- How a model of the registry is kept: rows of a key replace each other, else they only add up. No --full-refresh forgets it. -#}
{% macro registry_config(unique_key=none) %}
    {{ return({
        'materialized': history_materialization(),
        'incremental_strategy': 'delete+insert' if unique_key else 'append',
        'unique_key': unique_key,
        'full_refresh': false,
        'on_schema_change': 'append_new_columns',
    }) }}
{% endmacro %}

{% macro range_columns() %}
    {% set columns = {'grain_code': 'varchar', 'training_number': 'integer', 'space_code': 'varchar'} %}
    {% do columns.update(columns_per_feature(['minimum', 'maximum'], 'double')) %}
    {{ return(columns) }}
{% endmacro %}

{% macro segment_columns() %}
    {% set columns = {
        'grain_code': 'varchar', 'training_number': 'integer', 'segment_code': 'varchar', 'candidate_code': 'varchar',
        'cluster_number': 'integer',
    } %}
    {% do columns.update(columns_per_feature(['mean'], 'double')) %}
    {{ return(columns) }}
{% endmacro %}

{% macro share_columns() %}
    {{ return({
        'grain_code': 'varchar', 'training_number': 'integer', 'slot': 'integer', 'bin_code': 'varchar',
        'upper_bound': 'double', 'share': 'double',
    }) }}
{% endmacro %}

{% macro member_columns() %}
    {{ return({'grain_code': 'varchar', 'training_number': 'integer', 'member_id': 'varchar'}) }}
{% endmacro %}
