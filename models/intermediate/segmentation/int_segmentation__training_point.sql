{%- set finest = 1024 -%}
with

loans as (

    select * from {{ ref('int_segmentation__scaled_loan') }}

),

distinct_loans as (

    select
        {{ per_feature('min(scaled_{f}) as scaled_{f}') }},
        count(*) as loan_count,
        min(loan_id) as first_loan_id
    from loans
    group by {{ per_feature('{f}') }}

),

counted as (

    select count(*) <= {{ var('segmentation_max_points') }} as is_exact from distinct_loans

),

exact_points as (

    select
        distinct_loans.first_loan_id,
        distinct_loans.loan_count,
        {{ per_feature('distinct_loans.scaled_{f}') }},
        {{ per_feature('cast(0 as double) as squares_{f}') }},
        cast(null as integer) as resolution
    from distinct_loans
    cross join counted
    where counted.is_exact

),

finest_cells as (

    -- Too many to learn from: the space is cut into equal cells,
    select distinct
        {{ per_feature('least(floor(distinct_loans.scaled_{f} * ' ~ finest ~ '), ' ~ (finest - 1) ~ ') as fine_{f}') }}
    from distinct_loans
    cross join counted
    where not counted.is_exact

),

resolutions as (

    {% for halvings in range(11) %}
    select {{ finest // 2 ** halvings }} as resolution
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

coarser_cells as (

    -- at every halving of the resolution (powers of two, so the cells nest exactly),
    select distinct
        resolutions.resolution,
        {{ per_feature('floor(finest_cells.fine_{f} * (resolutions.resolution / ' ~ finest ~ '.0)) as cell_{f}') }}
    from finest_cells
    cross join resolutions

),

affordable as (

    select resolution
    from coarser_cells
    group by resolution
    having count(*) <= {{ var('segmentation_max_points') }}

),

chosen as (

    -- and the finest that is few enough is taken.
    select max(resolution) as resolution from affordable

),

placed as (

    select
        distinct_loans.*,
        chosen.resolution,
        {{ per_feature(
            'least(floor(distinct_loans.scaled_{f} * chosen.resolution), chosen.resolution - 1) as cell_{f}'
        ) }}
    from distinct_loans
    cross join chosen
    where chosen.resolution is not null

),

cells as (

    select
        resolution,
        {{ per_feature('cell_{f}') }},
        min(first_loan_id) as first_loan_id,
        cast(sum(loan_count) as bigint) as loan_count,
        {{ per_feature('cast(sum(' ~ summable('scaled_{f} * loan_count') ~ ') as double) as sum_{f}') }},
        {{ per_feature(
            'cast(sum(' ~ summable('scaled_{f} * scaled_{f} * loan_count') ~ ') as double) as square_sum_{f}'
        ) }}
    from placed
    group by resolution, {{ per_feature('cell_{f}') }}

),

grid_points as (

    select
        first_loan_id,
        loan_count,
        {{ per_feature('sum_{f} / loan_count as scaled_{f}') }},
        {{ per_feature(
            'greatest(square_sum_{f} - sum_{f} * (sum_{f} / loan_count), cast(0 as double)) as squares_{f}'
        ) }},
        resolution
    from cells

),

points as (

    select * from exact_points
    union all
    select * from grid_points

),

final as (

    -- The order of the points decides the starts of the training, so it must be total.
    select
        row_number() over (order by first_loan_id) as point_number,
        *
    from points

)

select * from final
