"""Coverage: where specialised products reach the loans and where they do not."""

import altair as alt

from dashboard.card import Card, Page, View
from dashboard.column import Column
from dashboard.pages.segments import LOANS, NAMES, NEEDS, SEGMENT
from dashboard.text import WITHHELD, both
from dashboard.theme import SEQUENTIAL

COVERAGE = both("专项产品覆盖率", "Specialised-product coverage")


def heat_map(view: View) -> alt.TopLevelMixin:
    """Tiers across, segments down; every cell says its coverage and its loans."""
    rows = view.rows
    for row in rows:
        if row["loan_count"] is None:
            row["label"], row["detail"] = view.say(WITHHELD), ""
        elif row["coverage_rate"] is None:
            row["label"], row["detail"] = "–", "0"
        else:
            row["label"] = f"{row['coverage_rate']:.1%}"
            row["detail"] = f"{row['loan_count']:,}"
    largest = max((row["coverage_rate"] or 0 for row in rows), default=0) or 1
    base = view.chart(rows).encode(
        x=alt.X(
            "population_code:N",
            sort=view.order("population_code"),
            axis=alt.Axis(
                title=None, orient="top", labelAngle=0, domain=False, ticks=False,
                labelOverlap=False, labelExpr="split(datum.label, ' ')",
            ),
            scale=alt.Scale(paddingInner=0.02, paddingOuter=0),
        ),
        y=alt.Y(
            "segment:N",
            sort=view.order("segment"),
            axis=alt.Axis(title=None, domain=False, ticks=False),
            scale=alt.Scale(paddingInner=0.02, paddingOuter=0),
        ),
        tooltip=view.tooltip(),
    )  # fmt: skip
    cells = base.mark_rect(stroke="#fff", strokeWidth=2, invalid=None).encode(
        color=alt.condition(
            "isValid(datum.coverage_rate)",
            alt.Color(
                "coverage_rate:Q",
                scale=alt.Scale(scheme=SEQUENTIAL, domain=[0, largest]),
                legend=None,
            ),
            alt.value("#eef1f4"),
        )
    )
    ink = alt.condition(
        f"datum.coverage_rate > {largest * 0.55:.6f}", alt.value("#fff"), alt.value("#1b2733")
    )
    label = base.mark_text(dy=-8, fontWeight="bold", fontSize=13).encode(text="label:N", color=ink)
    detail = base.mark_text(dy=10, fontSize=11).encode(text="detail:N", color=ink)
    return (cells + label + detail).properties(height=58 * len(view.order("segment")))


PAGE = Page(
    "coverage",
    both("产品覆盖", "Coverage"),
    (
        Card(
            "headline",
            both("专项产品覆盖了多少贷款？", "How many loans do specialised products reach?"),
            """
            select
                max(coverage_rate) filter (where population_code = 'all') as all_rate,
                max(coverage_rate) filter (where population_code = 'core') as core_rate,
                max(loan_count) filter (where population_code = 'all') as loan_count,
                max(specialised_loan_count) filter (where population_code = 'all') as specialised_loan_count
            from marts.product_coverage
            where segment_code = 'total'
            having max(loan_count) filter (where population_code = 'all') > 0
            """,
            (
                Column("all_rate", both("全部贷款覆盖率", "Coverage, all loans"), "share"),
                Column("core_rate", both("核心客户覆盖率", "Coverage, core customers"), "share"),
                Column("loan_count", LOANS, "count"),
                Column(
                    "specialised_loan_count",
                    both("专项产品贷款", "On specialised products"),
                    "count",
                ),
            ),
            needs=NEEDS,
            tiles=True,
            width="full",
        ),
        Card(
            "heat_map",
            both(
                "哪个细分、哪一层客户覆盖最薄？",
                "In which segment and tier is the product range thin?",
            ),
            f"""
            with

            names as (

                select profiles.segment_code,{NAMES}
                from marts.segment_profile as profiles

            )

            select
                coverages.population_code,
                coalesce(names.segment_zh, '合计') as segment_zh,
                coalesce(names.segment_en, 'Total') as segment_en,
                coverages.loan_count,
                coverages.specialised_loan_count,
                coverages.coverage_rate
            from marts.product_coverage as coverages
            left join names
                on coverages.segment_code = names.segment_code
            where coverages.population_code in ('all', 'core', 'basic', 'potential', 'out_of_scope')
            order by
                coverages.segment_code = 'total',
                coverages.segment_code,
                list_position(['all', 'core', 'basic', 'potential', 'out_of_scope'], coverages.population_code)
            """,
            (
                Column("segment", SEGMENT, "either"),
                Column("population_code", both("客户分层", "Tier"), "population"),
                Column("loan_count", LOANS, "count"),
                Column("specialised_loan_count", both("专项产品贷款", "Specialised"), "count"),
                Column("coverage_rate", COVERAGE, "share"),
            ),
            draw=heat_map,
            note=both(
                "覆盖率 = 专项产品贷款 ÷ 全部贷款，下方是贷款笔数；客户过少的格子不公布。",
                "Loans on specialised products of all loans, and how many loans there are. Cells of too few customers are withheld.",
            ),
            needs=NEEDS,
            width="full",
        ),
    ),
)
