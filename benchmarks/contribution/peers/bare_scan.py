"""The bare scan: DuckDB decodes every column that the other peers read, and does nothing else."""

import sys
from pathlib import Path

import duckdb

COLUMNS = {
    "deposit_balance/*": ["account_id", "balance_date", "balance"],
    "loan_balance/*": ["loan_id", "balance_date", "principal_balance"],
    "deposit_rate/*": ["account_id", "effective_date", "annual_rate_pct"],
    "loan_rate/*": ["loan_id", "effective_date", "annual_rate_pct"],
    "fee_income/*": ["customer_id", "booked_date", "amount", "currency_code"],
    "ftp_curve/*": ["curve_code", "curve_date", "tenor_days", "annual_rate_pct"],
    "exchange_rate/*": ["currency_code", "rate_date", "rate_to_reporting"],
    "deposit_account": [
        "account_id", "customer_id", "currency_code",
        "open_date", "maturity_date", "annual_rate_pct",
    ],
    "loan_contract": [
        "loan_id", "customer_id", "currency_code", "start_date", "maturity_date", "annual_rate_pct",
    ],
    "customer": ["customer_id"],
}  # fmt: skip


def main(folder: Path) -> None:
    """Smallest and largest value of every column, so that each value is decoded."""
    connection = duckdb.connect()
    for table, columns in COLUMNS.items():
        extremes = ", ".join(f"min({column}), max({column})" for column in columns)
        connection.execute(
            f"select {extremes} from read_parquet('{folder}/{table}.parquet')"
        ).fetchall()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
