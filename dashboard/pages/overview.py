"""Overview: what the bank earns, from whom, and what changed."""

import altair as alt

from dashboard.card import Card, Page, View
from dashboard.column import Column
from dashboard.draw import side_by_side, stacked, waterfall
from dashboard.text import both
from dashboard.theme import BLUE, MUTED, ORANGE, SERIES, SLATE

CONTRIBUTION = both("贡献度", "Contribution")
CUSTOMERS = both("客户数", "Customers")
TIER = both("客户分层", "Tier")


def bridge(view: View) -> alt.TopLevelMixin:
    """Deposits, loans and fees on the way to the whole."""
    return waterfall(view, "part", "amount")


def causes(view: View) -> alt.TopLevelMixin:
    """Each cause of the latest month's change on the way to the whole."""
    return waterfall(view, "cause", "amount")


def changes(view: View) -> alt.TopLevelMixin:
    """Causes stacked by month, the whole change as a diamond."""
    effects = tuple(name for name in view.columns if name.endswith("_effect_amount"))
    return stacked(view, "month", effects, "change_amount", SERIES)


def tiers(view: View) -> alt.TopLevelMixin:
    """Share of the customers beside share of the contribution."""
    shares = ("customer_share", "contribution_share")
    return side_by_side(view, "tier_code", shares, [ORANGE, BLUE], is_labelled=True)


def concentration(view: View) -> alt.TopLevelMixin:
    """Lorenz-like curve, best customers first, with the point that brings four fifths."""
    shown = view.rows
    nought = {name: 0.0 for name in ("cumulative_customer_share", "cumulative_contribution_share")}
    x = alt.X(
        "cumulative_customer_share:Q",
        axis=view.axis("cumulative_customer_share", tickCount=5),
        scale=alt.Scale(domain=[0, 1]),
    )
    y = alt.Y(
        "cumulative_contribution_share:Q",
        axis=view.axis("cumulative_contribution_share", tickCount=5),
        scale=alt.Scale(zero=True),
    )
    curve = (
        view.chart([{**nought, "percentile": 0}, *shown])
        .mark_area(line={"color": BLUE, "strokeWidth": 2.5}, color=BLUE, opacity=0.18)
        .encode(x=x, y=y, tooltip=view.tooltip())
    )
    even = (
        view.chart([nought, {name: 1.0 for name in nought}])
        .mark_line(color=MUTED, strokeDash=[4, 4], strokeWidth=1)
        .encode(x=x, y=y)
    )
    reached = [row for row in shown if row["cumulative_contribution_share"] >= 0.8][:1]
    for row in reached:
        row["label"] = view.say(
            both("{:.1%} 的客户带来 {:.1%}", "{:.1%} of customers bring {:.1%}")
        ).format(row["cumulative_customer_share"], row["cumulative_contribution_share"])
    point = view.chart(reached).encode(x=x, y=y)
    marked = point.mark_point(color=SLATE, size=90) + point.mark_text(
        align="left", dx=9, dy=16, fontWeight="bold"
    ).encode(text="label:N")
    return (curve + even + marked).properties(height=260)


def months(view: View) -> alt.TopLevelMixin:
    """Deposits and loans by month."""
    return (
        view.chart()
        .mark_bar()
        .encode(
            x=alt.X("month:N", axis=alt.Axis(title=None, labelAngle=0)),
            y=alt.Y("contribution_amount:Q", axis=view.axis("contribution_amount")),
            color=alt.Color(
                "part:N",
                title=None,
                sort=view.order("part"),
                scale=alt.Scale(domain=view.order("part"), range=[BLUE, ORANGE]),
            ),
            order=alt.Order("place:Q"),
            tooltip=view.tooltip("month", "part", "contribution_amount"),
        )
        .properties(height=260)
    )


PAGE = Page(
    "overview",
    both("总览", "Overview"),
    (
        Card(
            "headline",
            both("今年以来银行从客户挣了多少？", "What have customers earned the bank this year?"),
            """
            select
                sum(contributions.contribution_amount) as contribution_amount,
                count(*) as customer_count,
                count(*) filter (where tiers.tier_code = 'core') as core_count,
                cast(sum(contributions.contribution_amount) filter (where tiers.tier_code = 'core') as double)
                / nullif(cast(sum(contributions.contribution_amount) as double), 0) as core_share,
                count(*) filter (where tiers.is_core_value_at_risk) as at_risk_count,
                sum(contributions.deposit_average_daily_balance) as deposit_amount,
                sum(contributions.loan_average_daily_balance) as loan_amount
            from marts.customer_contribution as contributions
            inner join marts.customer_tier as tiers
                on contributions.customer_id = tiers.customer_id
            having count(*) > 0
            """,
            (
                Column("contribution_amount", CONTRIBUTION, "money"),
                Column("customer_count", CUSTOMERS, "count"),
                Column("core_count", both("核心客户", "Core customers"), "count"),
                Column("core_share", both("核心客户贡献占比", "Brought by the core"), "share"),
                Column("at_risk_count", both("核心价值面临风险", "Core value at risk"), "count"),
                Column("deposit_amount", both("存款年日均", "Deposits, daily average"), "money"),
                Column("loan_amount", both("贷款年日均", "Loans, daily average"), "money"),
            ),
            nothing=both(
                "抽取数据中没有客户、账户、贷款或收入。",
                "There are no customers, accounts, loans or fees in the extracts.",
            ),
            tiles=True,
            width="full",
        ),
        Card(
            "bridge",
            both("存款、贷款和中间业务各挣了多少？", "What do deposits, loans and fees add?"),
            """
            with

            parts as (

                select
                    coalesce(sum(deposit_contribution_amount), 0) as deposit,
                    coalesce(sum(loan_contribution_amount), 0) as loan,
                    coalesce(sum(fee_income_amount), 0) as fee,
                    sum(contribution_amount) as total
                from marts.customer_contribution
                having count(*) > 0

            ),

            final as (

                select 1 as place, 'deposit' as part, deposit as amount from parts
                union all
                select 2 as place, 'loan' as part, loan from parts
                union all
                select 3 as place, 'fee' as part, fee from parts
                union all
                select 4 as place, 'total' as part, total from parts

            )

            select part, amount, part = 'total' as is_total
            from final
            order by place
            """,
            (
                Column("part", both("来源", "Part"), "part"),
                Column("amount", CONTRIBUTION, "money"),
                Column("is_total", both("合计", "Total"), is_drawn_only=True),
            ),
            nothing=both(
                "抽取数据中没有客户、账户、贷款或收入。",
                "There are no customers, accounts, loans or fees in the extracts.",
            ),
            draw=bridge,
            note=both(
                "贡献度 = 余额 × 利差 ÷ 360 逐日累计，贷款利息先扣税；橙色为负。",
                "Balance × spread ÷ 360, day by day; loan interest after tax. Orange takes away.",
            ),
        ),
        Card(
            "tiers",
            both("哪一层客户带来贡献？", "Which tier of customers brings the contribution?"),
            """
            select
                tier_code,
                customer_count,
                cast(customer_count as double) / nullif(sum(customer_count) over (), 0) as customer_share,
                contribution_amount,
                contribution_share
            from marts.tier_summary
            qualify sum(customer_count) over () > 0
            order by list_position(['core', 'basic', 'potential', 'out_of_scope'], tier_code)
            """,
            (
                Column("tier_code", TIER, "tier"),
                Column("customer_count", CUSTOMERS, "count"),
                Column("customer_share", both("客户占比", "Share of customers"), "share"),
                Column("contribution_amount", CONTRIBUTION, "money"),
                Column("contribution_share", both("贡献占比", "Share of contribution"), "share"),
            ),
            nothing=both(
                "抽取数据中没有客户、账户、贷款或收入。",
                "There are no customers, accounts, loans or fees in the extracts.",
            ),
            draw=tiers,
        ),
        Card(
            "concentration",
            both("贡献集中在多少客户手里？", "How few customers bring how much?"),
            """
            select percentile, cumulative_customer_share, cumulative_contribution_share
            from marts.contribution_concentration
            where cumulative_contribution_share is not null
            order by percentile
            """,
            (
                Column("percentile", both("百分位", "Percentile"), "whole"),
                Column(
                    "cumulative_customer_share",
                    both("累计客户占比", "Customers, best first"),
                    "share",
                ),
                Column(
                    "cumulative_contribution_share",
                    both("累计贡献占比", "Share of contribution"),
                    "share",
                ),
            ),
            nothing=both(
                "总贡献不是正数，谈不上集中。",
                "Customers earned nothing on the whole, so nothing is concentrated.",
            ),
            draw=concentration,
            note=both(
                "客户按贡献从高到低；虚线是人人相等。超过 100% 是因为末端客户贡献为负。",
                "Best customers first; dashed: all alike. Over 100% where the last ones cost money.",
            ),
        ),
        Card(
            "months",
            both("每个月的贡献怎么变？", "How did contribution move by month?"),
            """
            with

            months as (

                select month_end_date, 'deposit' as part, 1 as place, contribution_amount
                from marts.deposit_account_monthly_contribution
                union all
                select month_end_date, 'loan' as part, 2 as place, contribution_amount
                from marts.loan_monthly_contribution

            )

            select
                strftime(month_end_date, '%Y-%m') as month,
                part,
                place,
                cast(round(sum(contribution_amount), 2) as decimal(18, 2)) as contribution_amount
            from months
            where contribution_amount is not null
            group by month_end_date, part, place
            qualify dense_rank() over (order by month_end_date desc) <= 13
            order by month_end_date, place
            """,
            (
                Column("month", both("月份", "Month")),
                Column("part", both("来源", "Part"), "contract_kind"),
                Column("place", both("次序", "Place"), "whole", is_drawn_only=True),
                Column("contribution_amount", CONTRIBUTION, "money"),
            ),
            nothing=both(
                "抽取数据中没有可定价的余额。", "There are no priced balances in the extracts."
            ),
            draw=months,
            note=both("最近 13 个月，不含中间业务收入。", "The latest 13 months, without fees."),
        ),
        Card(
            "causes",
            both(
                "最近一个月的贡献为什么变了？", "Why did contribution change in the latest month?"
            ),
            """
            with

            latest as (

                select *
                from marts.contribution_change
                where level_code = 'total'
                qualify row_number() over (order by month_end_date desc) = 1

            ),

            final as (

                select 1 as place, 'volume' as cause, volume_effect_amount as amount from latest
                union all
                select 2 as place, 'mix' as cause, mix_effect_amount from latest
                union all
                select 3 as place, 'rate' as cause, rate_effect_amount from latest
                union all
                select 4 as place, 'ftp' as cause, ftp_effect_amount from latest
                union all
                select 5 as place, 'tax' as cause, tax_effect_amount from latest
                union all
                select 6 as place, 'fee' as cause, fee_effect_amount from latest
                union all
                select 7 as place, 'change' as cause, change_amount from latest

            )

            select cause, amount, cause = 'change' as is_total
            from final
            order by place
            """,
            (
                Column("cause", both("原因", "Cause"), "cause"),
                Column("amount", both("贡献变动", "Change of contribution"), "money"),
                Column("is_total", both("合计", "Total"), is_drawn_only=True),
            ),
            nothing=both("只有一个月，没有可比的上月。", "There are no two months to compare."),
            draw=causes,
            note=both("与上一个月相比。", "Against the month before."),
        ),
        Card(
            "changes",
            both("一年来贡献的变动来自哪里？", "What has moved contribution over the year?"),
            """
            select
                strftime(month_end_date, '%Y-%m') as month,
                volume_effect_amount,
                mix_effect_amount,
                rate_effect_amount,
                ftp_effect_amount,
                tax_effect_amount,
                fee_effect_amount,
                change_amount
            from marts.contribution_change
            where level_code = 'total'
            qualify row_number() over (order by month_end_date desc) <= 12
            order by month_end_date
            """,
            (
                Column("month", both("月份", "Month")),
                Column("volume_effect_amount", both("规模", "Volume"), "money", "change_amount"),
                Column("mix_effect_amount", both("结构", "Mix"), "money", "change_amount"),
                Column("rate_effect_amount", both("利率", "Rate"), "money", "change_amount"),
                Column("ftp_effect_amount", both("FTP", "FTP"), "money", "change_amount"),
                Column("tax_effect_amount", both("税收", "Tax"), "money", "change_amount"),
                Column("fee_effect_amount", both("中间业务收入", "Fees"), "money", "change_amount"),
                Column("change_amount", both("变动", "Change"), "money"),
            ),
            nothing=both("只有一个月，没有可比的上月。", "There are no two months to compare."),
            draw=changes,
            note=both("菱形是当月变动合计。", "Diamonds: the month's whole change."),
        ),
    ),
)
