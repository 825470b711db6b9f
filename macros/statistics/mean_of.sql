{#- Mean of an exact decimal, over the rows that have it. -#}
{% macro mean_of(value) -%}
    cast(sum({{ value }}) as double) / nullif(count({{ value }}), 0)
{%- endmacro %}

{#- The mean of an exact decimal and the mean weighted by an amount; their rows are those that have what they need. -#}
{% macro mean_and_weighted(value, amount) -%}
    {{ mean_of(value) }} as mean_{{ value }},
    cast(sum({{ amount }} * {{ value }}) as double)
    / nullif(cast(sum(case when {{ value }} is not null then {{ amount }} end) as double), 0) as weighted_{{ value }}
{%- endmacro %}
