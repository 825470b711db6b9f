{#- The features loans are clustered by (三要素: rate, term and amount), in the order of the distance's sum. -#}
{% macro segmentation_features() %}
    {{ return(['term_days', 'contract_amount', 'annual_rate_pct']) }}
{% endmacro %}

{#- One SQL expression per feature; `{f}` stands for the feature's name. -#}
{% macro per_feature(expression, separator=', ') -%}
    {%- for feature in segmentation_features() -%}
        {{ expression | replace('{f}', feature) }}{{ separator if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A feature's value on the min-max scale of the training window; a constant feature scales to 0. -#}
{% macro scaled(value) -%}
    case
        when feature_ranges.maximum_{f} > feature_ranges.minimum_{f}
            then
                (cast({{ value }} as double) - cast(feature_ranges.minimum_{f} as double))
                / (cast(feature_ranges.maximum_{f} as double) - cast(feature_ranges.minimum_{f} as double))
        else cast(0 as double)
    end
{%- endmacro %}

{#- Squared difference of two relations on one scaled feature. -#}
{% macro squared_difference(first, second) -%}
    {%- set difference = '(' ~ first ~ '.scaled_{f} - ' ~ second ~ '.scaled_{f})' -%}
    {{ difference }} * {{ difference }}
{%- endmacro %}

{#- Squared Euclidean distance of two relations in the scaled space. -#}
{% macro squared_distance(first, second) -%}
    {{ per_feature(squared_difference(first, second), ' + ') }}
{%- endmacro %}

{#- A double as a decimal, so that a sum does not depend on the order of its rows. -#}
{% macro summable(value) -%}
    cast({{ value }} as decimal(28, 18))
{%- endmacro %}
