{#-
  What can be clustered and by what: for each grain the words of the policy's `features` and the columns they stand for,
  in the order of the distance's sum. A feature's place in the list is its number in the columns of the models
  (value_1, scaled_1, ...); loans by the study's three elements (三要素).
-#}
{% macro segmentation_features() %}
    {{ return({
        'loan': {'term': 'term_days', 'amount': 'contract_amount', 'rate': 'annual_rate_pct'},
        'customer': {
            'contribution': 'contribution_amount',
            'deposits': 'deposit_average_daily_balance',
            'loans': 'loan_average_daily_balance',
            'products': 'product_count',
            'fees': 'fee_income_amount',
        },
    }) }}
{% endmacro %}

{#- The numbers of features there can be. -#}
{% macro segmentation_slots() %}
    {{ return([1, 2, 3, 4, 5]) }}
{% endmacro %}

{#- One SQL expression per feature; `{f}` stands for the feature's number. -#}
{% macro per_feature(expression, separator=', ') -%}
    {%- for slot in segmentation_slots() -%}
        {{ expression | replace('{f}', slot | string) }}{{ separator if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  One SQL expression per feature of a grain; `{f}` stands for its number, `{name}` for its column. `otherwise`: one for
  the numbers that the grain has no feature for.
-#}
{% macro per_named_feature(grain, expression, otherwise=none) -%}
    {%- set names = segmentation_features()[grain].values() | list -%}
    {%- for slot in (segmentation_slots() if otherwise else segmentation_slots()[:names | length]) -%}
        {%- set is_named = loop.index <= names | length -%}
        {{- ', ' if not loop.first }}
        {{- (expression | replace('{name}', names[loop.index0]) if is_named else otherwise) | replace('{f}', slot | string) -}}
    {%- endfor -%}
{%- endmacro %}

{#-
  A column per grain and feature, NULL in rows of another grain; `{f}` stands for the feature's number, `{name}` for its
  column. The rate of a loan may be on another basis than its column, so it is called rate.
-#}
{% macro per_grain_feature(grain_code, expression, column) -%}
    {%- for grain, features in segmentation_features().items() -%}
        {%- set is_last_grain = loop.last -%}
        {%- for name in features.values() -%}
        case when {{ grain_code }} = '{{ grain }}' then {{ expression | replace('{f}', loop.index | string) }} end
            as {{ column | replace('{name}', name) | replace('annual_rate_pct', 'rate') }}
        {{- ', ' if not (loop.last and is_last_grain) }}
        {% endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- One SQL expression per reading of a loan's rate; `{m}` stands for its column. -#}
{% macro per_rate_measure(expression) -%}
    {%- for measure in ['annual_rate_pct', 'benchmark_multiple', 'ftp_margin_pct'] -%}
        {{ expression | replace('{m}', measure) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  A feature as a decimal, whose sums are exact, and as the double nearest to it, which is scaled. Amounts, days and counts
  need two digits, which take half the room of the ten of a rate.
-#}
{% macro exact_and_double(column, suffix, scale=2) -%}
    cast({{ column }} as decimal({{ 18 if scale == 2 else 28 }}, {{ scale }})) as value_{{ suffix }},
    cast({{ column }} as double) as number_{{ suffix }}
{%- endmacro %}

{#- Whether a word is in a text of words. -#}
{% macro has_word(text, word) -%}
    (' ' || {{ text }} || ' ') like '% {{ word }} %'
{%- endmacro %}

{#-
  A feature's value on the min-max scale of the training window. A constant or unused feature scales to 0, but where a
  constant one is missing the place is as unknown as where any other is.
-#}
{% macro scaled(value) -%}
    case
        when feature_ranges.maximum_{f} > feature_ranges.minimum_{f}
            then
                ({{ value }} - feature_ranges.minimum_{f}) / (feature_ranges.maximum_{f} - feature_ranges.minimum_{f})
        when {{ value }} is not null or feature_ranges.maximum_{f} is null then cast(0 as double)
    end
{%- endmacro %}

{#- A value on the min-max scale, back in the feature's own unit. -#}
{% macro unscaled(value) -%}
    feature_ranges.minimum_{f} + ({{ value }}) * (feature_ranges.maximum_{f} - feature_ranges.minimum_{f})
{%- endmacro %}

{#- Where a prototype lies on the min-max scale. -#}
{% macro learned_place(prototypes) -%}
    {{ prototypes }}.learned_{f} * {{ prototypes }}.spread_{f} + {{ prototypes }}.offset_{f}
{%- endmacro %}

{#- Squared difference of two relations on one scaled feature. -#}
{% macro squared_difference(first, second) -%}
    {{ squared_to(first ~ '.scaled_{f}', second ~ '.scaled_{f}') }}
{%- endmacro %}

{#- Squared difference of two numbers. -#}
{% macro squared_to(first, second) -%}
    ({{ first }} - {{ second }}) * ({{ first }} - {{ second }})
{%- endmacro %}

{#- Squared Euclidean distance of two relations in the scaled space. -#}
{% macro squared_distance(first, second) -%}
    {{ per_feature(squared_difference(first, second), ' + ') }}
{%- endmacro %}

{#- A double as a decimal, so that a sum does not depend on the order of its rows. -#}
{% macro summable(value) -%}
    cast({{ value }} as decimal(38, 18))
{%- endmacro %}

{#- Cells along an axis between 0 and 1: a power of two, so that their bounds are exact. -#}
{% macro cells_a_side() %}
    {{ return(128) }}
{% endmacro %}

{#- Number of the cell that a scaled value falls into; what lies outside of 0 to 1 is in the outermost ones. -#}
{% macro cell(scaled_value) -%}
    greatest(least(floor({{ scaled_value }} * {{ cells_a_side() }}), {{ cells_a_side() }}), -1)
{%- endmacro %}

{#- Space and cells of a scaled member as one number, since a join on a text and five numbers takes eight times as long. -#}
{% macro cell_key() -%}
    {%- set count = cells_a_side() + 2 -%}
    cast(space_number as bigint) * {{ count ** (segmentation_slots() | length) }}
    {%- for slot in segmentation_slots() %}
    + cast({{ cell('scaled_' ~ slot) }} + 1 as bigint) * {{ count ** loop.revindex0 }}
    {%- endfor -%}
{%- endmacro %}

{#- How far a scaled value lies from one of `prototypes`, in the units it was learned in. -#}
{% macro learned_difference(scaled_value) -%}
    (({{ scaled_value }} - prototypes.offset_{f}) / prototypes.spread_{f} - prototypes.learned_{f})
{%- endmacro %}

{#-
  Distance to one of `prototypes`, given the difference in each learned feature: squared Euclidean or, to a two-step
  profile, the log-likelihood that is lost when the loan joins it. It grows with every absolute difference.
-#}
{% macro prototype_distance(difference) -%}
    {%- set alone = '(1 + prototypes.profile_squares_{f} / prototypes.profile_count)' -%}
    {%- set grown = 'prototypes.profile_squares_{f} + prototypes.profile_count / (prototypes.profile_count + 1) * (' ~ difference ~ ' * ' ~ difference ~ ')' -%}
    {%- set joined = '(1 + (' ~ grown ~ ') / (prototypes.profile_count + 1))' -%}
    case
        when prototypes.profile_count is null then {{ per_feature(difference ~ ' * ' ~ difference, ' + ') }}
        else
            0.5 * (prototypes.profile_count + 1) * ({{ per_feature('ln' ~ joined, ' + ') }})
            - 0.5 * prototypes.profile_count * ({{ per_feature('ln' ~ alone, ' + ') }})
    end
{%- endmacro %}

{#- Mean Jaccard similarity over the runs, or over those of a kind; NULL without runs. -#}
{% macro mean_jaccard(kind=none) -%}
    {%- set filter = " filter (where kind_code = '" ~ kind ~ "')" if kind else '' -%}
    cast(sum({{ summable('jaccard') }}){{ filter }} as double) / nullif(count(*){{ filter }}, 0)
{%- endmacro %}

{#- A number as text, cut off (not rounded, so that what is under a bound never looks equal to it). -#}
{% macro cut_off(value, scale) -%}
    cast(cast(floor(round(({{ value }}) * 1{{ '0' * scale }}, 6)) / 1{{ '0' * scale }} as decimal(12, {{ scale }})) as varchar)
{%- endmacro %}

{#- A number as text, rounded. -#}
{% macro rounded_off(value, scale) -%}
    cast(cast({{ value }} as decimal(30, {{ scale }})) as varchar)
{%- endmacro %}

{#- A number as text, without noughts at its end. -#}
{% macro plain(value, scale=6) -%}
    trim(trailing '.' from trim(trailing '0' from {{ rounded_off(value, scale) }}))
{%- endmacro %}

{#- An exact sum over its count, rounded to cents. -#}
{% macro mean_amount(total, count) -%}
    cast({{ exact_divide(total, count, 2) }} as decimal(18, 2))
{%- endmacro %}

{#- Whether a segment's ratios to all loans are within the bounds of a naming rule. -#}
{% macro is_within_name_bounds() -%}
    {%- for feature in segmentation_features()['loan'] -%}
    (names.minimum_{{ feature }}_ratio is null or compared.ratio_{{ loop.index }} >= names.minimum_{{ feature }}_ratio)
    and (names.maximum_{{ feature }}_ratio is null or compared.ratio_{{ loop.index }} < names.maximum_{{ feature }}_ratio)
    {{ 'and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Which features a space has, by its name. -#}
{% macro feature_flags() -%}
    {%- for slot in segmentation_slots() -%}
    (
        {%- for grain, features in segmentation_features().items() if features | length >= slot -%}
        (grain_code = '{{ grain }}' and {{ has_word('space_code', (features | list)[slot - 1]) }})
        {{- ' or ' if not loop.last -}}
        {%- endfor -%}
    ) as has_{{ slot }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  CTEs that choose the grid a space is folded to, from members with space_number, scaled features and what tells distinct
  ones apart (no CTE, which the engine would keep in memory for its readers): `distinct_members` of spaces that may have
  few enough, with their scaled features, `counted`, whether they have so few that they stay exact, and `chosen`, the
  resolution of each space that does not.
-#}
{% macro grid_of_members(members, distinct_by, distinct_columns) -%}
{%- set finest = 1024 -%}
finest_cells as (

    -- The space is cut into equal cells (small numbers are grouped faster),
    select distinct
        space_number,
        {{ per_feature(
            'cast(greatest(least(floor(scaled_{f} * ' ~ finest ~ '), ' ~ (finest - 1) ~ '), -1) as smallint) as fine_{f}'
        ) }}
    from {{ members }} as members

),

sparse as (

    -- and where these are too many, so are the members: only others are compared with one another.
    select space_number
    from finest_cells
    group by space_number
    having count(*) <= {{ var('segmentation_max_points') }}

),

distinct_members as (

    select
        members.space_number,
        {{ distinct_columns }}
    from {{ members }} as members
    inner join sparse
        on members.space_number = sparse.space_number
    group by members.space_number, {{ per_feature(distinct_by) }}

),

counted as (

    select
        space_number,
        count(*) <= {{ var('segmentation_max_points') }} as is_exact
    from distinct_members
    group by space_number

),

too_fine as (

    select finest_cells.*
    from finest_cells
    left join counted
        on finest_cells.space_number = counted.space_number
    where counted.space_number is null

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
        too_fine.space_number,
        resolutions.resolution,
        {{ per_feature(
            'cast(floor(too_fine.fine_{f} * (resolutions.resolution / ' ~ finest ~ '.0)) as smallint) as cell_{f}'
        ) }}
    from too_fine
    cross join resolutions

),

affordable as (

    select space_number, resolution
    from coarser_cells
    group by space_number, resolution
    having count(*) <= {{ var('segmentation_max_points') }}

),

finer_0 as (

    -- few cells of too many members are cut on, to 2 ** 30 a side: any number of further halvings up to 20 is a sum of
    -- 10, 5, 3, 1 and 1, of which each is kept if the cells stay few enough,
    select space_number, {{ finest }} as resolution
    from counted
    where not is_exact

),

{% for halvings in [10, 5, 3, 1, 1] -%}
{%- set finer = 'coarser.resolution * ' ~ 2 ** halvings -%}
finer_{{ loop.index }} as (

    select
        space_number,
        case
            when count(*) <= {{ var('segmentation_max_points') }} then finer_resolution else resolution
        end as resolution
    from (
        select distinct
            distinct_members.space_number,
            coarser.resolution,
            {{ finer }} as finer_resolution,
            {{ per_feature(
                'cast(greatest(least(floor(distinct_members.scaled_{f} * (' ~ finer ~ ')), ' ~ finer ~ ' - 1), -1) as integer)'
                ~ ' as cell_{f}'
            ) }}
        from distinct_members
        inner join finer_{{ loop.index0 }} as coarser
            on distinct_members.space_number = coarser.space_number
    ) as cells
    group by space_number, resolution, finer_resolution

),

{% endfor -%}
chosen as (

    -- and the finest that is few enough is taken.
    select space_number, max(resolution) as resolution
    from affordable
    group by space_number
    union all
    select space_number, resolution
    from finer_5

),
{%- endmacro %}

{#- The profile of a segment as a sentence of each language. -#}
{% macro profile_summaries() -%}
    {%- set languages = {
        'zh': {
            'loans': ' 笔贷款，占 ', 'share': ' %：', 'separator': '；', 'features': ['期限 ', '金额 ', '利率 '], 'days': ' 天',
            'compared': '，为均值的 ', 'explained': ' 倍，细分解释方差的 ', 'end': ' %',
        },
        'en': {
            'loans': ' loans, ', 'share': ' % of all: ', 'separator': '; ', 'features': ['term ', 'amount ', 'rate '], 'days': ' days',
            'compared': ', ', 'explained': ' times the mean, segments explain ', 'end': ' % of the variance',
        },
    } -%}
    {%- for language, words in languages.items() -%}
    cast(member_count as varchar) || '{{ words.loans }}'
    || {{ rounded_off('100 * member_share', 2) }} || '{{ words.share }}'
    {%- for mean, unit, scale in [('mean_1', words.days, 0), ('mean_2', '', 0), ('mean_3', ' %', 2)] %}
    || coalesce(
        '{{ words.separator if not loop.first }}{{ words.features[loop.index0] }}' || {{ rounded_off(mean, scale) }}
        || '{{ unit }}{{ words.compared }}' || {{ rounded_off('ratio_' ~ loop.index, 2) }}
        || '{{ words.explained }}' || {{ rounded_off('100 * eta_squared_' ~ loop.index, 1) }} || '{{ words.end }}', ''
    )
    {%- endfor %}
        as summary_{{ language }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Columns of a prototype besides its keys, of a relation, or by expressions of their own. -#}
{% macro prototype_columns_of(relation, expressions={}) -%}
    {%- for column in (prototype_columns() | list)[4:] -%}
    {{ expressions.get(column, relation ~ '.' ~ column) }} as {{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Name under which the champion of the training before scores the members of today. -#}
{% macro former_champion(grain_code) -%}
    '=former ' || {{ grain_code }}
{%- endmacro %}

{#-
  Offset and spread of prototypes learned on former ranges, for values scaled on those of today:
  with x = minimum + scaled * range, (former scaled - offset) / spread is (scaled - new offset) / new spread.
  A feature that is constant in either is a constant of its own.
-#}
{% macro rescaled_columns(prototypes, former, today) %}
    {% set columns = {} %}
    {% for slot in segmentation_slots() %}
        {% set offset, spread = prototypes ~ '.offset_' ~ slot, prototypes ~ '.spread_' ~ slot %}
        {% set old_minimum, new_minimum = former ~ '.minimum_' ~ slot, today ~ '.minimum_' ~ slot %}
        {% set old_range = '(' ~ former ~ '.maximum_' ~ slot ~ ' - ' ~ old_minimum ~ ')' %}
        {% set new_range = '(' ~ today ~ '.maximum_' ~ slot ~ ' - ' ~ new_minimum ~ ')' %}
        {% set moves = 'coalesce(' ~ old_range ~ ' > 0 and ' ~ new_range ~ ' > 0, false)' %}
        {% do columns.update({
            'spread_' ~ slot: 'case when ' ~ moves ~ ' then ' ~ spread ~ ' * ' ~ old_range ~ ' / ' ~ new_range ~ ' else 1 end',
            'offset_' ~ slot: 'case when ' ~ moves ~ ' then (' ~ old_minimum ~ ' + ' ~ offset ~ ' * ' ~ old_range ~ ' - '
                ~ new_minimum ~ ') / ' ~ new_range ~ ' when ' ~ old_range ~ ' > 0 then (' ~ offset ~ ' - (' ~ new_minimum ~ ' - '
                ~ old_minimum ~ ') / ' ~ old_range ~ ') / ' ~ spread ~ ' else ' ~ offset ~ ' / ' ~ spread ~ ' end',
        }) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{#- One SQL expression per feature and inner bound of the ten bins of drift; `{f}` and `{b}` are their numbers. -#}
{% macro per_drift_bound(expression) -%}
    {%- for bin in range(1, 10) -%}
    {{ per_feature(expression | replace('{b}', bin | string)) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- How many of a feature's nine inner bounds a member lies above. -#}
{% macro drift_bins_passed() -%}
    {%- for bin in range(1, 10) -%}
    case when members.scaled_{f} > bounds.bound_{f}_{{ bin }} then 1 else 0 end{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Whether a candidate learns in another space than all are measured in; if none does, no member is looked up twice. -#}
{% macro has_other_spaces() %}
    {{ return(has_rows('(select 1 from ' ~ ref('int_segmentation__space') ~ ' where not is_measure) as others')) }}
{% endmacro %}

{#-
  One row per candidate and member of the cells of a relation: the cluster, the features and the place in the candidate's
  own space (`own_`) and those that all candidates of the grain are measured by. Members and cells are no CTEs, which
  the engine would keep in memory for their readers.
-#}
{% macro clustered_members(cells) %}
    {% set members = ref('int_segmentation__scaled_member') %}
    {% for is_measure in ([true, false] if has_other_spaces() else [true]) %}
    select
        cells.candidate_code,
        members.member_id,
        cells.cluster_number,
        members.month_end_date,
        {{ per_feature('members.value_{f} as own_value_{f}') }},
        {{ per_feature('members.scaled_{f} as own_scaled_{f}') }},
        {{ per_feature(('members' if is_measure else 'measured') ~ '.value_{f}') }},
        {{ per_feature(('members' if is_measure else 'measured') ~ '.scaled_{f}') }}
    from {{ members }} as members
    inner join {{ cells }} as cells
        on members.cell_key = cells.cell_key
    {% if not is_measure %}
    inner join {{ members }} as measured
        on
            cells.measure_space_number = measured.space_number
            and members.member_id = measured.member_id
    {% endif %}
    where cells.cluster_number is not null and {{ '' if is_measure else 'not ' }}cells.is_measure

    union all

    {% endfor %}
    select
        contested.candidate_code,
        contested.member_id,
        contested.cluster_number,
        contested.month_end_date,
        {{ per_feature('contested.own_value_{f}') }},
        {{ per_feature('contested.own_scaled_{f}') }},
        {{ per_feature('contested.value_{f}') }},
        {{ per_feature('contested.scaled_{f}') }}
    from {{ ref('int_segmentation__contested_member') }} as contested
    where contested.candidate_code in (select cells.candidate_code from {{ cells }} as cells)
{% endmacro %}

{#- How much nearer a member's own centre is than the nearest other one; 0 where it lies on both. -#}
{% macro silhouette_of(own_distance, other_distance) -%}
    case
        when {{ other_distance }} is null then null
        when greatest({{ own_distance }}, {{ other_distance }}) = 0 then cast(0 as double)
        else ({{ other_distance }} - {{ own_distance }}) / greatest({{ own_distance }}, {{ other_distance }})
    end
{%- endmacro %}

{#- Distances of `members` of `cells` in which both centres are the same for every member. -#}
{% macro cell_distances() -%}
    sqrt({{ per_feature(squared_to('members.scaled_{f}', 'cells.centre_{f}'), ' + ') }}) as own_centre_distance,
    sqrt({{ per_feature(squared_to('members.scaled_{f}', 'cells.other_{f}'), ' + ') }}) as nearest_other_centre_distance
{%- endmacro %}

{#- One row per member of the other cells of a relation, whose centres are looked for one by one. -#}
{% macro single_member_distances(cells) %}
    select
        centres.centre_number,
        members.candidate_code,
        members.member_id,
        members.cluster_number,
        {{ per_feature('members.own_value_{f}') }},
        {{ per_feature('members.value_{f}') }},
        sqrt({{ squared_distance('members', 'centres') }}) as own_centre_distance,
        {{ least_of(for_each('centres.others', 'sqrt(' ~ squared_distance('members', 'item') ~ ')')) }}
            as nearest_other_centre_distance
    from (
        {{ clustered_members('(select * from ' ~ cells ~ ' where not has_same_centres)') }}
    ) as members
    inner join {{ ref('int_segmentation__centre') }} as centres
        on
            members.candidate_code = centres.candidate_code
            and members.cluster_number = centres.cluster_number
{% endmacro %}

{#-
  One row per member of the cells of a relation: distances to its own centre and to the nearest other, its silhouette,
  and the features all candidates are measured by.
-#}
{% macro member_silhouettes(cells) %}
    select
        *,
        {{ silhouette_of('own_centre_distance', 'nearest_other_centre_distance') }} as silhouette
    from (
        -- Of a candidate with one segment the other centre's distance is NULL.
        select
            cells.centre_number,
            cells.candidate_code,
            members.member_id,
            cells.cluster_number,
            {{ per_feature('members.value_{f} as own_value_{f}') }},
            {{ per_feature('members.value_{f}') }},
            {{ cell_distances() }}
        from {{ ref('int_segmentation__scaled_member') }} as members
        inner join {{ cells }} as cells
            on members.cell_key = cells.cell_key
        where cells.has_same_centres

        union all

        {{ single_member_distances(cells) }}
    ) as measured
{% endmacro %}
