with

kinds as (

    -- The contracts that a policy row can tell apart.
    select distinct
        contract_kind_code,
        maturity_date is not null as has_maturity,
        coalesce(product_family_code, '') as product_family_code,
        coalesce(repayment_method_code, '') as repayment_method_code,
        rate_type_code
    from {{ ref('int_contract__contract') }}

),

policies as (

    select *, coalesce(minimum_class_code, 0) as class_code from {{ ref('ftp_assignment') }}

),

classes as (

    select class_code, coalesce(lead(class_code) over (order by class_code), 6) as before_class_code
    from (select distinct class_code from policies) as listed

),

matches as (

    select
        kinds.*,
        policies.policy_code,
        policies.valid_from as policy_valid_from,
        policies.valid_to as policy_valid_to,
        policies.class_code as policy_class_code,
        -- The most specific row wins: by class, then family, then repayment, then rate type.
        case when policies.product_family_code is null then 0 else 4 end
        + case when policies.repayment_method_code is null then 0 else 2 end
        + case when policies.rate_type_code is null then 0 else 1 end as specificity
    from kinds
    inner join policies
        on
            kinds.contract_kind_code = policies.contract_kind_code
            and kinds.has_maturity = policies.has_maturity
            and kinds.product_family_code = coalesce(policies.product_family_code, kinds.product_family_code)
            and kinds.repayment_method_code = coalesce(policies.repayment_method_code, kinds.repayment_method_code)
            and kinds.rate_type_code = coalesce(policies.rate_type_code, kinds.rate_type_code)

),

changes as (

    select
        contract_kind_code, has_maturity, product_family_code, repayment_method_code, rate_type_code,
        policy_valid_from as change_date
    from matches

    union distinct

    select
        contract_kind_code, has_maturity, product_family_code, repayment_method_code, rate_type_code,
        policy_valid_to + 1 as change_date
    from matches
    where policy_valid_to < {{ last_date() }}

),

stretches as (

    select
        *,
        coalesce(
            lead(change_date) over (
                partition by
                    contract_kind_code, has_maturity, product_family_code, repayment_method_code, rate_type_code
                order by change_date
            ),
            {{ last_date() }}
        ) as valid_before
    from changes

),

ranked as (

    select
        matches.*,
        classes.class_code,
        classes.before_class_code,
        stretches.change_date as valid_from,
        stretches.valid_before,
        row_number() over (
            partition by
                matches.contract_kind_code, matches.has_maturity, matches.product_family_code,
                matches.repayment_method_code, matches.rate_type_code, classes.class_code, stretches.change_date
            order by matches.policy_class_code desc, matches.specificity desc, matches.policy_code
        ) as place
    from stretches
    inner join matches
        on
            stretches.contract_kind_code = matches.contract_kind_code
            and stretches.has_maturity = matches.has_maturity
            and stretches.product_family_code = matches.product_family_code
            and stretches.repayment_method_code = matches.repayment_method_code
            and stretches.rate_type_code = matches.rate_type_code
            and stretches.change_date between matches.policy_valid_from and matches.policy_valid_to
    inner join classes
        on matches.policy_class_code <= classes.class_code

),

final as (

    select
        contract_kind_code,
        has_maturity,
        product_family_code,
        repayment_method_code,
        rate_type_code,
        class_code,
        before_class_code,
        -- A row for a class of loans takes the place of the loan's own only where there is one.
        policy_class_code > 0 or class_code = 0 as is_of_class,
        valid_from,
        valid_before,
        policy_code,
        policy_valid_from
    from ranked
    where place = 1

)

select * from final
