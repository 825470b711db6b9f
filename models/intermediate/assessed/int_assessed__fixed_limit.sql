with

pieces as (

    select * from {{ ref('int_assessed__piece') }}

),

rules as (

    select * from {{ ref('int_assessed__rule') }}

),

stretches as (

    select * from {{ ref('int_assessed__stretch') }}

),

final as (

    select
        pieces.contract_kind_code,
        pieces.contract_id,
        pieces.valid_from,
        rules.rule_order,
        stretches.limit_amount,
        stretches.is_excluded
    from pieces
    inner join rules
        on
            pieces.contract_kind_code = rules.contract_kind_code
            and pieces.contract_id = rules.contract_id
    inner join stretches
        on
            rules.rule_order = stretches.rule_order
            and pieces.valid_from between stretches.first_date and stretches.last_date
    where rules.method_code in ('exclude', 'cap')

)

select * from final
