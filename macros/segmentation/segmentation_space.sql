{#- The features loans are clustered by (三要素: rate, term and amount), in the order of the distance's sum. -#}
{% macro segmentation_features() %}
    {{ return(['term_days', 'contract_amount', 'annual_rate_pct']) }}
{% endmacro %}

{#- A value on the min-max scale of the training window; a constant feature scales to 0. -#}
{% macro scaled(value, feature) -%}
    case
        when feature_ranges.maximum_{{ feature }} > feature_ranges.minimum_{{ feature }}
            then
                (cast({{ value }} as double) - cast(feature_ranges.minimum_{{ feature }} as double))
                / (cast(feature_ranges.maximum_{{ feature }} as double) - cast(feature_ranges.minimum_{{ feature }} as double))
        else cast(0 as double)
    end
{%- endmacro %}

{#- Squared Euclidean distance of two relations' scaled features. -#}
{% macro squared_distance(first, second) -%}
    {%- for feature in segmentation_features() -%}
        ({{ first }}.scaled_{{ feature }} - {{ second }}.scaled_{{ feature }})
        * ({{ first }}.scaled_{{ feature }} - {{ second }}.scaled_{{ feature }})
        {{- " + " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A double as a decimal, so that a sum does not depend on the order of its rows. -#}
{% macro summable(value) -%}
    cast({{ value }} as decimal(28, 18))
{%- endmacro %}
