{{ config(materialized='view') }}
with

spaces as (

    select * from {{ ref('int_segmentation__space') }}

),

members as (

    select
        'loan' as grain_code,
        loan_id as member_id,
        last_day(start_date) as month_end_date,
        {{ exact_and_double('term_days', 1) }},
        {{ exact_and_double('contract_amount', 2) }},
        {{ exact_and_double('annual_rate_pct', 3, 10) }},
        {{ exact_and_double('benchmark_multiple', 'by_benchmark', 10) }},
        {{ exact_and_double('ftp_margin_pct', 'by_margin', 10) }},
        {{ exact_and_double('null', 4) }},
        {{ exact_and_double('null', 5) }}
    from {{ ref('int_segmentation__loan_feature') }}

    union all

    select
        'customer' as grain_code,
        customers.customer_id as member_id,
        last_day(as_of.as_of_date) as month_end_date,
        {{ exact_and_double('contribution_amount', 1) }},
        {{ exact_and_double('deposit_average_daily_balance', 2) }},
        {{ exact_and_double('loan_average_daily_balance', 3, 10) }},
        {{ exact_and_double('null', 'by_benchmark', 10) }},
        {{ exact_and_double('null', 'by_margin', 10) }},
        {{ exact_and_double('product_count', 4) }},
        {{ exact_and_double('fee_income_amount', 5) }}
    from {{ ref('int_segmentation__customer_feature') }} as customers
    cross join {{ ref('int_reporting__as_of') }} as as_of

),

complete as (

    -- Who can be measured;
    select members.*
    from members
    inner join spaces
        on members.grain_code = spaces.grain_code
    where
        spaces.is_measure
        and {{ per_feature('(members.value_{f} is not null or not spaces.has_{f})', ' and ') }}

),

based as (

    select
        spaces.*,
        complete.member_id,
        complete.month_end_date,
        complete.value_1,
        complete.number_1,
        complete.value_2,
        complete.number_2,
        case spaces.rate_basis_code
            when 'benchmark_multiple' then complete.value_by_benchmark
            when 'ftp_margin' then complete.value_by_margin
            else complete.value_3
        end as value_3,
        case spaces.rate_basis_code
            when 'benchmark_multiple' then complete.number_by_benchmark
            when 'ftp_margin' then complete.number_by_margin
            else complete.number_3
        end as number_3,
        complete.value_4,
        complete.number_4,
        complete.value_5,
        complete.number_5
    from complete
    inner join spaces
        on complete.grain_code = spaces.grain_code

),

final as (

    -- and of them who has every feature of the space.
    select
        space_code,
        space_number,
        member_id,
        month_end_date,
        {{ per_feature('case when has_{f} then value_{f} end as value_{f}') }},
        {{ per_feature('case when has_{f} then number_{f} end as number_{f}') }}
    from based
    where {{ per_feature('(value_{f} is not null or not has_{f})', ' and ') }}

)

select * from final
