"""Print what a build made: customers, tiers, contribution, segments, coverage, what is left out."""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

QUESTIONS = {
    "Customers and what they earn the bank, year to date": """
        select
            count(*) as customers,
            max(as_of_date) as as_of_date,
            sum(deposit_contribution_amount) as deposits,
            sum(loan_contribution_amount) as loans,
            sum(fee_income_amount) as fees,
            sum(contribution_amount) as contribution
        from marts.customer_contribution""",
    "Tiers": """
        select tier_code as tier, customer_count as customers, contribution_amount as contribution,
            contribution_share as share
        from marts.tier_summary
        order by list_position(['core', 'basic', 'potential', 'out_of_scope'], tier_code)""",
    "What is left after costs, expected loss, tax and capital": """
        select tier_code as tier, count(*) as customers,
            count(*) filter (where is_value_destroying) as destroy_value,
            sum(economic_capital_amount) as capital, sum(eva_amount) as eva
        from marts.customer_profitability
        group by tier_code
        order by list_position(['core', 'basic', 'potential', 'out_of_scope'], tier_code)""",
    "Segments of loans ({loan_champion})": """
        select
            segment_code as segment, segment_name_en as name, loan_count as loans,
            loan_share as share, mean_term_days as term_days, mean_contract_amount as amount,
            mean_annual_rate_pct as rate_pct, stability
        from marts.segment_profile
        order by segment_code""",
    "Segments of customers ({customer_champion})": """
        select
            segment_code as segment, customer_count as customers, customer_share as share,
            mean_contribution_amount as contribution,
            mean_deposit_average_daily_balance as deposits,
            mean_loan_average_daily_balance as loans, mean_product_count as products
        from marts.customer_segment_profile
        order by segment_code""",
    "Drift since the segments were learned: `make train` is recommended": """
        select grain_code as grain, variable_code as variable, month_end_date as month,
            member_count as count, psi
        from marts.segment_drift
        where is_training_recommended
        order by all""",
    "Specialised-product coverage": """
        select
            segment_code as segment,
            max(coverage_rate) filter (where population_code = 'all') as all_customers,
            max(coverage_rate) filter (where population_code = 'core') as core_customers
        from marts.product_coverage
        group by segment_code
        order by segment_code""",
    "Rejected rows": """
        select extract_name as extract, reason_code as reason, count(*) as rows
        from quality.rejected_row
        group by all
        order by all""",
    "Contracts with days that could not be priced": """
        select reason_code as reason, contract_kind_code as kind, count(*) as contracts,
            min(contract_id) as example
        from quality.unpriced_balance
        group by all
        order by all""",
    "To look at (quality.data_finding)": """
        select finding_code as finding, coalesce(extract_name, '-') as extract, count(*) as count,
            min(detail) as example
        from quality.data_finding
        group by all
        order by all""",
}


NONE = "  none"


def table(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The result of a query as aligned text; 'none' without rows."""
    cursor = connection.execute(query)
    header = [column[0] for column in cursor.description]
    rows = [[shown(value) for value in row] for row in cursor.fetchall()]
    if not rows:
        return NONE
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in (header, *rows)
    ]
    return "\n".join(lines)


def shown(value: object) -> str:
    """A value as a person reads it; a fraction as a double has four decimals, money its two."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4f}"
    return f"{value:,}" if not isinstance(value, str) and hasattr(value, "real") else str(value)


def champion(connection: duckdb.DuckDBPyConnection, mart: str) -> str:
    """The candidate whose segments are shown, and whether they are any good."""
    rows = connection.execute(
        "select candidate_code, silhouette, is_fit_for_use, is_override"
        f" from marts.{mart} where is_champion"
    ).fetchall()
    if not rows:
        return "no candidates"
    [(code, silhouette, is_fit, is_override)] = rows
    judged = f"{code}, silhouette {shown(silhouette)}"
    why = "but an officer chose it" if is_override else "the best of a bad lot"
    return judged if is_fit else f"{judged}: NOT FIT FOR USE, {why}"


def main() -> None:
    """Command line: summary.py DATABASE."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", type=Path, help="the working file dbt built")
    database = parser.parse_args().database
    with duckdb.connect(str(database), read_only=True) as connection:
        champions = {
            "loan_champion": champion(connection, "segmentation_candidate"),
            "customer_champion": champion(connection, "customer_segmentation_candidate"),
        }
        for title, query in QUESTIONS.items():
            answer = table(connection, query)
            # No news is no headline.
            if not (title.startswith("Drift") and answer == NONE):
                print(f"\n{title.format(**champions)}\n{answer}")
    print(f"\nWorking file      {database}")
    print("Published copy    published/bankmart.duckdb")
    print("Dashboard         published/dashboard.html")
    print("Docs              published/docs.html")
    print("Column lineage    published/lineage.html\n")


if __name__ == "__main__":
    main()
