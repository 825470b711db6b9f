{#-
  Adjusted Pearson residual of a cell of a cross-table: how far its count lies from the one of independence, in standard
  errors, (n × cell − row × column) × √n / √(row × column × (n − row) × (n − column)); NULL where a margin is 0 or all.
-#}
{% macro adjusted_residual(cell_count, row_count, column_count, total_count) -%}
    {%- set cell, row, column, total = 'cast(' ~ cell_count ~ ' as double)', 'cast(' ~ row_count ~ ' as double)',
        'cast(' ~ column_count ~ ' as double)', 'cast(' ~ total_count ~ ' as double)' -%}
    ({{ total }} * {{ cell }} - {{ row }} * {{ column }}) * sqrt({{ total }})
    / nullif(sqrt({{ row }} * {{ column }} * ({{ total }} - {{ row }}) * ({{ total }} - {{ column }})), 0)
{%- endmacro %}
