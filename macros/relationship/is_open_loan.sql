{#- Whether a loan is open on a day: by its balance of the day's month or, before its first balance row, by its term. -#}
{% macro is_open_loan(loans, loan_months, day) -%}
    case
        when {{ loan_months }}.contract_id is not null then {{ loan_months }}.closing_balance > 0
        else
            {{ loans }}.start_date <= {{ day }}
            and ({{ loans }}.maturity_date is null or {{ loans }}.maturity_date > {{ day }})
    end
{%- endmacro %}
