with

contracts as (

    select * from {{ ref('int_contract__contract') }}

),

policies as (

    select
        *,
        {{ first_of_month_from('valid_from') }} as binds_from,
        {{ first_of_month_from('valid_before') }} as binds_before
    from {{ ref('int_ftp__policy_interval') }}

),

classes as (

    select * from {{ ref('int_loan__class_interval') }}

),

candidates as (

    select
        contracts.contract_kind_code,
        contracts.contract_id,
        contracts.assignment_date,
        policies.*
    from contracts
    inner join policies
        on
            contracts.contract_kind_code = policies.contract_kind_code
            and (contracts.maturity_date is not null) = policies.has_maturity
            and coalesce(contracts.product_family_code, '') = policies.product_family_code
            and coalesce(contracts.repayment_method_code, '') = policies.repayment_method_code
            and contracts.rate_type_code = policies.rate_type_code

),

claims as (

    -- With a maturity the policy of the first day holds for life,
    select
        contract_kind_code,
        contract_id,
        {{ first_date() }} as valid_from,
        {{ last_date() }} as valid_before,
        0 as class_code,
        policy_code,
        policy_valid_from
    from candidates
    where
        class_code = 0
        and has_maturity
        and assignment_date >= valid_from
        and assignment_date < valid_before

    union all

    -- without one that of each month's first day,
    select
        contract_kind_code,
        contract_id,
        binds_from as valid_from,
        binds_before as valid_before,
        0 as class_code,
        policy_code,
        policy_valid_from
    from candidates
    where class_code = 0 and not has_maturity and binds_from < binds_before

    union all

    -- and a row for a class while the loan is in it.
    select
        candidates.contract_kind_code,
        candidates.contract_id,
        greatest(candidates.binds_from, classes.valid_from) as valid_from,
        least(candidates.binds_before, classes.valid_before) as valid_before,
        candidates.class_code,
        candidates.policy_code,
        candidates.policy_valid_from
    from candidates
    inner join classes
        on
            candidates.contract_kind_code = 'loan'
            and candidates.contract_id = classes.loan_id
            and candidates.class_code <= cast(classes.class_code as integer)
            and candidates.before_class_code > cast(classes.class_code as integer)
            and candidates.binds_from < classes.valid_before
            and candidates.binds_before > classes.valid_from
    where candidates.class_code > 0 and candidates.is_of_class and candidates.binds_from < candidates.binds_before

),

classed as (

    select distinct contract_kind_code, contract_id from claims
    where class_code > 0

),

rivals as (

    -- Only rows for a class can claim a day that another row claims too.
    select claims.*
    from claims
    inner join classed
        on
            claims.contract_kind_code = classed.contract_kind_code
            and claims.contract_id = classed.contract_id

),

changes as (

    select contract_kind_code, contract_id, valid_from as change_date from rivals
    union distinct
    select contract_kind_code, contract_id, valid_before as change_date from rivals
    where valid_before < {{ last_date() }}

),

stretches as (

    select
        *,
        coalesce(
            lead(change_date) over (partition by contract_kind_code, contract_id order by change_date),
            {{ last_date() }}
        ) as change_before
    from changes

),

ranked as (

    select
        stretches.contract_kind_code,
        stretches.contract_id,
        stretches.change_date as valid_from,
        stretches.change_before as valid_before,
        rivals.policy_code,
        rivals.policy_valid_from,
        row_number() over (
            partition by stretches.contract_kind_code, stretches.contract_id, stretches.change_date
            order by rivals.class_code desc
        ) as place
    from stretches
    inner join rivals
        on
            stretches.contract_kind_code = rivals.contract_kind_code
            and stretches.contract_id = rivals.contract_id
            and stretches.change_date >= rivals.valid_from
            and stretches.change_date < rivals.valid_before

),

final as (

    select contract_kind_code, contract_id, valid_from, valid_before, policy_code, policy_valid_from
    from ranked
    where place = 1

    union all

    select
        claims.contract_kind_code,
        claims.contract_id,
        claims.valid_from,
        claims.valid_before,
        claims.policy_code,
        claims.policy_valid_from
    from claims
    left join classed
        on
            claims.contract_kind_code = classed.contract_kind_code
            and claims.contract_id = classed.contract_id
    where classed.contract_id is null

)

select * from final
