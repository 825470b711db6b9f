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

{#- A value on the min-max scale, back in the feature's own unit. -#}
{% macro unscaled(value) -%}
    cast(feature_ranges.minimum_{f} as double)
    + ({{ value }}) * cast(feature_ranges.maximum_{f} - feature_ranges.minimum_{f} as double)
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

{#-
  Distance of a row's learned features to the prototype `item`: squared Euclidean or, to a two-step profile, the
  log-likelihood that is lost when the loan joins it.
-#}
{% macro prototype_distance() -%}
    {%- set difference = '(learned_{f} - item.learned_{f})' -%}
    {%- set alone = '(1 + item.profile_squares_{f} / item.profile_count)' -%}
    {%- set grown = 'item.profile_squares_{f} + item.profile_count / (item.profile_count + 1) * (' ~ difference ~ ' * ' ~ difference ~ ')' -%}
    {%- set joined = '(1 + (' ~ grown ~ ') / (item.profile_count + 1))' -%}
    case
        when item.profile_count is null then {{ per_feature(difference ~ ' * ' ~ difference, ' + ') }}
        else
            0.5 * (item.profile_count + 1) * ({{ per_feature('ln' ~ joined, ' + ') }})
            - 0.5 * item.profile_count * ({{ per_feature('ln' ~ alone, ' + ') }})
    end
{%- endmacro %}

{#- A number as text, cut off (not rounded, so that what is under a bound never looks equal to it). -#}
{% macro cut_off(value, scale) -%}
    cast(cast(floor(round(({{ value }}) * 1{{ '0' * scale }}, 6)) / 1{{ '0' * scale }} as decimal(12, {{ scale }})) as varchar)
{%- endmacro %}

{#- A number as text, rounded. -#}
{% macro rounded_off(value, scale) -%}
    cast(cast({{ value }} as decimal(12, {{ scale }})) as varchar)
{%- endmacro %}

{#- A number of the policy as text, without noughts at its end. -#}
{% macro plain(value) -%}
    trim(trailing '.' from trim(trailing '0' from {{ rounded_off(value, 6) }}))
{%- endmacro %}
