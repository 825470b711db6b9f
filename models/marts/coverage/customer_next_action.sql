with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

policies as (

    select
        policies.*,
        coalesce(policies.raroc_floor_pct, profitability.hurdle_rate_pct) as raroc_floor,
        {{ holdout_period_start('as_of.as_of_date', 'policies.holdout_period_code') }} as holdout_start_date
    from as_of
    inner join {{ ref('next_action_policy') }} as policies
        on as_of.as_of_date between policies.valid_from and policies.valid_to
    inner join {{ ref('profitability_policy') }} as profitability
        on as_of.as_of_date between profitability.valid_from and profitability.valid_to

),

customers as (

    select * from {{ ref('int_coverage__customer') }}

),

segments as (

    select * from {{ ref('segment_profile') }}

),

tiers as (

    select * from {{ ref('tier') }}

),

offers as (

    select * from {{ ref('int_coverage__offer') }}

),

covered as (

    -- By a loan that counts in the coverage, or by an older one that is still open.
    select customer_id from {{ ref('int_coverage__loan_dimension') }}
    where is_specialised
    union distinct
    select customer_id from {{ ref('customer_product_holding') }}
    where is_specialised and open_loan_count > 0

),

managers as (

    -- Who has the largest share of the customer calls it.
    select
        shares.customer_id,
        shares.relationship_manager_id,
        row_number() over (
            partition by shares.customer_id order by shares.share desc, shares.relationship_manager_id
        ) as share_rank
    from {{ ref('int_customer__manager_share') }} as shares
    inner join as_of
        on
            as_of.as_of_date >= shares.valid_from
            and as_of.as_of_date < shares.valid_before
    where shares.relationship_manager_id <> 'unassigned'

),

joined as (

    select
        customers.*,
        as_of.as_of_date,
        segments.segment_name_zh,
        segments.segment_name_en,
        tiers.name_zh as tier_name_zh,
        tiers.name_en as tier_name_en,
        managers.relationship_manager_id,
        covered.customer_id is not null as is_covered,
        policies.maximum_class_code,
        policies.minimum_peer_count,
        policies.holdout_start_date,
        policies.holdout_share,
        cast(policies.raroc_floor as double) / 100 as raroc_floor,
        case when managers.customer_id is null then policies.branch_capacity else policies.manager_capacity end
            as capacity,
        md5(customers.customer_id || '|' || cast(policies.holdout_start_date as varchar)) as holdout_hash,
        {{ offer_columns('offers') }}
    from customers
    cross join as_of
    left join policies
        on as_of.as_of_date between policies.valid_from and policies.valid_to
    inner join tiers
        on customers.tier_code = tiers.tier_code
    left join segments
        on customers.segment_code = segments.segment_code
    left join managers
        on
            customers.customer_id = managers.customer_id
            and managers.share_rank = 1
    left join covered
        on customers.customer_id = covered.customer_id
    left join offers
        on customers.customer_id = offers.customer_id

),

screened as (

    -- The first reason that applies.
    select
        *,
        case
            when segment_code is null then 'no_segment'
            when not in_rating_scope then 'out_of_scope'
            when cast(class_code as integer) > maximum_class_code then 'non_performing'
            when not has_marketing_consent then 'no_consent'
            when is_covered then 'already_covered'
            when level_number is null then 'no_peers'
            when after_tax_amount is null then 'not_priced'
            -- Without capital there is nothing to return on, only a loss to avoid.
            when raroc < raroc_floor or (raroc is null and after_tax_amount < 0) then 'below_raroc_floor'
        end as screening_reason
    from joined

),

ranked as (

    select
        *,
        case
            when screening_reason is null
                then
                    row_number() over (
                        partition by
                            case when screening_reason is null then 1 else 0 end,
                            relationship_manager_id,
                            case when relationship_manager_id is null then branch_code end
                        order by contribution_amount - expected_loss_amount desc, customer_id
                    )
        end as call_rank
    from screened

),

decided as (

    select
        *,
        case when call_rank > capacity then 'over_capacity' else screening_reason end as exclusion_reason,
        coalesce({{ hash_fraction('holdout_hash') }} < holdout_share, false) as is_holdout
    from ranked

),

final as (

    select
        ----------  keys
        customer_id,

        ----------  dates
        as_of_date,
        holdout_start_date,

        ----------  attributes
        segment_code,
        tier_code,
        enterprise_size,
        industry_section,
        relationship_manager_id,
        branch_code,

        ----------  action
        exclusion_reason,
        case when exclusion_reason is null then product_code end as recommended_product_code,
        is_holdout,
        call_rank,

        ----------  peers
        {{ peer_level_code() }} as peer_level_code,
        covered_peer_count,
        product_code as peer_product_code,
        product_peer_count,

        ----------  offer
        contract_amount as offer_amount,
        offer_days,
        cast(median_ftp_margin_rate as double) * 100 as peer_ftp_margin_pct,
        case when exclusion_reason is null then contribution_amount end as expected_contribution_amount,
        case when exclusion_reason is null then current_contribution_amount end as current_contribution_amount,
        case when exclusion_reason is null then expected_loss_amount end as expected_loss_amount,
        raroc,
        raroc_floor,

        ----------  explanation
        {{ reason_chain('en') }} as reason_chain,
        {{ reason_chain('zh') }} as reason_chain_zh

    from decided

)

select * from final
