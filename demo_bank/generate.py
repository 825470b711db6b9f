"""Write the demo bank: a synthetic bank that reproduces the study's published figures.

Every row is invented. With the default size the extracts are byte for byte the committed
ones; with --customers the same kind of bank is made at any size.
"""

import argparse
import time
from pathlib import Path

from bank import customers as crm
from bank import loans as loan_servicing
from bank.calibration import Bank, calibrate
from bank.common import STUDY_CUSTOMERS
from bank.extracts import write_extracts
from bank.faults import FAULTS
from bank.market import observe_market

SEED = 2015
EXTRACTS = Path(__file__).resolve().parent / "extracts"
SMALLEST = 500


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--customers", type=int, default=STUDY_CUSTOMERS, metavar="N",
        help=f"customers of the bank, at least {SMALLEST} (default: %(default)s, the study)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=EXTRACTS, metavar="DIR", help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="S", help="random seed (default: %(default)s)"
    )
    parsed = parser.parse_args()
    if parsed.customers < SMALLEST:
        parser.error(f"--customers must be at least {SMALLEST}")
    return parsed


def build_bank(seed: int, customers: int) -> Bank:
    """Market, loans, borrowers, then deposits and fees calibrated around them."""
    market = observe_market(seed)
    print("granting loans")
    loans = loan_servicing.grant_loans(seed, customers, market.curves["CNY"])
    loans["borrower"] = loan_servicing.group_by_borrower(seed, loans)
    loans = loan_servicing.add_fates(seed, loans)
    loans = loan_servicing.credit_risk(seed, loans)
    print("registering customers")
    master = crm.register_customers(seed, loans, customers)
    print("opening accounts and calibrating the core's profit share")
    return calibrate(seed, master, loans, market)


def main() -> None:
    """Build the bank, write it and say what was written."""
    began = time.perf_counter()
    options = arguments()
    bank = build_bank(options.seed, options.customers)
    print(f"writing extracts to {options.out}")
    written = write_extracts(bank, options.out)
    for name, rows in written.items():
        print(f"  {name:<20}{rows:>12,} rows")
    core = int(bank.customers["is_core"].sum())
    print(
        f"{len(bank.customers):,} customers, {core:,} core earning {bank.core_share:.2%} "
        f"of {bank.parts.total.sum():,.2f} yuan; {len(FAULTS)} bad rows planted; "
        f"{time.perf_counter() - began:.1f} s"
    )


if __name__ == "__main__":
    main()
