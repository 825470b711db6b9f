{%- set bins = 40 -%}
with

bins as (

    {% for number in range(1, bins + 1) %}
    select {{ number }} as bin_number
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

segments as (

    select segment_code, member_count
    from {{ ref('int_segmentation__segment') }}
    where grain_code = 'loan'

),

placed as (

    -- To 12 decimals, so that a loan on a border does not hang on the last bit; 1 is in the last bin.
    select
        segment_code,
        case
            when silhouette is null then 0
            else
                least(
                    cast(floor((cast(silhouette as decimal(14, 12)) + 1) * {{ bins // 2 }}) as integer) + 1, {{ bins }}
                )
        end as bin_number
    from {{ ref('loan_segment') }}
    where segment_code is not null

),

counted as (

    select segment_code, bin_number, count(*) as loan_count
    from placed
    group by segment_code, bin_number

),

spread as (

    select segments.segment_code, segments.member_count, bins.bin_number
    from segments
    cross join bins

    union all

    -- Bin 0, without borders, is there only for loans without silhouette.
    select segments.segment_code, segments.member_count, counted.bin_number
    from segments
    inner join counted
        on segments.segment_code = counted.segment_code
    where counted.bin_number = 0

),

final as (

    select
        ----------  keys
        spread.segment_code,
        spread.bin_number,

        ----------  attributes
        case
            when spread.bin_number > 0
                then cast((spread.bin_number - 1 - {{ bins // 2 }}) * {{ 2 / bins }} as decimal(4, 2))
        end as silhouette_from,
        case
            when spread.bin_number > 0
                then cast((spread.bin_number - {{ bins // 2 }}) * {{ 2 / bins }} as decimal(4, 2))
        end as silhouette_to,

        ----------  measures
        coalesce(counted.loan_count, 0) as loan_count,
        cast(coalesce(counted.loan_count, 0) as double) / spread.member_count as share_of_segment

    from spread
    left join counted
        on
            spread.segment_code = counted.segment_code
            and spread.bin_number = counted.bin_number

)

select * from final
