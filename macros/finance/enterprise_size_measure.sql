{#- The customer's measure that a size rule names: employees (从业人员), revenue or assets in 10,000 yuan. -#}
{% macro enterprise_size_measure(measure_code) -%}
    case {{ measure_code }}
        when 'employee_count' then cast(customers.employee_count as decimal(22, 6))
        when 'annual_revenue' then cast(customers.annual_revenue * 0.0001 as decimal(22, 6))
        when 'total_assets' then cast(customers.total_assets * 0.0001 as decimal(22, 6))
    end
{%- endmacro %}
