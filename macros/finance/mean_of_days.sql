{#- A rate's mean over the days of a group, rounded to 10 decimals; unknown when it is on one of them. -#}
{% macro mean_of_days(rate) -%}
    case
        when count({{ rate }}) < count(*) then null
        when min({{ rate }}) = max({{ rate }}) then max({{ rate }})
        else {{ exact_divide('sum(cast(' ~ rate ~ ' as decimal(19, 10)) * days)', 'cast(sum(days) as bigint)', 10) }}
    end
{%- endmacro %}
