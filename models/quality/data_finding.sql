with

door_findings as (

    select
        finding_code,
        extract_name,
        cast(null as varchar) as row_key,
        detail
    from {{ source('door', 'door_finding') }}

),

unknown_campaigns as (

    select
        'unknown_campaign' as finding_code,
        'loan_contract' as extract_name,
        loan_id as row_key,
        campaign_id_unknown as detail
    from {{ ref('stg_loan_servicing__loan_contract') }}
    where campaign_id_unknown is not null

),

unconverted_fees as (

    select
        'fee_without_exchange_rate' as finding_code,
        'fee_income' as extract_name,
        fee_id as row_key,
        currency_code as detail
    from {{ ref('int_customer__fee') }}
    where fee_amount is null

),

early_curves as (

    select distinct
        'ftp_before_first_curve' as finding_code,
        case contract_kind_code when 'deposit' then 'deposit_account' else 'loan_contract' end as extract_name,
        contract_id as row_key,
        currency_code as detail
    from {{ ref('int_contract__monthly_contribution') }}
    where is_before_first_curve

),

extreme_values as (

    select
        'extreme_value' as finding_code,
        'loan_contract' as extract_name,
        loan_id as row_key,
        feature_code || ' ' || cast(cast(maximum_value as decimal(20, 2)) as varchar)
        || ' sets the scale of the segmentation, 99 % are up to '
        || cast(cast(high_value as decimal(20, 2)) as varchar) as detail
    from {{ ref('int_segmentation__extreme_value') }}

),

final as (

    select * from door_findings
    union all
    select * from unknown_campaigns
    union all
    select * from unconverted_fees
    union all
    select * from early_curves
    union all
    select * from extreme_values

)

select * from final
