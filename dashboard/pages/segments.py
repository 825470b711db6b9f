"""Segments: which model was chosen and why, what the segments are like, how stable they are."""

import math

import altair as alt

from dashboard.card import Card, Page, View
from dashboard.column import Column
from dashboard.text import MISSING, both, label
from dashboard.theme import (
    BLUE,
    GROUND,
    INK,
    MUTED,
    ORANGE,
    PALE,
    SEQUENTIAL,
    SERIES,
    SHAPES,
    SLATE,
)

SEGMENT = both("细分", "Segment")
LOANS = both("贷款笔数", "Loans")
SILHOUETTE = both("轮廓系数", "Silhouette")
NEEDS = ("loan_contract",)
# A unit's hexagon, corners up and down; a mark's size is the square of its width.
HEXAGON = "M0,-1.155L1,-0.577L1,0.577L0,1.155L-1,0.577L-1,-0.577Z"
HEXAGON_WIDTH, MAP_WIDTH = 34, 290

# A segment's name; its code where it has none.
NAMES = """
                profiles.segment_code || coalesce(' ' || profiles.segment_name_zh, '') as segment_zh,
                profiles.segment_code || coalesce(' ' || profiles.segment_name_en, '') as segment_en"""


def segments(view: View) -> list[str]:
    """The segments' names in the order of their codes."""
    return sorted(view.order("segment"))


def segment_colour(view: View, **legend) -> alt.Color:
    """The same colour for a segment in every chart."""
    order = segments(view)
    return alt.Color(
        "segment:N",
        title=None,
        sort=order,
        scale=alt.Scale(domain=order, range=SERIES[: len(order)] or SERIES),
        **legend,
    )


def candidates(view: View) -> alt.TopLevelMixin:
    """Silhouette against smallest share; the floor is a rule, the champion a filled diamond."""
    rows = view.rows
    for row in rows:
        row["label"] = row["names"].split(", ")
    floor = rows[0]["floor"]
    widest = max(row["smallest_share"] for row in rows)
    verdicts = [label("verdict", code, view.language) for code in ("champion", "fit", "unfit")]
    x = alt.X(
        "smallest_share:Q",
        axis=view.axis("smallest_share", values=[0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]),
        scale=alt.Scale(type="symlog", constant=0.005, domain=[0, 4 * widest], nice=False),
    )
    y = alt.Y(
        "silhouette:Q",
        axis=view.axis("silhouette", tickCount=5),
        scale=alt.Scale(zero=False, padding=36),
    )
    base = view.chart(rows).encode(x=x, y=y, tooltip=view.tooltip())
    points = base.mark_point(filled=True, size=170, opacity=1).encode(
        color=alt.Color(
            "verdict:N", title=None, scale=alt.Scale(domain=verdicts, range=[SLATE, BLUE, ORANGE])
        ),
        shape=alt.Shape(
            "verdict:N",
            title=None,
            scale=alt.Scale(domain=verdicts, range=["diamond", "circle", "triangle-down"]),
        ),
    )
    # Beside the point; under it where the floor stands beside.
    beside = [row for row in rows if row["verdict"] != verdicts[2]]
    under = [row for row in rows if row["verdict"] == verdicts[2]]
    looks = {
        "beside": {"align": "left", "baseline": "middle", "dx": 12}
        | {"dy": alt.expr("-7 * (length(datum.label) - 1)")},
        "under": {"baseline": "top", "dy": 10},
    }
    layers = points
    for shown, look in ((beside, looks["beside"]), (under, looks["under"])):
        if shown:
            text = view.chart(shown).mark_text(lineHeight=14, **look)
            layers += text.encode(x=x, y=y, text="label:N")
    if floor is not None:
        rule = view.chart([{"smallest_share": floor}]).encode(x=x)
        layers = rule.mark_rule(strokeDash=[5, 4]) + layers
    return layers.properties(height=360)


def log_axis(view: View, name: str, values: list[float]) -> dict:
    """Scale and axis of values that span decades: marks at 1, 2 and 5 times powers of ten."""
    low, high = 0.9 * min(values), 1.1 * max(values)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [times * 10.0**power for power in powers for times in (1, 2, 5)]
    shown = [tick for tick in ticks if low <= tick <= high] or [values[0]]
    return {
        "axis": view.axis(name, values=shown, format=",.12~g"),
        "scale": alt.Scale(type="log", nice=False, domain=[low, high]),
    }


def scatter(view: View, x: str, y: str) -> alt.TopLevelMixin:
    """Bubbles at the middle of a cell of loans; cells of few loans are the smallest bubbles."""
    sizes = [label("cell_size", code, view.language) for code in ("few", "some", "many")]
    across = (
        {"axis": view.axis(x), "scale": alt.Scale(zero=False, padding=10)}
        if view.columns[x].kind == "points"
        else log_axis(view, x, [row[x] for row in view.rows])
    )
    return (
        view.chart()
        .mark_point(filled=False, strokeWidth=1.5, opacity=0.9)
        .encode(
            x=alt.X(f"{x}:Q", **across),
            y=alt.Y(f"{y}:Q", **log_axis(view, y, [row[y] for row in view.rows])),
            color=segment_colour(view),
            shape=alt.Shape(
                "segment:N",
                title=None,
                sort=segments(view),
                scale=alt.Scale(domain=segments(view), range=SHAPES),
            ),
            size=alt.Size(
                "size:O",
                sort=sizes,
                scale=alt.Scale(domain=sizes, range=[16, 60, 160]),
                legend=None,
            ),
            tooltip=view.tooltip(),
        )
        .properties(height=330)
    )


def term_and_amount(view: View) -> alt.TopLevelMixin:
    """Term across, amount up."""
    return scatter(view, "term_days", "contract_amount")


def rate_and_amount(view: View) -> alt.TopLevelMixin:
    """Rate across, amount up."""
    return scatter(view, "annual_rate_pct", "contract_amount")


def spread(view: View) -> alt.TopLevelMixin:
    """Quartiles as a box, extremes as a line, the median as a diamond."""
    rows = view.rows
    base = view.chart().encode(y=alt.Y("segment_code:N", title=None), tooltip=view.tooltip())
    spans_decades = (
        min(row["minimum"] for row in rows) > 0 and view.columns["median"].kind != "points"
    )
    scale = (
        log_axis(view, "median", [row[name] for row in rows for name in ("minimum", "maximum")])
        if spans_decades
        else {"axis": view.axis("median", tickCount=4), "scale": alt.Scale(zero=False)}
    )
    line = base.mark_rule(color=MUTED).encode(x=alt.X("minimum:Q", **scale), x2="maximum")
    box = base.mark_bar(size=16, strokeWidth=2).encode(
        x="quartile_1:Q",
        x2="quartile_3",
        color=segment_colour(view, legend=None),
        stroke=alt.Stroke(
            "segment:N",
            sort=segments(view),
            scale=alt.Scale(domain=segments(view), range=SERIES[: len(segments(view))]),
            legend=None,
        ),
    )
    middle = base.mark_point(
        shape="diamond", size=60, color="#fff", stroke=INK, strokeWidth=1.2, opacity=1
    ).encode(x="median:Q")
    return (line + box + middle).properties(height=34 * len(rows))


def stability(view: View) -> alt.TopLevelMixin:
    """What each kind of repeated training finds of a segment again."""
    names = ("shuffle_jaccard", "bootstrap_jaccard", "scaling_jaccard", "month_jaccard")
    kinds = [view.say(view.columns[name].header) for name in names]
    limit = view.rows[0]["nameable_jaccard"]
    points = (
        view.chart(view.long("segment", *names))
        .mark_point(size=90, opacity=1)
        .encode(
            y=alt.Y("segment:N", title=None),
            yOffset=alt.YOffset("measure:N", sort=kinds),
            x=alt.X(
                "value:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=view.axis("mean_jaccard", tickCount=5),
            ),
            color=alt.Color("measure:N", title=None, scale=alt.Scale(domain=kinds)),
            shape=alt.Shape("measure:N", title=None, scale=alt.Scale(domain=kinds)),
            tooltip=view.long_tooltip("segment", "mean_jaccard"),
        )
    )
    if limit is not None:
        rule = view.chart([{"limit": limit}]).encode(x=alt.X("limit:Q"))
        points = rule.mark_rule(strokeDash=[5, 4]) + points
    return points.properties(height=68 * len(view.rows))


def association(view: View) -> alt.TopLevelMixin:
    """A bar a dimension; those that hold up are dark."""
    return (
        view.chart()
        .mark_bar()
        .encode(
            y=alt.Y(
                "dimension_code:N", sort=view.order("dimension_code"), axis=alt.Axis(title=None)
            ),
            x=alt.X(
                "cramers_v:Q",
                axis=view.axis("cramers_v", tickCount=5),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.Color(
                "is_valid:N",
                title=view.title("is_valid"),
                scale=alt.Scale(
                    domain=[label("yes_no", code, view.language) for code in ("true", "false")],
                    range=[BLUE, PALE],
                ),
            ),
            tooltip=view.tooltip(),
        )
        .properties(height=30 * len(view.rows))
    )


def drift(view: View) -> alt.TopLevelMixin:
    """One line a variable, the limit dashed."""
    limit = view.rows[0]["drift_limit"]
    x = alt.X("month:N", axis=alt.Axis(title=None, labelAngle=0))
    order = {"title": None, "scale": alt.Scale(domain=view.order("variable_code"))}
    base = view.chart().encode(
        x=x,
        y=alt.Y("psi:Q", axis=view.axis("psi", tickCount=5), scale=alt.Scale(domainMin=0)),
        color=alt.Color("variable_code:N", **order),
        tooltip=view.tooltip("month", "variable_code", "member_count", "psi"),
    )
    lines = base.mark_line() + base.mark_point(size=50, opacity=1).encode(
        shape=alt.Shape("variable_code:N", **order)
    )
    if limit is not None:
        lines += view.chart([{"limit": limit}]).mark_rule(strokeDash=[5, 4]).encode(y="limit:Q")
    return lines.properties(height=250)


def hexagons(view: View, colour: str) -> alt.TopLevelMixin:
    """The map's units as hexagons; darker is more."""
    rows = view.rows
    if view.columns[colour].number:
        legend = alt.Color(
            f"{colour}:Q",
            scale=alt.Scale(scheme=SEQUENTIAL),
            legend=alt.Legend(
                title=view.title(colour), orient="bottom", gradientLength=150, tickCount=3,
                format=view.columns[colour].number.axis,
            ),
        )  # fmt: skip
    else:
        # A unit that won no loan may belong to no segment.
        rows = [{**row, colour: row[colour] or MISSING} for row in rows]
        codes = sorted({row[colour] for row in rows} - {MISSING})
        legend = alt.Color(
            f"{colour}:N",
            scale=alt.Scale(domain=[*codes, MISSING], range=[*SERIES[: len(codes)], GROUND]),
            legend=alt.Legend(title=view.title(colour), orient="bottom", values=codes),
        )
    width = max(row["hex_x"] for row in rows) + 1
    height = max(row["hex_y"] for row in rows) + 1
    across = min(HEXAGON_WIDTH, MAP_WIDTH / width)
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_point(
            shape=HEXAGON, size=across**2, filled=True, stroke="#fff", strokeWidth=1, opacity=1
        )
        .encode(
            x=alt.X(
                "hex_x:Q",
                axis=None,
                scale=alt.Scale(domain=[-0.5, width - 0.5], nice=False, zero=False),
            ),
            y=alt.Y(
                "hex_y:Q",
                axis=None,
                scale=alt.Scale(domain=[height - 0.4, -0.6], nice=False, zero=False),
            ),
            color=legend,
            tooltip=view.tooltip(),
        )
        .properties(width=width * across, height=height * across, autosize="pad")
    )


def u_matrix(view: View) -> alt.TopLevelMixin:
    """Distance to the neighbours."""
    return hexagons(view, "u_distance")


def hits(view: View) -> alt.TopLevelMixin:
    """Loans a unit won."""
    return hexagons(view, "loan_count")


def map_term(view: View) -> alt.TopLevelMixin:
    """The units' term."""
    return hexagons(view, "term_days")


def map_amount(view: View) -> alt.TopLevelMixin:
    """The units' amount."""
    return hexagons(view, "contract_amount")


def map_rate(view: View) -> alt.TopLevelMixin:
    """The units' rate."""
    return hexagons(view, "rate")


def map_segments(view: View) -> alt.TopLevelMixin:
    """The segment a unit belongs to."""
    return hexagons(view, "segment_code")


MAP_SQL = """
            with

            maps as (

                select candidate_code, count(*) as unit_count
                from marts.kohonen_unit
                where grain_code = 'loan'
                group by candidate_code
                having count(*) > 3
                order by unit_count desc, candidate_code
                limit 1

            )

            select
                units.hex_x,
                units.hex_y,
                units.segment_code,
                units.loan_count,
                units.u_distance,
                units.term_days,
                cast(units.contract_amount as decimal(18, 2)) as contract_amount,
                units.rate
            from marts.kohonen_unit as units
            inner join maps
                on units.candidate_code = maps.candidate_code
            order by units.grid_row, units.grid_column
            """
MAP_COLUMNS = (
    Column("hex_x", both("横", "Across"), "number", is_drawn_only=True),
    Column("hex_y", both("纵", "Down"), "number", is_drawn_only=True),
    Column("segment_code", SEGMENT),
    Column("loan_count", LOANS, "count"),
    Column("u_distance", both("与邻元距离", "Distance to neighbours"), "ratio"),
    Column("term_days", both("期限", "Term"), "days"),
    Column("contract_amount", both("金额", "Amount"), "money"),
    Column("rate", both("利率", "Rate"), "points"),
)
FEATURE_SQL = """
            select
                {names},
                features.segment_code,
                features.loan_count,
                cast(features.minimum as {type}) as minimum,
                cast(features.quartile_1 as {type}) as quartile_1,
                cast(features.median as {type}) as median,
                cast(features.quartile_3 as {type}) as quartile_3,
                cast(features.maximum as {type}) as maximum,
                cast(features.mean as {type}) as mean
            from marts.segment_profile_feature as features
            inner join marts.segment_profile as profiles
                on features.segment_code = profiles.segment_code
            where features.feature_code = '{feature}'
            order by features.segment_code
            """
# Cells are a twentieth of a decade of the amount, a tenth of the term, a quarter point of the rate.
SCATTER_SQL = """
            with

            cells as (

                select
                    segment_code,
                    {across} as across_cell,
                    floor(20 * log10(contract_amount)) as amount_cell,
                    count(*) as loan_count
                from marts.loan_segment
                where segment_code is not null and contract_amount > 0 and {is_shown}
                group by all
                -- More would neither be told apart nor be drawn quickly.
                order by loan_count desc, segment_code, across_cell, amount_cell
                limit 3000

            )

            select
                {names},
                {middle} as {name},
                cast(power(10, (cells.amount_cell + 0.5) / 20) as decimal(18, 2)) as contract_amount,
                case
                    when cells.loan_count < 5 then 'few'
                    when cells.loan_count < 50 then 'some'
                    else 'many'
                end as size
            from cells
            inner join marts.segment_profile as profiles
                on cells.segment_code = profiles.segment_code
            order by cells.segment_code, cells.across_cell, cells.amount_cell
            """


def feature_card(code: str, question, column: Column, type_name: str) -> Card:
    """Quartiles of one feature by segment."""
    money = (
        {"kind": column.kind, "like": "maximum"}
        if column.kind == "money"
        else {"kind": column.kind}
    )
    return Card(
        code,
        question,
        FEATURE_SQL.format(names=NAMES, feature=column.name, type=type_name),
        (
            Column("segment", SEGMENT, "either"),
            Column("segment_code", SEGMENT, is_drawn_only=True),
            Column("loan_count", LOANS, "count"),
            Column("minimum", both("最小", "Minimum"), **money),
            Column("quartile_1", both("下四分位", "Quartile 1"), **money),
            Column("median", column.header, **money),
            Column("quartile_3", both("上四分位", "Quartile 3"), **money),
            Column("maximum", both("最大", "Maximum"), **money),
            Column("mean", both("均值", "Mean"), **money),
        ),
        draw=spread,
        needs=NEEDS,
        width="third",
    )


def map_card(code: str, question, draw) -> Card:
    """One face of the map."""
    return Card(code, question, MAP_SQL, MAP_COLUMNS, draw=draw, needs=NEEDS, width="third")


PAGE = Page(
    "segments",
    both("利益细分", "Segments"),
    (
        Card(
            "headline",
            both("用哪个模型？可不可用？", "Which model is used, and is it any good?"),
            """
            select
                candidate_code,
                cluster_count,
                silhouette,
                smallest_share,
                mean_eta_squared,
                stability,
                is_fit_for_use
            from marts.segmentation_candidate
            where is_champion
            """,
            (
                Column("candidate_code", both("采用的模型", "Champion")),
                Column("cluster_count", both("细分数", "Segments"), "whole"),
                Column("silhouette", SILHOUETTE, "ratio"),
                Column("smallest_share", both("最小细分占比", "Smallest segment"), "share"),
                Column("mean_eta_squared", both("解释方差 η²", "Variance explained, η²"), "share"),
                Column("stability", both("稳定性", "Stability"), "ratio"),
                Column("is_fit_for_use", both("可用", "Fit for use"), "yes_no"),
            ),
            needs=NEEDS,
            tiles=True,
            width="full",
        ),
        Card(
            "candidates",
            both(
                "候选模型谁好？谁的细分太小？",
                "Which candidate separates best without a sliver of a segment?",
            ),
            """
            select
                string_agg(candidates.candidate_code, ', ' order by candidates.quality_rank) as names,
                min(candidates.silhouette) as silhouette,
                min(candidates.smallest_share) as smallest_share,
                case
                    when bool_or(candidates.is_champion) then 'champion'
                    when bool_or(candidates.is_fit) then 'fit'
                    else 'unfit'
                end as verdict,
                max(try_cast(settings.setting_value as double)) as floor
            from marts.segmentation_candidate as candidates
            left join quality.setting as settings
                on settings.setting_code = 'smallest_share_floor'
            where candidates.silhouette is not null
            group by round(candidates.silhouette, 3), round(candidates.smallest_share, 4)
            order by min(candidates.quality_rank)
            """,
            (
                Column("names", both("模型", "Candidates")),
                Column("silhouette", SILHOUETTE, "ratio"),
                Column(
                    "smallest_share", both("最小细分占比", "Share of the smallest segment"), "share"
                ),
                Column("verdict", both("判定", "Verdict"), "verdict"),
                Column("floor", both("占比下限", "Floor"), "share"),
            ),
            draw=candidates,
            note=both(
                "虚线是最小细分占比的下限；右上方最好。同一点的模型结果相同。",
                "Dashed: the floor of the smallest share. Up and right is better; models at one point agree.",
            ),
            needs=NEEDS,
            width="third",
        ),
        Card(
            "choice",
            both("其余模型为什么没有采用？", "Why did the other models lose?"),
            """
            select
                candidates.candidate_code,
                candidates.cluster_count,
                candidates.silhouette,
                candidates.smallest_share,
                candidates.mean_eta_squared,
                case
                    when candidates.is_champion then '采用'
                    when candidates.quality_rank = 1 then '按规则最好，但未采用'
                    when candidates.silhouette is null then '没有可学的内容'
                    when candidates.covered_share < try_cast(settings.setting_value as double) then '覆盖的贷款太少'
                    when not candidates.is_fit then '最小细分低于下限'
                    when not candidates.is_in_band then '轮廓系数低于最好者太多'
                    when
                        measures.setting_value = 'mean_eta_squared'
                        and round(candidates.mean_eta_squared, 9) < round(champions.mean_eta_squared, 9)
                        then '解释的方差较少'
                    when
                        measures.setting_value = 'silhouette'
                        and round(candidates.silhouette, 9) < round(champions.silhouette, 9)
                        then '轮廓系数较低'
                    when
                        measures.setting_value = 'smallest_share'
                        and round(candidates.smallest_share, 9) < round(champions.smallest_share, 9)
                        then '最小细分较小'
                    when candidates.cluster_count < champions.cluster_count then '一样好，细分更少'
                    else '一样好，排序在后'
                end as lost_zh,
                coalesce(candidates.lost_because, 'chosen') as lost_en
            from marts.segmentation_candidate as candidates
            left join marts.segmentation_candidate as champions
                on champions.is_champion
            left join quality.setting as settings
                on settings.setting_code = 'minimum_covered_share'
            left join quality.setting as measures
                on measures.setting_code = 'band_measure_code'
            order by candidates.quality_rank, candidates.candidate_code
            """,
            (
                Column("candidate_code", both("模型", "Candidate")),
                Column("cluster_count", both("细分数", "Segments"), "whole"),
                Column("silhouette", SILHOUETTE, "ratio"),
                Column("smallest_share", both("最小占比", "Smallest"), "share"),
                Column("mean_eta_squared", both("η²", "η²"), "ratio"),
                Column("lost", both("原因", "Because"), "either"),
            ),
            needs=NEEDS,
            width="wide",
        ),
        Card(
            "profile",
            both("每个细分的贷款是什么样？", "What are the loans of each segment like?"),
            f"""
            select{NAMES},
                profiles.loan_count,
                profiles.loan_share,
                profiles.mean_term_days,
                profiles.mean_contract_amount,
                profiles.mean_annual_rate_pct,
                profiles.silhouette,
                profiles.stability
            from marts.segment_profile as profiles
            order by profiles.segment_code
            """,
            (
                Column("segment", SEGMENT, "either"),
                Column("loan_count", LOANS, "count"),
                Column("loan_share", both("占比", "Share"), "share"),
                Column("mean_term_days", both("期限均值", "Mean term"), "days"),
                Column("mean_contract_amount", both("金额均值", "Mean amount"), "money"),
                Column("mean_annual_rate_pct", both("利率均值", "Mean rate"), "points"),
                Column("silhouette", SILHOUETTE, "ratio"),
                Column("stability", both("稳定性", "Stability"), "ratio"),
            ),
            needs=NEEDS,
            width="full",
        ),
        Card(
            "term_amount",
            both("细分在期限和金额上分得开吗？", "Do the segments part by term and amount?"),
            SCATTER_SQL.format(
                names=NAMES,
                across="floor(10 * ln(term_days))",
                is_shown="term_days > 0",
                middle="cast(round(exp((cells.across_cell + 0.5) / 10)) as bigint)",
                name="term_days",
            ),
            (
                Column("segment", SEGMENT, "either"),
                Column("term_days", both("期限", "Term"), "days"),
                Column("contract_amount", both("金额", "Amount"), "money"),
                Column("size", both("笔数", "Loans"), "cell_size"),
            ),
            draw=term_and_amount,
            note=both(
                "每个点是一格贷款：小 1–4 笔，中 5–49 笔，大 50 笔以上；坐标是对数。",
                "A point is a cell of loans: small 1–4, middle 5–49, large 50 or more; log scales.",
            ),
            needs=NEEDS,
        ),
        Card(
            "rate_amount",
            both("利率把细分分开了吗？", "Does the rate part the segments?"),
            SCATTER_SQL.format(
                names=NAMES,
                across="floor(4 * annual_rate_pct)",
                is_shown="annual_rate_pct is not null",
                middle="cast((cells.across_cell + 0.5) / 4 as decimal(9, 3))",
                name="annual_rate_pct",
            ),
            (
                Column("segment", SEGMENT, "either"),
                Column("annual_rate_pct", both("执行利率", "Rate"), "points"),
                Column("contract_amount", both("金额", "Amount"), "money"),
                Column("size", both("笔数", "Loans"), "cell_size"),
            ),
            draw=rate_and_amount,
            note=both("金额坐标是对数。", "The amount is on a log scale."),
            needs=NEEDS,
        ),
        feature_card(
            "term",
            both("各细分的期限有多分散？", "How far does the term spread?"),
            Column("term_days", both("期限", "Term"), "days"),
            "double",
        ),
        feature_card(
            "amount",
            both("各细分的金额有多分散？", "How far does the amount spread?"),
            Column("contract_amount", both("金额", "Amount"), "money"),
            "decimal(18, 2)",
        ),
        feature_card(
            "rate",
            both("各细分的利率有多分散？", "How far does the rate spread?"),
            Column("annual_rate_pct", both("执行利率", "Rate"), "points"),
            "double",
        ),
        Card(
            "price",
            both("哪个细分的定价真的更高？", "Which segment really pays more?"),
            f"""
            select{NAMES},
                prices.loan_count,
                prices.mean_annual_rate_pct,
                prices.mean_benchmark_multiple,
                prices.mean_ftp_margin
            from marts.segment_price as prices
            inner join marts.segment_profile as profiles
                on prices.segment_code = profiles.segment_code
            order by prices.segment_code
            """,
            (
                Column("segment", SEGMENT, "either"),
                Column("loan_count", LOANS, "count"),
                Column("mean_annual_rate_pct", both("名义利率", "Nominal rate"), "points"),
                Column("mean_benchmark_multiple", both("基准倍数", "Times the benchmark"), "ratio"),
                Column("mean_ftp_margin", both("FTP 利差", "Margin over FTP"), "rate"),
            ),
            note=both(
                "长期贷款名义利率高，但基准和资金成本也高。",
                "Long loans pay more in nominal terms, but their benchmark and funds cost more too.",
            ),
            needs=NEEDS,
        ),
        Card(
            "association",
            both(
                "细分和客户是谁有多大关系？", "How far do segments go with who the customers are?"
            ),
            """
            select dimension_code, is_valid, cramers_v, chi_square, p_value, loan_count
            from marts.segment_validity
            where cramers_v is not null
            order by cramers_v desc, dimension_code
            """,
            (
                Column("dimension_code", both("维度", "Dimension"), "dimension"),
                Column("is_valid", both("关系成立", "Holds up"), "yes_no"),
                Column("cramers_v", both("Cramér V", "Cramér's V"), "ratio"),
                Column("chi_square", both("卡方", "Chi-square"), "number"),
                Column("p_value", both("p 值", "p"), "ratio"),
                Column("loan_count", LOANS, "count"),
            ),
            draw=association,
            note=both(
                "0 无关，1 完全对应。", "0: nothing to do with each other; 1: one gives the other."
            ),
            needs=NEEDS,
        ),
        Card(
            "rules",
            both("不用模型，怎么一句话说清细分？", "How can a segment be said in a sentence?"),
            f"""
            select
                rules.condition_zh,
                rules.condition_en,{NAMES},
                rules.loan_count,
                rules.coverage,
                rules.precision,
                rules.recall
            from marts.segment_rule as rules
            inner join marts.segment_profile as profiles
                on rules.segment_code = profiles.segment_code
            order by rules.rule_number
            """,
            (
                Column("condition", both("如果", "If"), "condition"),
                Column("segment", both("则属于", "Then"), "either"),
                Column("loan_count", LOANS, "count"),
                Column("coverage", both("覆盖", "Coverage"), "share"),
                Column("precision", both("准确", "Precision"), "share"),
                Column("recall", both("召回", "Recall"), "share"),
            ),
            needs=NEEDS,
            note=both(
                "覆盖：占全部贷款；准确：规则内属于该细分的占比；召回：该细分落在规则内的占比。",
                "Coverage: of all loans; precision: of the rule's loans; recall: of the segment's.",
            ),
        ),
        Card(
            "stability",
            both("重新训练还能找到同样的细分吗？", "Would training again find the same segments?"),
            f"""
            select{NAMES},
                stability.run_count,
                stability.mean_jaccard,
                stability.shuffle_jaccard,
                stability.bootstrap_jaccard,
                stability.scaling_jaccard,
                stability.month_jaccard,
                try_cast(settings.setting_value as double) as nameable_jaccard
            from marts.segment_stability as stability
            inner join marts.segment_profile as profiles
                on stability.segment_code = profiles.segment_code
            left join quality.setting as settings
                on settings.setting_code = 'nameable_jaccard'
            order by stability.segment_code
            """,
            (
                Column("segment", SEGMENT, "either"),
                Column("run_count", both("训练次数", "Trainings"), "count"),
                Column("mean_jaccard", both("相似度 (Jaccard)", "Similarity (Jaccard)"), "ratio"),
                Column("shuffle_jaccard", both("改变顺序", "Other order"), "ratio"),
                Column("bootstrap_jaccard", both("自助抽样", "Bootstrap"), "ratio"),
                Column("scaling_jaccard", both("改变标准化", "Other scaling"), "ratio"),
                Column("month_jaccard", both("剔除一个月", "A month left out"), "ratio"),
                Column("nameable_jaccard", both("命名下限", "Limit for a name"), "ratio"),
            ),
            draw=stability,
            note=both(
                "虚线左边的细分不命名。",
                "A segment left of the dashed line on the whole has no name.",
            ),
            needs=NEEDS,
        ),
        map_card(
            "u_matrix",
            both("Kohonen 图：边界在哪里？", "Kohonen map: where are the borders?"),
            u_matrix,
        ),
        map_card(
            "hits",
            both("Kohonen 图：贷款落在哪里？", "Kohonen map: where do the loans fall?"),
            hits,
        ),
        map_card(
            "map_segment",
            both("Kohonen 图：各细分在哪里？", "Kohonen map: which segment is where?"),
            map_segments,
        ),
        map_card(
            "map_term",
            both("Kohonen 图：期限长的在哪里？", "Kohonen map: where are long terms?"),
            map_term,
        ),
        map_card(
            "map_amount",
            both("Kohonen 图：金额大的在哪里？", "Kohonen map: where are large loans?"),
            map_amount,
        ),
        map_card(
            "map_rate",
            both("Kohonen 图：利率高的在哪里？", "Kohonen map: where are high rates?"),
            map_rate,
        ),
        Card(
            "drift",
            both("贷款和训练时相比变了吗？", "Have the loans drifted since the training?"),
            """
            select
                strftime(drifts.month_end_date, '%Y-%m') as month,
                drifts.variable_code,
                drifts.member_count,
                drifts.psi,
                try_cast(settings.setting_value as double) as drift_limit
            from marts.segment_drift as drifts
            left join quality.setting as settings
                on settings.setting_code = 'drift_limit'
            where drifts.grain_code = 'loan' and drifts.psi is not null
            qualify dense_rank() over (order by drifts.month_end_date desc) <= 13
            order by drifts.month_end_date, drifts.variable_code
            """,
            (
                Column("month", both("月份", "Month")),
                Column("variable_code", both("变量", "Variable"), "feature"),
                Column("member_count", LOANS, "count"),
                Column("psi", both("群体稳定性指标 PSI", "Population stability index"), "ratio"),
                Column("drift_limit", both("上限", "Limit"), "ratio"),
            ),
            draw=drift,
            note=both(
                "超过虚线就该重新训练 (make train)。",
                "Over the dashed line it is time to learn anew (make train).",
            ),
            needs=NEEDS,
            width="full",
        ),
        Card(
            "customers",
            both("客户分成哪几类？", "What kinds of customers are there?"),
            """
            select
                segment_code,
                customer_count,
                customer_share,
                mean_contribution_amount,
                mean_deposit_average_daily_balance,
                mean_loan_average_daily_balance,
                mean_fee_income_amount,
                mean_product_count
            from marts.customer_segment_profile
            order by segment_code
            """,
            (
                Column("segment_code", both("客户细分", "Segment of customers")),
                Column("customer_count", both("客户数", "Customers"), "count"),
                Column("customer_share", both("占比", "Share"), "share"),
                Column("mean_contribution_amount", both("贡献均值", "Mean contribution"), "money"),
                Column(
                    "mean_deposit_average_daily_balance", both("存款均值", "Mean deposits"), "money"
                ),
                Column("mean_loan_average_daily_balance", both("贷款均值", "Mean loans"), "money"),
                Column("mean_fee_income_amount", both("中收均值", "Mean fees"), "money"),
                Column("mean_product_count", both("产品数", "Products"), "number"),
            ),
            needs=("customer",),
            width="full",
        ),
    ),
)
