{#- Mean days to payment by a weight, in whole days: Σ weight × days / Σ weight. -#}
{% macro mean_tenor(weight) -%}
    cast(
        round(cast(sum({{ weight }} * payment_days) as double) / nullif(cast(sum({{ weight }}) as double), 0)) as integer
    )
{%- endmacro %}
