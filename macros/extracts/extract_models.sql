{#-
  Every extract with its base model and, at run time, the columns that money is reconciled by and
  that say what day a row is of. dbt needs
  the names before it has read the sources, so they stand here too; a run stops if the two differ.
-#}
{% macro extract_models() %}
    {% set systems = {
        'core_banking': ['deposit_account', 'deposit_balance', 'deposit_rate', 'fee_income', 'product'],
        'crm': ['customer'],
        'general_ledger': ['ledger_control'],
        'loan_servicing': ['loan_contract', 'loan_balance', 'loan_rate', 'loan_classification', 'loan_performance'],
        'marketing': ['campaign', 'campaign_target', 'campaign_contact', 'campaign_event'],
        'treasury': ['ftp_curve', 'exchange_rate'],
    } %}
    {% set models = [] %}
    {% for system, extracts in systems.items() %}
        {% for extract in extracts %}
            {% set source = extract_sources().get(extract) if execute else none %}
            {% do models.append({
                'name': extract,
                'base_model': 'base_' ~ system ~ '__' ~ extract,
                'amount': source.config.get('meta', {}).get('amount', source.meta.get('amount')) if source else none,
                'dated_by': source.config.get('meta', {}).get('dated_by', source.meta.get('dated_by')) if source else none,
            }) %}
        {% endfor %}
    {% endfor %}
    {% if execute and models | map(attribute='name') | sort | list != extract_sources() | sort | list %}
        {{ exceptions.raise_compiler_error('extract_models.sql: the list of extracts differs from the source YAMLs. Make them equal') }}
    {% endif %}
    {{ return(models) }}
{% endmacro %}

{#- A row's place in its extract is file number * this + row number. -#}
{% macro rows_per_file() %}{{ return(1099511627776) }}{% endmacro %}
