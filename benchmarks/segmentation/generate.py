"""Loans drawn like the demo bank's, at any size: every row is invented.

Term, amount and rate come from the demo bank's own generator, which draws the study's loans again
with some jitter and equal cluster shares. Equal loans and seed give equal rows.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demo_bank.bank.common import STUDY_CUSTOMERS, STUDY_LOANS, days, stream
from demo_bank.bank.extracts import MONEY, RATE, decimal_array
from demo_bank.bank.loans import contract_cents, spread_start_dates, study_rows

AS_OF = "2015-12-31"
SMALLEST = 10_000
# As the demo bank gives its borrowers one to three loans each.
LOANS_OF_A_BORROWER = {1: 0.40, 2: 0.37, 3: 0.23}


def identifiers(prefix: str, numbers: np.ndarray) -> pa.Array:
    """A letter and eight digits; text order is numeric order."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 8, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def draw_borrowers(seed: int, loans: int) -> np.ndarray:
    """Borrower number of each loan, in the order of the loans."""
    rng = stream(seed, "borrowers")
    sizes = rng.choice(list(LOANS_OF_A_BORROWER), loans, p=list(LOANS_OF_A_BORROWER.values()))
    return np.searchsorted(np.cumsum(sizes), np.arange(loans), side="right")


def draw_loans(seed: int, count: int) -> pd.DataFrame:
    """Number, term, amount, rate and dates of the loans; the study's clusters keep their shares."""
    # A customer more than the loans ask for, since the resample counts in customers.
    customers = int(count * STUDY_CUSTOMERS / STUDY_LOANS) + 1
    loans = study_rows(seed, customers).head(count).reset_index(drop=True)
    loans["start_date"] = spread_start_dates(stream(seed, "loans"), loans)
    loans["maturity_date"] = loans["start_date"] + days(loans["term_days"])
    return loans


def write(path: Path, columns: dict) -> None:
    """Write one parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def generate(out: Path, count: int, seed: int) -> dict:
    """Write the bank; returns its description."""
    loans = draw_loans(seed, count)
    borrowers = draw_borrowers(seed, count)
    date = {
        name: pa.array(loans[name].to_numpy().astype("datetime64[D]"))
        for name in ("start_date", "maturity_date")
    }
    columns = {
        "loan_id": identifiers("L", loans["loan_seq"].to_numpy()),
        "customer_id": identifiers("C", borrowers),
        "product_code": pa.DictionaryArray.from_arrays(np.zeros(count, np.int8), ["LOAN"]),
        "loan_type_code": pa.DictionaryArray.from_arrays(np.zeros(count, np.int8), ["WC"]),
        "currency_code": pa.DictionaryArray.from_arrays(np.zeros(count, np.int8), ["CNY"]),
        "contract_amount": decimal_array(contract_cents(loans) / 100, MONEY),
        **date,
        "annual_rate_pct": decimal_array(loans["rate_pct"], RATE),
    }
    extracts = out / "extracts"
    write(extracts / "loan_contract.parquet", columns)
    numbers = np.arange(borrowers.max() + 1)
    columns = {
        "customer_id": identifiers("C", numbers),
        "customer_type_code": pa.DictionaryArray.from_arrays(
            np.zeros(len(numbers), np.int8), ["corporate"]
        ),
        "in_rating_scope": np.ones(len(numbers), bool),
    }
    write(extracts / "customer.parquet", columns)
    columns = {
        "product_code": ["LOAN"],
        "product_name": ["Loan"],
        "product_family_code": ["loan"],
    }
    write(extracts / "product.parquet", columns)
    bank = {"synthetic": True, "loans": count, "seed": seed, "as_of_date": AS_OF}
    # Last, so that a bank half written is never taken for one.
    (out / "bank.json").write_text(json.dumps(bank, indent=2) + "\n", encoding="utf-8")
    return bank


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--loans", type=int, default=10_000_000, metavar="N", help="loans (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=2015, metavar="S", help="random seed (default: %(default)s)"
    )
    parsed = parser.parse_args()
    if parsed.loans < SMALLEST:
        parser.error(f"--loans must be at least {SMALLEST}")
    return parsed


def main() -> None:
    """Generate and say how long it took."""
    options = arguments()
    began = time.perf_counter()
    generate(options.out, options.loans, options.seed)
    print(
        f"synthetic bank of {options.loans:,} loans in {options.out},"
        f" {time.perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
