with

customers as (

    select
        *,
        -- Industry codes come with or without the section's letter.
        case
            when substr(coalesce(industry_class_code, industry_division), 1, 1) = industry_section
                then substr(coalesce(industry_class_code, industry_division), 2)
            else coalesce(industry_class_code, industry_division, '')
        end as industry_digits
    from {{ ref('stg_crm__customer') }}

),

rules as (

    select *, coalesce(code_prefix, '') as prefix from {{ ref('enterprise_size_rule') }}

),

matches as (

    -- A rule for part of a section cannot be chosen while the customer's code is shorter than it.
    select
        customers.customer_id,
        max(
            case when substr(customers.industry_digits, 1, length(rules.prefix)) = rules.prefix then rules.rule_id end
        ) as rule_id,
        bool_or(
            substr(rules.prefix, 1, length(customers.industry_digits)) = customers.industry_digits
        ) as is_code_too_short
    from customers
    inner join rules
        on customers.industry_section = rules.industry_section
    group by customers.customer_id

),

measured as (

    select
        customers.customer_id,
        customers.enterprise_size_code,
        customers.industry_section,
        matches.rule_id,
        matches.is_code_too_short,
        rules.second_measure_code,
        {{ enterprise_size_measure('rules.first_measure_code') }} as first_measure,
        {{ enterprise_size_measure('rules.second_measure_code') }} as second_measure,
        rules.first_large_minimum,
        rules.first_medium_minimum,
        rules.first_small_minimum,
        rules.second_large_minimum,
        rules.second_medium_minimum,
        rules.second_small_minimum
    from customers
    left join matches
        on customers.customer_id = matches.customer_id
    left join rules
        on matches.rule_id = rules.rule_id

),

final as (

    -- A size is reached when every measure reaches its lower bound.
    select
        customer_id,
        case
            when enterprise_size_code is not null then enterprise_size_code
            when industry_section is null then 'unknown'
            when rule_id is null and coalesce(is_code_too_short, false) then 'unknown'
            when rule_id is null then 'unclassified'
            when first_measure is null or (second_measure_code is not null and second_measure is null) then 'unknown'
            when
                first_measure >= first_large_minimum
                and (second_measure_code is null or second_measure >= second_large_minimum) then 'large'
            when
                first_measure >= first_medium_minimum
                and (second_measure_code is null or second_measure >= second_medium_minimum) then 'medium'
            when
                first_measure >= first_small_minimum
                and (second_measure_code is null or second_measure >= second_small_minimum) then 'small'
            else 'micro'
        end as enterprise_size
    from measured

)

select * from final
