{#- Text with places in braces as SQL: '{count} of {total} loans' with an expression for each. A NULL makes it NULL. -#}
{% macro sentence(text, values) -%}
    {%- set pieces = [] -%}
    {%- for part in text.split('{') -%}
        {%- if not loop.first -%}
            {%- do pieces.append(values[part.split('}')[0]]) -%}
        {%- endif -%}
        {%- set words = part if loop.first else part.split('}')[1] -%}
        {%- if words -%}{%- do pieces.append("'" ~ words | replace("'", "''") ~ "'") -%}{%- endif -%}
    {%- endfor -%}
    {{ pieces | join(' || ') }}
{%- endmacro %}
