"""Value: what is left of contribution after cost, loss, tax and capital; who moves between tiers;
what a definition costs."""

import altair as alt

from dashboard.card import Card, Page, View
from dashboard.column import Column
from dashboard.draw import matrix, side_by_side, waterfall
from dashboard.text import both
from dashboard.theme import BLUE, ORANGE

CUSTOMERS = both("客户数", "Customers")
TIER = both("客户分层", "Tier")
NOBODY = both("抽取数据中没有客户。", "There are no customers in the extracts.")
TIERS = "['core', 'basic', 'potential', 'out_of_scope']"


def economic_value(view: View) -> alt.TopLevelMixin:
    """From contribution to economic value added."""
    return waterfall(view, "step", "amount")


def value_by_tier(view: View) -> alt.TopLevelMixin:
    """Contribution beside economic value added."""
    return side_by_side(view, "tier_code", ("contribution_amount", "eva_amount"), [ORANGE, BLUE])


def moves(view: View) -> alt.TopLevelMixin:
    """From the tier on the left to the tier on top."""
    return matrix(view, "to_tier_code", "from_tier_code", "row_share", "customer_count")


def tiers_by_month(view: View) -> alt.TopLevelMixin:
    """Customers of the upper tiers, month by month."""
    order = {"title": None, "scale": alt.Scale(domain=view.order("tier_code"))}
    base = view.chart().encode(
        x=alt.X("month:N", axis=alt.Axis(title=None, labelAngle=0)),
        y=alt.Y("customer_count:Q", axis=view.axis("customer_count")),
        color=alt.Color("tier_code:N", **order),
        tooltip=view.tooltip(),
    )
    points = base.mark_point(size=55, opacity=1).encode(shape=alt.Shape("tier_code:N", **order))
    return (base.mark_line() + points).properties(height=260)


def moved_by_readings(view: View) -> alt.TopLevelMixin:
    """Customers whose tier each other reading would change."""
    largest = max(row["customer_count"] for row in view.rows)
    base = view.chart().encode(
        y=alt.Y("reading_code:N", sort=view.order("reading_code"), axis=alt.Axis(title=None)),
        x=alt.X(
            "customer_count:Q",
            axis=view.axis("customer_count", tickCount=5),
            scale=alt.Scale(domain=[0, largest * 1.15 or 1]),
        ),
        tooltip=view.tooltip(),
    )
    labels = base.mark_text(align="left", dx=4).encode(
        text=alt.Text("customer_count:Q", format=",.0f")
    )
    return (base.mark_bar(color=BLUE) + labels).properties(height=24 * len(view.rows))


PAGE = Page(
    "value",
    both("价值", "Value"),
    (
        Card(
            "headline",
            both(
                "扣掉成本、风险和资本，还剩多少价值？",
                "What value is left after cost, risk and capital?",
            ),
            """
            select
                sum(contribution_amount) as contribution_amount,
                sum(eva_amount) as eva_amount,
                cast(sum(after_tax_amount) as double)
                / nullif(cast(sum(economic_capital_amount) as double), 0) as raroc,
                sum(economic_capital_amount) as economic_capital_amount,
                count(*) filter (where is_value_destroying) as destroying_count,
                cast(count(*) filter (where is_value_destroying) as double) / count(*) as destroying_share
            from marts.customer_profitability
            having count(*) > 0
            """,
            (
                Column("contribution_amount", both("贡献度", "Contribution"), "money"),
                Column("eva_amount", both("经济增加值 EVA", "Economic value added"), "money"),
                Column("raroc", both("风险调整资本回报率", "RAROC"), "share"),
                Column("economic_capital_amount", both("经济资本", "Economic capital"), "money"),
                Column(
                    "destroying_count",
                    both("毁损价值的客户", "Customers that destroy value"),
                    "count",
                ),
                Column("destroying_share", both("占客户", "Of all customers"), "share"),
            ),
            nothing=NOBODY,
            tiles=True,
            width="full",
        ),
        Card(
            "economic_value",
            both("贡献度怎么变成经济增加值？", "How does contribution become economic value?"),
            """
            with

            sums as (

                select
                    sum(contribution_amount) as contribution,
                    sum(operating_cost_amount) as operating_cost,
                    sum(expected_loss_amount) as expected_loss,
                    sum(income_tax_amount) as income_tax,
                    sum(capital_charge_amount) as capital_charge,
                    sum(eva_amount) as eva
                from marts.customer_profitability
                having count(*) > 0

            ),

            final as (

                select 1 as place, 'contribution' as step, contribution as amount from sums
                union all
                select 2 as place, 'operating_cost' as step, -operating_cost from sums
                union all
                select 3 as place, 'expected_loss' as step, -expected_loss from sums
                union all
                select 4 as place, 'income_tax' as step, -income_tax from sums
                union all
                select 5 as place, 'capital_charge' as step, -capital_charge from sums
                union all
                select 6 as place, 'eva' as step, eva from sums

            )

            select step, amount, step in ('contribution', 'eva') as is_total
            from final
            order by place
            """,
            (
                Column("step", both("项目", "Step"), "value_step"),
                Column("amount", both("金额", "Amount"), "money"),
                Column("is_total", both("合计", "Total"), is_drawn_only=True),
            ),
            nothing=NOBODY,
            draw=economic_value,
        ),
        Card(
            "tiers",
            both(
                "哪一层创造价值，哪一层毁损价值？", "Which tier makes value, and which destroys it?"
            ),
            f"""
            select
                tier_code,
                count(*) as customer_count,
                sum(contribution_amount) as contribution_amount,
                sum(eva_amount) as eva_amount,
                cast(sum(after_tax_amount) as double)
                / nullif(cast(sum(economic_capital_amount) as double), 0) as raroc,
                cast(count(*) filter (where is_value_destroying) as double) / count(*) as destroying_share
            from marts.customer_profitability
            group by tier_code
            order by list_position({TIERS}, tier_code)
            """,
            (
                Column("tier_code", TIER, "tier"),
                Column("customer_count", CUSTOMERS, "count"),
                Column("contribution_amount", both("贡献度", "Contribution"), "money"),
                Column(
                    "eva_amount",
                    both("经济增加值", "Economic value added"),
                    "money",
                    "contribution_amount",
                ),
                Column("raroc", both("RAROC", "RAROC"), "share"),
                Column("destroying_share", both("毁损价值占比", "Destroy value"), "share"),
            ),
            nothing=NOBODY,
            draw=value_by_tier,
        ),
        Card(
            "moves",
            both("上个月的客户现在在哪一层？", "Where are last month's customers now?"),
            f"""
            with

            latest as (

                select *
                from marts.tier_migration
                qualify dense_rank() over (order by month_end_date desc) = 1

            )

            select
                from_tier_code,
                to_tier_code,
                customer_count,
                contribution_amount,
                cast(customer_count as double)
                / nullif(sum(customer_count) over (partition by from_tier_code), 0) as row_share
            from latest
            order by list_position({TIERS}, from_tier_code), list_position({TIERS}, to_tier_code)
            """,
            (
                Column("from_tier_code", both("从", "From"), "population"),
                Column("to_tier_code", both("到", "To"), "population"),
                Column("customer_count", CUSTOMERS, "count"),
                Column("contribution_amount", both("贡献度", "Contribution"), "money"),
                Column("row_share", both("占原分层", "Of the former tier"), "share"),
            ),
            nothing=both("还没有两个月可比。", "There are no two months to compare."),
            draw=moves,
            note=both(
                "左边是上个月的分层，上边是本月的；每行合计 100%，下方是客户数。",
                "Left: the tier a month ago; top: now. Rows add up to 100%; underneath, the customers.",
            ),
        ),
        Card(
            "months",
            both("核心和基础客户在增加吗？", "Are core and basic customers growing?"),
            f"""
            select
                strftime(month_end_date, '%Y-%m') as month,
                to_tier_code as tier_code,
                cast(sum(customer_count) as bigint) as customer_count,
                sum(contribution_amount) as contribution_amount
            from marts.tier_migration
            where to_tier_code in ('core', 'basic')
            group by month_end_date, to_tier_code
            qualify dense_rank() over (order by month_end_date desc) <= 13
            order by month_end_date, list_position({TIERS}, to_tier_code)
            """,
            (
                Column("month", both("月份", "Month")),
                Column("tier_code", TIER, "tier"),
                Column("customer_count", CUSTOMERS, "count"),
                Column(
                    "contribution_amount",
                    both("十二个月贡献", "Contribution of twelve months"),
                    "money",
                ),
            ),
            nothing=both("还没有两个月可比。", "There are no two months to compare."),
            draw=tiers_by_month,
            note=both(
                "按滚动十二个月的贡献分层。",
                "Tiers by the contribution of the twelve months before.",
            ),
        ),
        Card(
            "readings",
            both("换一种口径，结果差多少？", "What would another definition change?"),
            """
            select
                reading_code,
                reading_zh,
                reading_en,
                customer_count,
                contribution_amount,
                core_customer_count,
                core_contribution_share,
                population_coverage_rate,
                core_coverage_rate
            from marts.definition_sensitivity
            order by customer_count desc, reading_code
            """,
            (
                Column("reading_code", both("口径", "Reading"), "reading"),
                Column("reading", both("含义", "It says"), "either"),
                Column("customer_count", both("变层客户", "Customers that change tier"), "count"),
                Column("contribution_amount", both("其贡献度", "Their contribution"), "money"),
                Column("core_customer_count", both("核心客户", "Core customers"), "count"),
                Column(
                    "core_contribution_share", both("核心贡献占比", "Core contribution"), "share"
                ),
                Column("population_coverage_rate", both("覆盖率", "Coverage"), "share"),
                Column("core_coverage_rate", both("核心覆盖率", "Core coverage"), "share"),
            ),
            nothing=both("还没有其他口径可比。", "There are no other definitions to compare."),
            draw=moved_by_readings,
            width="full",
            note=both(
                "论文未说清的口径逐一替换，其余不变；编号是歧义条目。覆盖率保留两位有效数字。",
                "Each definition the study leaves open, changed by itself; the code is that of the"
                " question. Coverage has two significant digits.",
            ),
        ),
    ),
)
