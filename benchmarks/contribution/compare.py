"""Are two results equal? Every contract-month in 10 decimals, every customer in cents.

A result is a database that the project built or a folder that a peer wrote. Prints one JSON line.
"""

import json
import sys
from pathlib import Path

import duckdb

MONTHLY = """
    select 'deposit' as kind, account_id as id, month_end_date, contribution_amount
    from {name}.marts.deposit_account_monthly_contribution
    union all
    select 'loan', loan_id, month_end_date, contribution_amount
    from {name}.marts.loan_monthly_contribution
"""
CUSTOMER = """
    select
        customer_id, deposit_contribution_amount, loan_contribution_amount, fee_income_amount,
        contribution_amount
    from {name}.marts.customer_contribution
"""
# Everything the marts say, for two builds of the project.
WHOLE_TABLES = (
    "deposit_account_monthly_contribution",
    "loan_monthly_contribution",
    "customer_contribution",
)


def relations(connection, result: Path, name: str) -> list[str]:
    """The result's two tables as queries of the same columns and types."""
    if result.is_file():
        connection.execute(f"attach '{result}' as {name} (read_only)")
        return [MONTHLY.format(name=name), CUSTOMER.format(name=name)]
    monthly = f"read_parquet('{result}/contract_month.parquet')"
    customer = f"read_parquet('{result}/customer.parquet')"
    columns = {row[0] for row in connection.execute(f"describe from {monthly}").fetchall()}
    amount = "contribution_amount"
    cents = [
        "deposit_contribution_amount", "loan_contribution_amount", "fee_income_amount", amount,
    ]  # fmt: skip
    if "contribution_units" in columns:
        # Whole units of 10**-10 and cents.
        amount = (
            "cast(cast(contribution_units as decimal(20, 0))"
            " * cast(0.0000000001 as decimal(11, 10)) as decimal(38, 10))"
        )
        cents = [
            f"cast(cast({column} as decimal(20, 0)) * 0.01 as decimal(18, 2))"
            for column in ("deposit", "loan", "fee", "total")
        ]
    return [
        "select contract_kind_code, contract_id, cast(month_end_date as date),"
        f" {amount} from {monthly}",
        f"select customer_id, {', '.join(cents)} from {customer}",
    ]


def count_differences(connection, left: str, right: str) -> tuple[int, int]:
    """Rows of the left side, and rows that one side has and the other has not."""
    query = f"""
        select
            (select count(*) from ({left})),
            (select count(*) from (({left}) except all ({right}))),
            (select count(*) from (({right}) except all ({left})))
    """
    rows, missing, extra = connection.execute(query).fetchall()[0]
    return rows, missing + extra


def main(first: Path, second: Path) -> None:
    """Compare and print the counts."""
    connection = duckdb.connect()
    left = relations(connection, first, "first_result")
    right = relations(connection, second, "second_result")
    names = ["contract_months", "customers"]
    if first.is_file() and second.is_file():
        names += WHOLE_TABLES
        left += [f"from first_result.marts.{table}" for table in WHOLE_TABLES]
        right += [f"from second_result.marts.{table}" for table in WHOLE_TABLES]
    counts = {}
    for name, one, other in zip(names, left, right, strict=True):
        counts[name], counts[f"{name}_that_differ"] = count_differences(connection, one, other)
    print(json.dumps(counts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
