"""The study: every figure it prints beside the same figure of this bank."""

import altair as alt

from dashboard.card import Card, Page, View
from dashboard.column import Column
from dashboard.text import both, label
from dashboard.theme import BLUE, MUTED, ORANGE

FIGURE = both("数字", "Figure")
PRINTED = both("论文", "Printed")
OURS = both("本行", "Ours")
VERDICT = both("判定", "Verdict")
# Agreement as a code, so that it has a name where nothing could be compared.
VERDICTS = """case
                    when agrees then 'agrees'
                    when not agrees then 'contradicts'
                    else 'not_computable'
                end"""


def shares(view: View) -> alt.TopLevelMixin:
    """Printed percentages across, ours up; what agrees lies on the line."""
    codes = ("agrees", "contradicts")
    verdicts = [label("figure", code, view.language) for code in codes]
    x = alt.X("printed:Q", axis=view.axis("printed", tickCount=5), scale=alt.Scale(domain=[0, 100]))
    y = alt.Y("recomputed_value:Q", axis=view.axis("recomputed_value", tickCount=5))
    ends = [{"printed": end, "recomputed_value": end} for end in (0, 100)]
    line = view.chart(ends).mark_line(color=MUTED, strokeDash=[4, 4], strokeWidth=1)
    points = (
        view.chart()
        .mark_point(size=90, opacity=0.85)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "verdict:N", title=None, scale=alt.Scale(domain=verdicts, range=[BLUE, ORANGE])
            ),
            shape=alt.Shape(
                "verdict:N",
                title=None,
                scale=alt.Scale(domain=verdicts, range=["circle", "triangle-up"]),
            ),
            tooltip=view.tooltip("figure", "printed", "recomputed_value", "verdict"),
        )
    )
    return (line.encode(x=x, y=y) + points).properties(height=330)


PAGE = Page(
    "study",
    both("论文对照", "The study"),
    (
        Card(
            "headline",
            both("论文印出的数字能重现多少？", "How many printed figures come out again?"),
            """
            select
                count(*) as figure_count,
                count(*) filter (where agrees) as agreeing_count,
                count(*) filter (where not agrees) as contradicting_count,
                count(*) filter (where agrees is null) as unknown_count
            from marts.paper_figure
            having count(*) > 0
            """,
            (
                Column("figure_count", both("印出的数字", "Printed figures"), "count"),
                Column("agreeing_count", both("一致", "Agree"), "count"),
                Column("contradicting_count", both("矛盾", "Contradict"), "count"),
                Column("unknown_count", both("无法计算", "Cannot be computed"), "count"),
            ),
            tiles=True,
            width="full",
            note=both(
                "一致：差异不超过所印末位的一半。其他银行的数字只是与论文对比。",
                "Agree: within half a unit of the last digit printed. For another bank the study is a comparison only.",
            ),
        ),
        Card(
            "shares",
            both(
                "印出的百分比和本行的在一条线上吗？",
                "Do printed percentages and ours lie on one line?",
            ),
            f"""
            select
                fact_id,
                label_zh as figure_zh,
                label_en as figure_en,
                cast(published_value as double) as printed,
                recomputed_value,
                {VERDICTS} as verdict
            from marts.paper_figure
            where
                unit like 'pct%'
                and try_cast(published_value as double) between 0 and 100
                and recomputed_value is not null
            order by fact_id
            """,
            (
                Column("fact_id", both("编号", "Number")),
                Column("figure", FIGURE, "either"),
                Column("printed", both("论文", "Printed"), "points"),
                Column("recomputed_value", both("本行", "Ours"), "points"),
                Column("verdict", VERDICT, "figure"),
            ),
            draw=shares,
        ),
        Card(
            "contradictions",
            both("哪些数字不一致，为什么？", "What does not agree, and why?"),
            f"""
            select
                label_zh as figure_zh,
                label_en as figure_en,
                published_value,
                recomputed_value,
                {VERDICTS} as verdict,
                note
            from marts.paper_figure
            where agrees is distinct from true
            order by agrees nulls last, fact_id
            """,
            (
                Column("figure", FIGURE, "either"),
                Column("published_value", PRINTED),
                Column("recomputed_value", OURS, "figure_value"),
                Column("verdict", VERDICT, "figure"),
                Column("note", both("说明", "Note")),
            ),
            nothing=both("没有矛盾。", "Nothing contradicts."),
        ),
        Card(
            "figures",
            both(
                "每个印出的数字和本行的各是多少？",
                "What is each printed figure, and ours beside it?",
            ),
            f"""
            select
                line_number,
                label_zh as figure_zh,
                label_en as figure_en,
                unit,
                published_value,
                recomputed_value,
                {VERDICTS} as verdict
            from marts.paper_figure
            order by fact_id
            """,
            (
                Column("figure", FIGURE, "either"),
                Column("unit", both("单位", "Unit"), "unit"),
                Column("published_value", PRINTED),
                Column("recomputed_value", OURS, "figure_value"),
                Column("verdict", VERDICT, "figure"),
                Column("line_number", both("行", "Line"), "whole"),
            ),
            width="full",
        ),
    ),
)
