{#-
  What a unit of balance earns the bank in a year, rounded to 10 decimals: a deposit earns the transfer
  price less its own rate, a loan its rate after tax less the transfer price.
-#}
{% macro spread_rate(contract_kind_code, annual_rate, ftp_rate, net_interest_factor) -%}
    case {{ contract_kind_code }}
        when 'deposit' then {{ ftp_rate }} - {{ annual_rate }}
        when 'loan'
            then round(
                cast({{ annual_rate }} as decimal(11, 8)) * cast({{ net_interest_factor }} as decimal(11, 10))
                - {{ ftp_rate }}, 10
            )
    end
{%- endmacro %}
