{#-
  History by contract-month. A build remembers in the schema `history` what it priced from: the balance rows
  by file, contract and month, the terms, rates and months. The next build compares, re-opens the
  contract-months that anything changed for, and prices those alone. What it remembers is moved on only when
  every model with history has taken the re-opened months in, so a run that stops half-way, or covers a part
  of the project, is made good by the next.
-#}

{#- How a model with history is kept; an engine without one builds it anew. -#}
{% macro history_materialization() %}{{ return(adapter.dispatch('history_materialization')()) }}{% endmacro %}
{% macro default__history_materialization() %}{{ return('table') }}{% endmacro %}
{% macro duckdb__history_materialization() %}{{ return('incremental') }}{% endmacro %}

{#- Whether the working file holds a history to go on from. Unit tests see a file without one. -#}
{% macro is_history_kept() %}
    {% if not execute or flags.FULL_REFRESH or model.resource_type not in ['model', 'operation'] %}{{ return(false) }}{% endif %}
    {{ return(adapter.dispatch('is_history_kept')()) }}
{% endmacro %}

{% macro default__is_history_kept() %}{{ return(false) }}{% endmacro %}

{% macro duckdb__is_history_kept() %}{{ return(history_holds('version')) }}{% endmacro %}

{#- Whether the schema history holds a table. -#}
{% macro history_holds(name) %}
    {% set query = "select count(*) from information_schema.tables where table_schema = 'history' and table_name = '" ~ name ~ "'" %}
    {{ return(run_query(query).rows[0][0] > 0) }}
{% endmacro %}

{#- What prices beside the models it remembers: the code, and the day count. -#}
{% macro history_version() -%}
    project_version() || ' {{ day_count() }}'
{%- endmacro %}

{#- Forgets a history that other code priced. Runs before any model, after the extracts were found readable. -#}
{% macro open_history() %}
    {% if execute and flags.WHICH in ['build', 'run'] %}{{ return(adapter.dispatch('open_history')()) }}{% endif %}
{% endmacro %}

{% macro default__open_history() %}{% endmacro %}

{% macro duckdb__open_history() %}
    {% set missing = [] %}
    {% for name in models_with_history() %}
        {% set table = history_table(name) %}
        {% if not adapter.get_relation(table.database, table.schema, table.identifier) %}{% do missing.append(name) %}{% endif %}
    {% endfor %}
    {% set is_current = not missing and is_history_kept()
        and run_query("select version = " ~ history_version() ~ " from history.version").rows[0][0] %}
    {% if not is_current %}{% do run_query("drop schema if exists history cascade") %}{% endif %}
{% endmacro %}

{#- What prices come from: name in the history -> the model it is kept of. -#}
{% macro remembered_models() %}
    {{ return({
        'month': 'int_reporting__month',
        'exchange_rate': 'int_reporting__exchange_rate_interval',
        'net_interest_factor': 'int_reporting__net_interest_factor',
        'price': 'int_ftp__price',
        'terms': 'int_contract__terms',
        'committed_line': 'int_contract__committed_line',
        'assessed_rule': 'int_assessed__rule',
    }) }}
{% endmacro %}

{#- What is kept of a model. Prices of one day are in the terms. -#}
{% macro remembered_rows(name, relation) %}
    {%- if name == 'terms' %}{{ terms_digest(relation) }}
    {%- else %}select * from {{ relation }}{{ ' where is_monthly' if name == 'price' }}
    {%- endif %}
{% endmacro %}

{#- The terms of every contract, with a number that differs when what they are priced from does. -#}
{% macro terms_digest(terms) -%}
    select contract_kind_code, contract_id, valid_from, valid_before, {{ row_hash([
        'customer_id', 'currency_code', 'annual_rate', 'exempt_rate_limit', 'is_limit_for_whole', 'policy_code',
        'policy_valid_from', 'product_family_code', 'curve_code', 'pricing_date', 'tenor_days', 'own_contract_id',
        'is_before_first_curve', 'market_rate', 'liquidity_rate', 'reserve_requirement_rate',
        'strategic_incentive_rate', 'ftp_rate',
    ]) }} as terms_hash
    from {{ terms }}
{%- endmacro %}

{#- After the re-opened months are known: sets aside what they were found from. -#}
{% macro begin_history() %}{{ return(adapter.dispatch('begin_history')()) }}{% endmacro %}

{% macro default__begin_history() %}select 1{% endmacro %}

{% macro duckdb__begin_history() %}
    create schema if not exists history;
    create or replace table history.taken_in (model_name varchar);
    create or replace table history.pending_open_month as select * from {{ this }};
    create or replace table history.pending_balance_digest as select * from {{ ref('int_history__balance_digest') }};
    create or replace table history.pending_balance_file as
    select {{ balance_file_hash() }} as file_hash from {{ source('door', 'extract_file') }}
    where extract_name in ('deposit_balance', 'loan_balance');
    {% for name, model_name in remembered_models().items() %}
    create or replace table history.pending_{{ name }} as {{ remembered_rows(name, ref(model_name)) }};
    {% endfor %}
    create or replace table history.pending_version as select {{ history_version() }} as version;
{% endmacro %}

{#- After a model has taken the re-opened months in; the last one moves the history on. -#}
{% macro take_in_history() %}{{ return(adapter.dispatch('take_in_history')()) }}{% endmacro %}

{% macro default__take_in_history() %}select 1{% endmacro %}

{% macro duckdb__take_in_history() %}
    {% if not execute or not history_holds('pending_version') %}{{ return('select 1') }}{% endif %}
    {% do run_query("insert into history.taken_in values ('" ~ model.name ~ "')") %}
    {% set taken_in = run_query("select distinct model_name from history.taken_in").columns[0].values() %}
    {% for name in models_with_history() if name not in taken_in %}{{ return('select 1') }}{% endfor %}
    {% if history_holds('balance_digest') %}
    delete from history.balance_digest where file_hash not in (select file_hash from history.pending_balance_file);
    insert into history.balance_digest select * from history.pending_balance_digest;
    drop table history.pending_balance_digest;
    {% else %}
    alter table history.pending_balance_digest rename to balance_digest;
    {% endif %}
    drop table history.pending_open_month;
    {% for name in ['balance_file', 'version'] + remembered_models() | list %}
    drop table if exists history.{{ name }};
    alter table history.pending_{{ name }} rename to {{ name }};
    {% endfor %}
{% endmacro %}

{#- The models that keep a history. -#}
{% macro models_with_history() %}
    {% set names = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.config.get('incremental_strategy') == 'reopened_months' %}
        {% do names.append(node.name) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{#- Incremental strategy: the re-opened contract-months anew, or without a history everything. -#}
{% macro get_incremental_reopened_months_sql(arguments) %}
    {% set target_relation, columns = arguments.target_relation, get_quoted_csv(arguments.dest_columns | map(attribute='name')) %}
    {% if is_history_kept() %}
delete from {{ target_relation }} as target
using {{ ref('int_history__reopened_month') }} as reopened
where
    target.contract_kind_code = reopened.contract_kind_code
    and target.contract_id = reopened.contract_id
    and target.month_end_date = reopened.month_end_date;
insert into {{ target_relation }} ({{ columns }})
select {{ columns }} from {{ arguments.temp_relation }}
    {% else %}
create or replace table {{ target_relation }} as select * from {{ arguments.temp_relation }}
    {% endif %}
{% endmacro %}

{#- Joins a relation of contract-months to the re-opened ones; nothing without a history. -#}
{% macro only_reopened(contracts, months=none) %}
    {% set reopened = ref('int_history__reopened_month') %}
    {% if is_history_kept() %}
    inner join {{ reopened }} as reopened
        on
            {{ contracts }}.contract_kind_code = reopened.contract_kind_code
            and {{ contracts }}.contract_id = reopened.contract_id
            and {{ months or contracts }}.month_end_date = reopened.month_end_date
    {% endif %}
{% endmacro %}

{#- A model's table as the last build left it; a ref would make a cycle. -#}
{% macro history_table(name) %}
    {% set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] %}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}

{#- First or last day of the re-opened months as a literal, so that only their rows are read. -#}
{% macro reopened_day(which) %}
    {% set day = 'min(date_trunc(\'month\', month_end_date))' if which == 'min' else 'max(month_end_date)' %}
    {% set answer = run_query('select cast(cast(' ~ day ~ ' as date) as varchar) from ' ~ ref('int_history__reopened_month')) %}
    {{ return('cast(' ~ ("'" ~ answer.rows[0][0] ~ "'" if answer.rows[0][0] else 'null') ~ ' as date)') }}
{% endmacro %}

{#- A whole number that differs when one of the values does; numbers of several rows can be added. -#}
{% macro row_hash(columns) %}{{ return(adapter.dispatch('row_hash')(columns)) }}{% endmacro %}
{% macro duckdb__row_hash(columns) %}cast(hash({{ columns | join(', ') }}) as decimal(20, 0)){% endmacro %}
{% macro spark__row_hash(columns) %}cast(xxhash64({{ columns | join(', ') }}) as decimal(20, 0)){% endmacro %}

{#- The rows of an extract's base model that come from files the history does not know. -#}
{% macro rows_of_changed_files(extract_name) %}
    {% if not is_history_kept() %}{{ return('true') }}{% endif %}
    {% set query %}
        select file_number from {{ source('door', 'extract_file') }}
        where
            extract_name = '{{ extract_name }}'
            and {{ balance_file_hash() }} not in (select file_hash from history.balance_file)
        order by file_number
    {% endset %}
    {% set ranges = [] %}
    {% for number in run_query(query).columns[0].values() %}
        {% set first = number | int * rows_per_file() %}
        {% do ranges.append('file_order between ' ~ first ~ ' and ' ~ (first + rows_per_file() - 1)) %}
    {% endfor %}
    {{ return(ranges | join(' or ') or 'false') }}
{% endmacro %}

{#- Rows of either relation whose values the other does not hold; with columns that are shown but not compared. -#}
{% macro rows_that_differ(current, previous, columns, shown=[]) %}
    {%- for here, there in [(current, previous), (previous, current)] %}
    select {{ (columns + shown) | join(', ') }} from {{ here }} as here
    where not exists (
        select 1 from {{ there }} as there
        where
            {% for column in columns -%}
            here.{{ column }} is not distinct from there.{{ column }}{{ " and " if not loop.last }}
            {%- endfor %}
    )
    {{ "union all" if loop.first }}
    {%- endfor -%}
{% endmacro %}

{#- Whether a relation holds anything, so that work for nothing can be left out. Unit tests hold something. -#}
{% macro has_rows(relation) %}
    {% if not execute or model.resource_type != 'model' %}{{ return(true) }}{% endif %}
    {{ return(run_query('select 1 from ' ~ relation ~ ' limit 1').rows | length > 0) }}
{% endmacro %}

{#- A file of balances, by its place and content. -#}
{% macro balance_file_hash() %}{{ row_hash(['extract_name', 'file_path', 'content_hash']) }}{% endmacro %}
