{#- Lists and structs within a row: what is nearest of several. -#}

{#- Columns, by name, as one value that is ordered by them. -#}
{% macro struct_of(columns) %}{{ return(adapter.dispatch('struct_of')(columns)) }}{% endmacro %}

{% macro duckdb__struct_of(columns) -%}
    { {%- for name, column in columns.items() %}'{{ name }}': {{ column }}{{ ', ' if not loop.last }}{% endfor -%} }
{%- endmacro %}

{% macro spark__struct_of(columns) -%}
    named_struct({% for name, column in columns.items() %}'{{ name }}', {{ column }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{#- Aggregate: the rows' columns as a list of structs. -#}
{% macro list_of(columns, order_column) %}{{ return(adapter.dispatch('list_of')(columns, order_column)) }}{% endmacro %}

{% macro duckdb__list_of(columns, order_column) -%}
    list({ {%- for column in columns %}'{{ column }}': {{ column }}{{ ', ' if not loop.last }}{% endfor -%} } order by {{ order_column }})
{%- endmacro %}

{% macro spark__list_of(columns, order_column) -%}
    transform(
        array_sort(collect_list(named_struct('position', {{ order_column }}, 'item', named_struct(
            {%- for column in columns %}'{{ column }}', {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
        )))),
        ordered -> ordered.item
    )
{%- endmacro %}

{#- An expression of `item`, for each of a list. -#}
{% macro for_each(list, expression) %}{{ return(adapter.dispatch('for_each')(list, expression)) }}{% endmacro %}

{% macro duckdb__for_each(list, expression) -%}
    list_transform({{ list }}, lambda item: {{ expression }})
{%- endmacro %}

{% macro spark__for_each(list, expression) -%}
    transform({{ list }}, item -> {{ expression }})
{%- endmacro %}

{#- The items of a list for which a condition of `item` holds, in their order. -#}
{% macro items_where(list, condition) %}{{ return(adapter.dispatch('items_where')(list, condition)) }}{% endmacro %}

{% macro duckdb__items_where(list, condition) -%}
    list_filter({{ list }}, lambda item: {{ condition }})
{%- endmacro %}

{% macro spark__items_where(list, condition) -%}
    filter({{ list }}, item -> {{ condition }})
{%- endmacro %}

{#- Least of a list of numbers, without NULLs. -#}
{% macro least_of(list) %}{{ return(adapter.dispatch('least_of')(list)) }}{% endmacro %}
{% macro duckdb__least_of(list) -%} list_min({{ list }}) {%- endmacro %}
{% macro spark__least_of(list) -%} array_min({{ list }}) {%- endmacro %}

{#- Greatest of a list of numbers, without NULLs. -#}
{% macro greatest_of(list) %}{{ return(adapter.dispatch('greatest_of')(list)) }}{% endmacro %}
{% macro duckdb__greatest_of(list) -%} list_max({{ list }}) {%- endmacro %}
{% macro spark__greatest_of(list) -%} array_max({{ list }}) {%- endmacro %}

{#- Item of a list at the place, from 1, where another list is least; the first of equals. -#}
{% macro item_at_least(list, numbers) %}{{ return(adapter.dispatch('item_at_least')(list, numbers)) }}{% endmacro %}
{% macro duckdb__item_at_least(list, numbers) -%} {{ list }}[list_position({{ numbers }}, list_min({{ numbers }}))] {%- endmacro %}
{% macro spark__item_at_least(list, numbers) -%} element_at({{ list }}, cast(array_position({{ numbers }}, array_min({{ numbers }})) as int)) {%- endmacro %}

{#- Aggregate: the rows' texts as one, in an order. -#}
{% macro joined_text(text, order_column) %}{{ return(adapter.dispatch('joined_text')(text, order_column)) }}{% endmacro %}
{% macro duckdb__joined_text(text, order_column) -%} string_agg({{ text }}, '; ' order by {{ order_column }}) {%- endmacro %}
{% macro spark__joined_text(text, order_column) -%}
    array_join(transform(
        array_sort(collect_list(named_struct('position', {{ order_column }}, 'item', {{ text }}))), ordered -> ordered.item
    ), '; ')
{%- endmacro %}
