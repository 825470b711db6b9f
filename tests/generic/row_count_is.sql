{#- The relation has exactly this many rows. -#}
{% test row_count_is(model, count) %}
select counted.row_count
from (select count(*) as row_count from {{ model }}) as counted
where counted.row_count <> {{ count }}
{% endtest %}
