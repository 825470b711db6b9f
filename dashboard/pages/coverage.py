"""Coverage: where specialised products reach the loans and where they do not."""

import altair as alt

from dashboard.card import Card, Page, View
from dashboard.column import Column
from dashboard.draw import matrix, side_by_side, stacked
from dashboard.pages.segments import LOANS, NAMES, NEEDS, SEGMENT
from dashboard.text import both
from dashboard.theme import BLUE, ORANGE

COVERAGE = both("专项产品覆盖率", "Specialised-product coverage")


def heat_map(view: View) -> alt.TopLevelMixin:
    """Tiers across, segments down; every cell says its coverage and its loans."""
    return matrix(view, "population_code", "segment", "coverage_rate", "loan_count")


def gaps(view: View) -> alt.TopLevelMixin:
    """Mix and treatment stacked, the whole gap as a diamond."""
    effects = ("mix_effect", "within_segment_effect")
    return stacked(view, "population_code", effects, "gap", [BLUE, ORANGE], is_upright=False)


def next_actions(view: View) -> alt.TopLevelMixin:
    """Customers to call by tier, and those kept apart for comparison."""
    return side_by_side(view, "tier_code", ("call_count", "holdout_count"), [BLUE, ORANGE])


def exclusions(view: View) -> alt.TopLevelMixin:
    """A bar for each reason, with its number."""
    base = view.chart().encode(
        y=alt.Y(
            "exclusion_reason:N", sort=view.order("exclusion_reason"), axis=alt.Axis(title=None)
        ),
        x=alt.X("customer_count:Q", axis=None),
        tooltip=view.tooltip(),
    )
    labels = base.mark_text(align="left", dx=5).encode(
        text=alt.Text("customer_count:Q", format=",")
    )
    return (base.mark_bar() + labels).properties(height=26 * len(view.rows))


def lifts(view: View) -> alt.TopLevelMixin:
    """How far from even a value's share of a segment is: 1 is even."""
    return matrix(view, "value", "segment", "lift", "loan_count")


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
                "Loans on specialised products of all loans, and how many loans there are. Cells of too few customers are suppressed.",
            ),
            needs=NEEDS,
            width="full",
        ),
        Card(
            "gap",
            both(
                "覆盖差距来自客户结构，还是服务不同？",
                "Is a coverage gap a matter of mix or of treatment?",
            ),
            """
            select
                population_code,
                loan_count,
                coverage_rate,
                reference_coverage_rate,
                gap,
                mix_effect,
                within_segment_effect
            from marts.coverage_gap
            where population_code in ('core', 'basic', 'potential', 'out_of_scope') and (gap is not null or loan_count is null)
            order by list_position(['core', 'basic', 'potential', 'out_of_scope'], population_code)
            """,
            (
                Column("population_code", both("客户分层", "Tier"), "population"),
                Column("loan_count", LOANS, "count"),
                Column("coverage_rate", both("覆盖率", "Coverage"), "share"),
                Column("reference_coverage_rate", both("全部", "All"), "share"),
                Column("gap", both("与全部之差", "Gap to all loans"), "share"),
                Column("mix_effect", both("结构", "Mix of segments"), "share"),
                Column("within_segment_effect", both("细分内", "Within segments"), "share"),
            ),
            draw=gaps,
            note=both(
                "结构：细分占比不同；细分内：同一细分覆盖不同。菱形是差距。",
                "Mix: other segments. Within: other coverage in the same segment. Diamonds: the gap.",
            ),
            needs=NEEDS,
        ),
        Card(
            "size",
            both("各规模企业集中在哪个细分？", "Which sizes of enterprise crowd which segment?"),
            f"""
            select{NAMES},
                compositions.dimension_value as value,
                compositions.loan_count,
                compositions.share_of_value,
                compositions.lift
            from marts.segment_composition as compositions
            inner join marts.segment_profile as profiles
                on compositions.segment_code = profiles.segment_code
            where compositions.population_code = 'all' and compositions.dimension_code = 'enterprise_size'
            order by
                compositions.segment_code,
                list_position(['large', 'medium', 'small', 'micro'], compositions.dimension_value) nulls last,
                compositions.dimension_value
            """,
            (
                Column("value", both("企业规模", "Enterprise size"), "enterprise_size"),
                Column("segment", SEGMENT, "either"),
                Column("loan_count", LOANS, "count"),
                Column("share_of_value", both("占该规模", "Of this size"), "share"),
                Column("lift", both("提升度", "Lift"), "number"),
            ),
            draw=lifts,
            note=both(
                "提升度：1 为平均，下方是贷款笔数。",
                "Lift: 1 is average; underneath, how many loans.",
            ),
            needs=NEEDS,
        ),
        Card(
            "next_actions",
            both("接下来该联系多少客户？", "How many customers are to be called next?"),
            """
            select
                tier_code,
                count(*) filter (where exclusion_reason is null and not is_holdout) as call_count,
                count(*) filter (where exclusion_reason is null and is_holdout) as holdout_count,
                sum(expected_contribution_amount) filter (where exclusion_reason is null and not is_holdout)
                    as expected_contribution_amount,
                sum(expected_loss_amount) filter (where exclusion_reason is null and not is_holdout)
                    as expected_loss_amount
            from marts.customer_next_action
            group by tier_code
            order by list_position(['core', 'basic', 'potential', 'out_of_scope'], tier_code)
            """,
            (
                Column("tier_code", both("客户分层", "Tier"), "tier"),
                Column("call_count", both("联系", "To call"), "count"),
                Column("holdout_count", both("留作对照", "Held out"), "count"),
                Column(
                    "expected_contribution_amount",
                    both("预期贡献", "Expected contribution"),
                    "money",
                ),
                Column("expected_loss_amount", both("预期损失", "Expected loss"), "money"),
            ),
            draw=next_actions,
            note=both(
                "对照组不联系，用来衡量联系是否有用。",
                "The held-out are not called, to see whether calls pay.",
            ),
            needs=NEEDS,
        ),
        Card(
            "exclusions",
            both("其余客户为什么不联系？", "Why are the other customers not called?"),
            """
            select exclusion_reason, count(*) as customer_count
            from marts.customer_next_action
            where exclusion_reason is not null
            group by exclusion_reason
            order by customer_count desc, exclusion_reason
            """,
            (
                Column("exclusion_reason", both("原因", "Reason"), "exclusion"),
                Column("customer_count", both("客户数", "Customers"), "count"),
            ),
            draw=exclusions,
            note=both("每户只计第一个原因。", "The first reason that applies to a customer."),
            needs=NEEDS,
        ),
        Card(
            "recommendations",
            both("先补哪些产品缺口？", "Which gaps in the product range come first?"),
            f"""
            select
                recommendations.priority_rank,{NAMES},
                recommendations.tier_code,
                recommendations.dimension_code,
                recommendations.dimension_value,
                recommendations.action_zh,
                recommendations.action_en,
                recommendations.loan_count,
                recommendations.coverage_rate,
                recommendations.estimated_value_amount
            from marts.product_recommendation as recommendations
            inner join marts.segment_profile as profiles
                on recommendations.segment_code = profiles.segment_code
            where recommendations.loan_count is not null
            order by recommendations.priority_rank
            limit 12
            """,
            (
                Column("priority_rank", both("次序", "Rank"), "whole"),
                Column("segment", SEGMENT, "either"),
                Column("tier_code", both("客户分层", "Tier"), "tier"),
                Column("dimension_code", both("维度", "Dimension"), "dimension"),
                Column("dimension_value", both("取值", "Value"), "value_of", "dimension_code"),
                Column("action", both("行动", "Action"), "either"),
                Column("loan_count", LOANS, "count"),
                Column("coverage_rate", both("覆盖率", "Coverage"), "share"),
                Column("estimated_value_amount", both("一年价值", "Worth a year"), "money"),
            ),
            note=both(
                "次序按估算价值；完整证据见表 evidence 列。",
                "Ranked by estimated worth; the evidence column of the mart has the whole sum.",
            ),
            needs=NEEDS,
            width="full",
        ),
        Card(
            "industry",
            both("哪些行业最偏向某个细分？", "Which industries lean most to a segment?"),
            f"""
            select{NAMES},
                compositions.dimension_value as value,
                compositions.loan_count,
                compositions.share_of_value,
                compositions.lift
            from marts.segment_composition as compositions
            inner join marts.segment_profile as profiles
                on compositions.segment_code = profiles.segment_code
            where
                compositions.population_code = 'all'
                and compositions.dimension_code = 'industry_section'
                and compositions.loan_count >= 5
                and not compositions.is_small_cell
            order by compositions.lift desc nulls last, compositions.dimension_value, compositions.segment_code
            limit 10
            """,
            (
                Column("value", both("行业", "Industry"), "industry_section"),
                Column("segment", SEGMENT, "either"),
                Column("loan_count", LOANS, "count"),
                Column("share_of_value", both("占该行业", "Of the industry"), "share"),
                Column("lift", both("提升度", "Lift"), "number"),
            ),
            needs=NEEDS,
            width="full",
        ),
    ),
)
