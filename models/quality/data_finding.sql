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
        case months.contract_kind_code when 'deposit' then 'deposit_account' else 'loan_contract' end as extract_name,
        months.contract_id as row_key,
        contracts.currency_code as detail
    from {{ ref('int_contract__monthly_contribution') }} as months
    inner join {{ ref('int_contract__contract') }} as contracts
        on
            months.contract_kind_code = contracts.contract_kind_code
            and months.contract_id = contracts.contract_id
    where months.is_before_first_curve

),

extreme_values as (

    select
        'extreme_value' as finding_code,
        case grain_code when 'loan' then 'loan_contract' else grain_code end as extract_name,
        member_id as row_key,
        feature_code || ' ' || cast(cast(extreme_value as decimal(20, 2)) as varchar)
        || ' sets the min-max scale of the segmentation, 99 % are '
        || case end_code when 'high' then 'up to ' else 'from ' end
        || cast(cast(ordinary_value as decimal(20, 2)) as varchar)
        || case end_code when 'high' then '' else ' on' end
        || '; scaling_code robust is not set by it' as detail
    from {{ ref('int_segmentation__extreme_value') }}

),

lacking_features as (

    -- Loans that no candidate can place, by what they lack of the features that are learned by.
    {% for name in segmentation_features()['loan'].values() %}
    select
        'loan_without_feature' as finding_code,
        'loan_contract' as extract_name,
        min(loans.loan_id) as row_key,
        cast(count(*) as varchar) || ' loans have no {{ name }} and so no segment' as detail
    from {{ ref('int_segmentation__loan_feature') }} as loans
    cross join {{ ref('int_segmentation__space') }} as spaces
    where
        spaces.grain_code = 'loan' and spaces.is_measure
        and spaces.has_{{ loop.index }} and loans.{{ name }} is null
    having count(*) > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

unknown_shares as (

    select distinct
        'share_of_unknown_customer' as finding_code,
        cast(null as varchar) as extract_name,
        shares.customer_id as row_key,
        'relationship_manager_share' as detail
    from {{ ref('relationship_manager_share') }} as shares
    left join {{ ref('int_customer__customer') }} as customers
        on shares.customer_id = customers.customer_id
    where customers.customer_id is null

),

matched_adjustments as (

    select distinct rule_order from {{ ref('int_assessed__rule') }}

),

idle_adjustments as (

    select
        'adjustment_without_contract' as finding_code,
        cast(null as varchar) as extract_name,
        adjustments.adjustment_code as row_key,
        'balance_adjustment, rule_order ' || cast(adjustments.rule_order as varchar) as detail
    from {{ ref('balance_adjustment') }} as adjustments
    left join matched_adjustments
        on adjustments.rule_order = matched_adjustments.rule_order
    where matched_adjustments.rule_order is null

),

idle_lines as (

    select distinct
        'committed_product_without_loan' as finding_code,
        cast(null as varchar) as extract_name,
        policies.product_code as row_key,
        'ftp_contingent_liquidity' as detail
    from {{ ref('ftp_contingent_liquidity') }} as policies
    left join {{ ref('stg_loan_servicing__loan_contract') }} as loans
        on policies.product_code = loans.product_code
    where loans.loan_id is null

),

idle_recommendations as (

    select distinct
        'rule_without_segment_name' as finding_code,
        cast(null as varchar) as extract_name,
        rules.segment_name_en as row_key,
        'recommendation_rule' as detail
    from {{ ref('recommendation_rule') }} as rules
    left join {{ ref('segment_name_policy') }} as names
        on rules.segment_name_en = names.name_en
    where rules.segment_name_en is not null and names.name_en is null

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
    union all
    select * from lacking_features
    union all
    select * from unknown_shares
    union all
    select * from idle_adjustments
    union all
    select * from idle_lines
    union all
    select * from idle_recommendations

)

select * from final
