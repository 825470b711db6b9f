with

customers as (

    select * from {{ ref('int_coverage__customer') }}
    where segment_code is not null

),

loans as (

    select loan_id, customer_id, segment_code, dimension_value as product_code
    from {{ ref('int_coverage__loan_dimension') }}
    where dimension_code = 'product' and is_specialised

),

features as (

    select * from {{ ref('int_segmentation__loan_feature') }}

),

covering as (

    -- Loans of the kind that the customer is segmented by: those in its segment.
    select
        customers.customer_id,
        customers.segment_code,
        customers.enterprise_size,
        customers.industry_section,
        loans.loan_id,
        loans.product_code,
        cast(features.ftp_margin_pct * 0.01 as decimal(18, 12)) as ftp_margin_rate
    from customers
    inner join loans
        on
            customers.customer_id = loans.customer_id
            and customers.segment_code = loans.segment_code
    inner join features
        on loans.loan_id = features.loan_id

),

grouped as (

    -- From the likest peers to all of the segment; what is unknown is no likeness.
    {% for enterprise_size, industry_section in peer_levels() %}
    select
        {{ loop.index }} as level_number,
        segment_code,
        {{ enterprise_size }} as enterprise_size,
        {{ industry_section }} as industry_section,
        customer_id,
        loan_id,
        product_code,
        ftp_margin_rate
    from covering
    where {{ enterprise_size }} <> 'unknown' and {{ industry_section }} <> 'unknown'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

peers as (

    select
        level_number,
        segment_code,
        enterprise_size,
        industry_section,
        count(distinct customer_id) as covered_peer_count
    from grouped
    group by level_number, segment_code, enterprise_size, industry_section

),

products as (

    select
        level_number,
        segment_code,
        enterprise_size,
        industry_section,
        product_code,
        count(distinct customer_id) as product_peer_count,
        row_number() over (
            partition by level_number, segment_code, enterprise_size, industry_section
            order by count(distinct customer_id) desc, product_code
        ) as product_rank
    from grouped
    group by level_number, segment_code, enterprise_size, industry_section, product_code

),

ordered as (

    select
        level_number,
        segment_code,
        enterprise_size,
        industry_section,
        product_code,
        ftp_margin_rate,
        row_number() over (
            partition by level_number, segment_code, enterprise_size, industry_section, product_code
            order by ftp_margin_rate, loan_id
        ) as place,
        count(*) over (
            partition by level_number, segment_code, enterprise_size, industry_section, product_code
        ) as loan_count
    from grouped
    where ftp_margin_rate is not null

),

medians as (

    -- The one in the middle, or the mean of the two.
    select
        level_number,
        segment_code,
        enterprise_size,
        industry_section,
        product_code,
        cast(round(
            cast(sum(ftp_margin_rate) as decimal(20, 12)) * case when count(*) = 1 then 1.0 else 0.5 end, 10
        ) as decimal(12, 10)) as median_ftp_margin_rate
    from ordered
    where 2 * place between loan_count and loan_count + 2
    group by level_number, segment_code, enterprise_size, industry_section, product_code

),

final as (

    select
        ----------  keys
        peers.level_number,
        peers.segment_code,
        peers.enterprise_size,
        peers.industry_section,

        ----------  attributes
        products.product_code,

        ----------  measures
        peers.covered_peer_count,
        products.product_peer_count,
        medians.median_ftp_margin_rate

    from peers
    inner join products
        on
            {{ is_same_peer_group('peers', 'products') }}
            and products.product_rank = 1
    left join medians
        on
            {{ is_same_peer_group('products', 'medians') }}
            and products.product_code = medians.product_code

)

select * from final
