{#- Dated rows of one key start before they end and never overlap. -#}
{% test valid_intervals(model, keys) %}
select *
from (
    select
        *,
        lag(valid_to) over (
            {{ 'partition by ' ~ keys | join(', ') if keys }}
            order by valid_from, valid_to
        ) as previous_valid_to
    from {{ model }}
) as dated
where valid_to < valid_from or valid_from <= previous_valid_to
{% endtest %}
