"""Loans asked for on a working file that is only read, and what the loans there are say to it."""

from __future__ import annotations

import pathlib

import duckdb

COLUMNS = {
    "customer_id": "null", "annual_rate_pct": "6.9", "term_days": "365",
    "contract_amount": "1000000", "start_date": "null", "currency_code": "null",
    "product_code": "null", "guarantee_type_code": "null", "channel_code": "null",
    "repayment_method_code": "null", "repricing_months": "null", "pricing_benchmark_code": "null",
    "enterprise_size_code": "null", "probability_of_default": "null",
    "loss_given_default": "null", "stands_for_loan_id": "null",
}  # fmt: skip

# The loans there are, each in the place of itself, at the rate of its first day.
COPIES = """
    select
        loan_id as request_id, loan_id as stands_for_loan_id,
        loans.* replace (prices.annual_rate_pct as annual_rate_pct),
        date_diff('day', start_date, maturity_date) as term_days,
        cast(null as varchar) as enterprise_size_code
    from staging.stg_loan_servicing__loan_contract as loans
    inner join intermediate.int_loan__price_at_start as prices using (loan_id)
    where {condition}"""

# What the models say of them.
KNOWN = """
    select
        prices.loan_id, prices.ftp_rate, prices.net_interest_factor, prices.ftp_margin_pct,
        prices.benchmark_multiple, segments.loan_id is not null as is_segmented,
        segments.segment_code, segments.segment_name_zh, segments.silhouette,
        risks.risk_weight, risks.capital_rate, risks.exposure_class_code, risks.loss_source_code,
        risks.expected_loss_rate, costs.annual_cost_amount, costs.balance_cost_rate
    from intermediate.int_loan__price_at_start as prices
    left join marts.loan_segment as segments using (loan_id)
    inner join intermediate.int_value__loan_risk as risks using (loan_id)
    inner join intermediate.int_value__operating_cost as costs
        on contract_kind_code = 'loan' and contract_id = prices.loan_id"""

PRICE = ("ftp_rate", "net_interest_factor", "ftp_margin_pct", "benchmark_multiple")
SEGMENT = ("segment_code", "segment_name_zh", "silhouette")
RISK = ("risk_weight", "capital_rate", "exposure_class_code")


def request(**values) -> str:
    """A request of one loan; what is not said is left open."""
    cells = {"request_id": "'1'", **COLUMNS, **values}
    return "select " + ", ".join(f"{value} as {name}" for name, value in cells.items())


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict]:
    """The rows of a query by column."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def priced(database: pathlib.Path, requests: str) -> list[dict]:
    """Price what a query asks for."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(f"create temp table asked as {requests}")
        return rows(connection, "from what_if.price_loans('asked') order by request_id")


def copies(database: pathlib.Path, condition: str = "true") -> dict[str, dict]:
    """Loans there are, priced as if they were asked for, by the id they have."""
    asked = priced(database, COPIES.format(condition=condition))
    return {row["request_id"]: row for row in asked}


def differences(database: pathlib.Path, asked: dict[str, dict]) -> list[str]:
    """Where copies do not cost, fall and risk what their originals do."""
    with duckdb.connect(str(database), read_only=True) as connection:
        known = {row["loan_id"]: row for row in rows(connection, KNOWN)}
    lines = []
    for loan_id, found in asked.items():
        row = known[loan_id]
        names = [*PRICE, *RISK]
        if row["is_segmented"]:
            names += SEGMENT
        if row["loss_source_code"] != "provision":
            names.append("expected_loss_rate")
        lines += [
            f"{loan_id} {name}: known {row[name]}, priced {found[name]}"
            for name in names
            if row[name] != found[name]
        ]
    return lines
