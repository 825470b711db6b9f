{#- "<column> <expression>" holds on every row; with NULL it is not false. -#}
{% test expression_holds(model, expression, column_name=none) %}
select *
from {{ model }}
where not ({{ column_name or '' }} {{ expression }})
{% endtest %}
