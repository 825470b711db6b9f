"""Data quality: what was rejected, what ties, how fresh the extracts are, what to look at."""

import altair as alt

from dashboard.card import Card, Page, View
from dashboard.column import Column
from dashboard.draw import stacked
from dashboard.text import both
from dashboard.theme import BLUE, ORANGE, PALE

EXTRACT = both("抽取表", "Extract")
ROWS = both("行数", "Rows")


def rejected(view: View) -> alt.TopLevelMixin:
    """A bar for each extract and reason, with its number."""
    rows = view.rows
    for row in rows:
        row["what"] = f"{row['extract_name']}: {row['reason_code']}"
    order = [row["what"] for row in rows]
    base = view.chart(rows).encode(
        y=alt.Y("what:N", sort=order, axis=alt.Axis(title=None, labelLimit=250)),
        x=alt.X("row_count:Q", axis=None),
        tooltip=view.tooltip(),
    )
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text("row_count:Q", format=","))
    return (base.mark_bar() + labels).properties(height=23 * len(rows))


def margins(view: View) -> alt.TopLevelMixin:
    """Margins stacked, the income computed apart as a diamond."""
    parts = ("deposit_margin_amount", "loan_margin_amount", "treasury_margin_amount")
    return stacked(view, "month", parts, "net_interest_income_amount", [BLUE, ORANGE, PALE])


PAGE = Page(
    "quality",
    both("数据质量", "Data quality"),
    (
        Card(
            "headline",
            both("数据读全了吗？对得上账吗？", "Was everything read, and does it tie?"),
            """
            with

            extracts as (

                select
                    sum(rows_read) as rows_read,
                    sum(rows_accepted) as rows_accepted,
                    sum(rows_rejected) as rows_rejected,
                    count(*) filter (where rows_read > 0) as extract_count
                from quality.extract_reconciliation

            ),

            ledger as (

                select
                    count(*) as ledger_count,
                    count(*) filter (where difference_amount <> 0) as untied_count
                from quality.ledger_reconciliation

            )

            select
                extracts.extract_count,
                cast(extracts.rows_read as bigint) as rows_read,
                cast(extracts.rows_accepted as bigint) as rows_accepted,
                cast(extracts.rows_rejected as bigint) as rows_rejected,
                ledger.ledger_count,
                ledger.untied_count
            from extracts
            cross join ledger
            """,
            (
                Column("extract_count", both("有数据的抽取表", "Extracts with rows"), "count"),
                Column("rows_read", both("读入行数", "Rows read"), "count"),
                Column("rows_accepted", both("接受行数", "Accepted"), "count"),
                Column("rows_rejected", both("拒绝行数", "Rejected"), "count"),
                Column("ledger_count", both("总账核对数", "Ledger totals"), "count"),
                Column("untied_count", both("总账不符数", "Of them off"), "count"),
            ),
            tiles=True,
            width="full",
        ),
        Card(
            "rejected",
            both("哪些行被拒绝，为什么？", "Which rows were rejected, and why?"),
            """
            select extract_name, reason_code, count(*) as row_count
            from quality.rejected_row
            group by extract_name, reason_code
            order by row_count desc, extract_name, reason_code
            limit 20
            """,
            (
                Column("extract_name", EXTRACT, "extract"),
                Column("reason_code", both("原因", "Reason"), "reason"),
                Column("row_count", ROWS, "count"),
            ),
            draw=rejected,
            nothing=both("没有行被拒绝。", "No row was rejected."),
        ),
        Card(
            "margins",
            both(
                "存贷款和司库的利差加起来等于净利息收入吗？",
                "Do the margins add up to net interest income?",
            ),
            """
            select
                strftime(month_end_date, '%Y-%m') as month,
                deposit_margin_amount,
                loan_margin_amount,
                treasury_margin_amount,
                net_interest_income_amount,
                cast(round(difference_amount, 2) as decimal(18, 2)) as difference_amount
            from quality.margin_reconciliation
            qualify row_number() over (order by month_end_date desc) <= 13
            order by month_end_date
            """,
            (
                Column("month", both("月份", "Month")),
                Column(
                    "deposit_margin_amount",
                    both("存款", "Deposits"),
                    "money",
                    "net_interest_income_amount",
                ),
                Column(
                    "loan_margin_amount",
                    both("贷款", "Loans"),
                    "money",
                    "net_interest_income_amount",
                ),
                Column(
                    "treasury_margin_amount",
                    both("资金中心", "Treasury"),
                    "money",
                    "net_interest_income_amount",
                ),
                Column(
                    "net_interest_income_amount", both("净利息收入", "Net interest income"), "money"
                ),
                Column(
                    "difference_amount",
                    both("差额", "Difference"),
                    "money",
                    "net_interest_income_amount",
                ),
            ),
            draw=margins,
            note=both(
                "菱形是从余额和利率独立算出的净利息收入。",
                "Diamonds: the income computed apart from balances and rates.",
            ),
        ),
        Card(
            "extracts",
            both(
                "每张抽取表读了多少、拒了多少、有多新？",
                "How much of each extract was read, and how fresh is it?",
            ),
            """
            select
                extracts.extract_name,
                extracts.rows_read,
                extracts.rows_accepted,
                extracts.rows_rejected,
                case when extracts.rows_read > 0 then cast(extracts.latest_date as varchar) end as latest_date,
                greatest(date_diff('day', extracts.latest_date, cast(settings.setting_value as date)), 0) as age_days
            from quality.extract_reconciliation as extracts
            left join quality.setting as settings
                on settings.setting_code = 'as_of_date'
            order by extracts.rows_read = 0, extracts.extract_name
            """,
            (
                Column("extract_name", EXTRACT, "extract"),
                Column("rows_read", both("读入", "Read"), "count"),
                Column("rows_accepted", both("接受", "Accepted"), "count"),
                Column("rows_rejected", both("拒绝", "Rejected"), "count"),
                Column("latest_date", both("最新日期", "Latest day")),
                Column("age_days", both("距数据日期", "Age"), "days"),
            ),
            note=both("没有读到行的表就是没有提供。", "An extract without rows was not delivered."),
        ),
        Card(
            "settings",
            both("这些数字建立在哪些设定上？", "Which settings do the figures rest on?"),
            """
            select setting_code, setting_value, decided_by
            from quality.setting
            order by decided_by <> 'run', setting_code
            """,
            (
                Column("setting_code", both("设定", "Setting"), "setting"),
                Column("setting_value", both("值", "Value")),
                Column("decided_by", both("决定者", "Decided by"), "decided_by"),
            ),
        ),
        Card(
            "ledger",
            both("余额和总账对得上吗？", "Do our balances tie with the general ledger?"),
            """
            select
                account_class_code,
                currency_code,
                count(*) as day_count,
                count(*) filter (where difference_amount <> 0) as untied_count,
                max(abs(difference_amount)) as largest_difference_amount,
                cast(max(as_of_date) as varchar) as latest_date
            from quality.ledger_reconciliation
            group by account_class_code, currency_code
            order by untied_count desc, account_class_code, currency_code
            """,
            (
                Column("account_class_code", both("科目", "Class"), "account_class"),
                Column("currency_code", both("币种", "Currency")),
                Column("day_count", both("核对数", "Totals"), "count"),
                Column("untied_count", both("不符数", "Off"), "count"),
                Column(
                    "largest_difference_amount",
                    both("最大差额（原币）", "Largest difference, original currency"),
                    "number",
                ),
                Column("latest_date", both("最近一次", "Latest")),
            ),
            needs=("ledger_control",),
        ),
        Card(
            "findings",
            both("还有什么值得看一眼？", "What else should somebody look at?"),
            """
            select finding_code, extract_name, count(*) as finding_count, min(coalesce(row_key, detail)) as example
            from quality.data_finding
            group by finding_code, extract_name
            order by finding_count desc, finding_code, extract_name nulls first
            """,
            (
                Column("finding_code", both("发现", "Finding"), "finding"),
                Column("extract_name", EXTRACT, "extract"),
                Column("finding_count", both("条数", "Count"), "count"),
                Column("example", both("例子", "Example")),
            ),
            nothing=both("没有发现。", "Nothing was found."),
        ),
        Card(
            "unpriced",
            both("哪些余额没有定价？", "Which balances could not be priced?"),
            """
            select
                contract_kind_code,
                reason_code,
                count(*) as contract_count,
                cast(min(first_date) as varchar) as first_date,
                cast(max(last_date) as varchar) as last_date
            from quality.unpriced_balance
            group by contract_kind_code, reason_code
            order by contract_count desc, contract_kind_code, reason_code
            """,
            (
                Column("contract_kind_code", both("类别", "Kind"), "contract_kind"),
                Column("reason_code", both("原因", "Reason"), "unpriced"),
                Column("contract_count", both("合同数", "Contracts"), "count"),
                Column("first_date", both("从", "From")),
                Column("last_date", both("到", "To")),
            ),
            nothing=both("所有余额都已定价。", "Every balance was priced."),
            width="full",
        ),
    ),
)
