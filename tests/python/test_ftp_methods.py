"""Every FTP method, class row, curve and add-on, from extracts to marts, against ftp_oracle.py."""

from __future__ import annotations

import csv
import pathlib
import shutil
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

import ftp_oracle
import oracle
from ftp_oracle import add_months
from warehouse import SHIPPED_POLICY, Build, build

AS_OF = date(2016, 6, 17)
UNIT = Fraction(1, 10**10)
SELECT = (
    "--select", "+ftp_bridge", "+customer_contribution", "+unpriced_balance",
    "deposit_account_monthly_contribution", "loan_monthly_contribution", "+margin_reconciliation",
)  # fmt: skip

# ------------------------------------------------------------------------------------ the policies

ASSIGNMENT = {
    "contract_kind_code": "loan", "has_maturity": "true", "valid_from": "0001-01-01",
    "valid_to": "9999-12-31", "weight": "1", "second_weight": "0", "spread_pct": "0",
    "accrues_interest": "true", "decided_by": "test",
}  # fmt: skip
ADD_ON = {
    "contract_kind_code": "loan", "valid_from": "0001-01-01", "valid_to": "9999-12-31",
    "spread_pct": "0", "share_of_market_rate": "0", "decided_by": "test",
}  # fmt: skip
CURVE = {
    "currency_code": "CNY", "valid_from": "0001-01-01", "valid_to": "9999-12-31",
    "decided_by": "test",
}  # fmt: skip

Rows = list[dict[str, str]]


def kind(has_maturity: bool, kind_code: str = "loan") -> dict[str, str]:
    return {"contract_kind_code": kind_code, "has_maturity": str(has_maturity).lower()}


def rows(default: dict, table: dict[str, dict]) -> Rows:
    """Policy rows by name; a name may end in #2 for its second validity."""
    return [
        {**default, **{key: str(value) for key, value in row.items()}, "policy_code": name[:-2]}
        if name.endswith("#2")
        else {**default, **{key: str(value) for key, value in row.items()}, "policy_code": name}
        for name, row in table.items()
    ]


TERM, OPEN = kind(True), kind(False)
DEPOSIT_TERM, DEPOSIT_DEMAND = kind(True, "deposit"), kind(False, "deposit")
SPLIT = {"method_code": "core_volatile", "tenor_days": 365, "weight": "0.7",
         "second_tenor_days": 1, "second_weight": "0.3"}  # fmt: skip

# Every method by its own condition, so that one build shows them side by side.
METHODS = rows(
    ASSIGNMENT,
    {
        "deposit_term": {**DEPOSIT_TERM, "method_code": "original_term"},
        "deposit_flows": {**DEPOSIT_TERM, "product_family_code": "retail",
                          "method_code": "weighted_term", "payment_months": 3},
        "deposit_repricing": {**DEPOSIT_TERM, "product_family_code": "trade",
                              "method_code": "repricing_term"},
        "deposit_frozen": {**DEPOSIT_TERM, "product_family_code": "project",
                           "method_code": "duration", "payment_months": 12,
                           "spread_pct": "-0.125", "accrues_interest": "false"},
        "demand": {**DEPOSIT_DEMAND, **SPLIT},
        "demand_average": {**DEPOSIT_DEMAND, "product_family_code": "retail",
                           "method_code": "moving_average", "tenor_days": 180,
                           "average_days": 37, "weight": "0.95", "spread_pct": "0.015"},
        "demand_split_average": {**DEPOSIT_DEMAND, "product_family_code": "trade", **SPLIT,
                                 "average_days": 90},
        "demand_fixed_rate": {**DEPOSIT_DEMAND, "product_family_code": "project",
                              "method_code": "fixed_spread", "spread_pct": "1.234567"},
        "loan": {**TERM, "method_code": "original_term"},
        "loan_floating": {**TERM, "rate_type_code": "floating", "method_code": "repricing_term"},
        "loan_equal": {**TERM, "repayment_method_code": "equal_principal",
                       "method_code": "weighted_term", "payment_months": 1},
        "loan_annuity": {**TERM, "repayment_method_code": "annuity",
                         "method_code": "average_life", "payment_months": 1},
        "loan_bullet": {**TERM, "product_family_code": "retail",
                        "repayment_method_code": "bullet", "rate_type_code": "fixed",
                        "method_code": "original_term", "weight": "0.9"},
        "loan_project": {**TERM, "product_family_code": "project",
                         "method_code": "duration", "payment_months": 6},
        "loan_project_annuity": {**TERM, "product_family_code": "project",
                                 "repayment_method_code": "annuity",
                                 "method_code": "weighted_term", "payment_months": 3,
                                 "spread_pct": "0.0325"},
        "loan_project_annuity_floating": {
            **TERM, "product_family_code": "project", "repayment_method_code": "annuity",
            "rate_type_code": "floating", "method_code": "duration", "payment_months": 1},
        "loan_trade": {**TERM, "product_family_code": "trade", "method_code": "fixed_spread",
                       "tenor_days": 90, "spread_pct": "0.4"},
        "loan_trade_floating": {**TERM, "product_family_code": "trade",
                                "rate_type_code": "floating", "method_code": "repricing_term",
                                "weight": "0.6", "second_tenor_days": 30,
                                "second_weight": "0.4", "spread_pct": "-0.05"},
        "loan_open": {**OPEN, "method_code": "original_term", "tenor_days": 365},
        "loan_open_floating": {**OPEN, "rate_type_code": "floating",
                               "method_code": "repricing_term", "tenor_days": 91},
        "loan_open_project": {**OPEN, "product_family_code": "project",
                              "method_code": "moving_average", "tenor_days": 270,
                              "average_days": 1},
        # Non-performing: interest frozen and refunded; the worse ones are charged a punitive rate.
        "refund": {**TERM, "minimum_class_code": 3, "method_code": "fixed_spread",
                   "accrues_interest": "false"},
        "punitive": {**TERM, "minimum_class_code": 4, "method_code": "fixed_spread",
                     "tenor_days": 365, "spread_pct": "2.5"},
        "refund_trade": {**TERM, "minimum_class_code": 3, "product_family_code": "trade",
                         "method_code": "original_term", "spread_pct": "1",
                         "accrues_interest": "false"},
        "open_watch": {**OPEN, "minimum_class_code": 2, "method_code": "fixed_spread",
                       "tenor_days": 30, "spread_pct": "1.5", "accrues_interest": "false"},
    },
)  # fmt: skip

# Rows that change while contracts live: one day before, one day after.
DATED = rows(
    ASSIGNMENT,
    {
        "deposit_term": {**DEPOSIT_TERM, "method_code": "original_term",
                         "valid_to": "2015-02-14"},
        "deposit_term#2": {**DEPOSIT_TERM, "method_code": "moving_average", "tenor_days": 60,
                           "average_days": 10, "valid_from": "2015-02-15"},
        "demand": {**DEPOSIT_DEMAND, **SPLIT, "valid_to": "2015-08-31"},
        "demand_1": {**DEPOSIT_DEMAND, "method_code": "moving_average", "tenor_days": 365,
                     "average_days": 30, "valid_from": "2015-09-01", "valid_to": "2015-10-01"},
        "demand_2": {**DEPOSIT_DEMAND, "method_code": "fixed_spread", "spread_pct": "2.2",
                     "valid_from": "2015-10-02"},
        "loan_1": {**TERM, "method_code": "original_term", "valid_to": "2014-12-31"},
        "loan_2": {**TERM, "method_code": "weighted_term", "payment_months": 2,
                   "valid_from": "2015-01-01", "valid_to": "2015-06-14"},
        "loan_3": {**TERM, "method_code": "core_volatile", "tenor_days": 730, "weight": "0.5",
                   "second_tenor_days": 7, "second_weight": "0.5",
                   "valid_from": "2015-06-15"},
        "open_1": {**OPEN, "method_code": "original_term", "tenor_days": 365,
                   "valid_to": "2015-05-15"},
        "open_2": {**OPEN, "method_code": "original_term", "tenor_days": 1000,
                   "valid_from": "2015-05-16"},
        "project_then": {**TERM, "product_family_code": "project", "method_code": "duration",
                         "payment_months": 3, "valid_from": "2014-06-01",
                         "valid_to": "2015-09-30"},
        "equal": {**TERM, "repayment_method_code": "equal_principal",
                  "method_code": "average_life", "payment_months": 12},
        "npl": {**TERM, "minimum_class_code": 3, "method_code": "fixed_spread",
                "valid_from": "2015-04-02", "valid_to": "2015-11-30",
                "accrues_interest": "false"},
        "npl#2": {**TERM, "minimum_class_code": 3, "method_code": "fixed_spread",
                  "tenor_days": 1, "spread_pct": "3", "valid_from": "2015-12-01"},
        "open_npl": {**OPEN, "minimum_class_code": 5, "method_code": "fixed_spread",
                     "spread_pct": "0"},
    },
)  # fmt: skip

ADD_ONS = rows(
    {**ADD_ON},
    {
        # The study's example: 8 % of reserves on which the central bank pays 1.62 %.
        "a": {"contract_kind_code": "deposit", "add_on_code": "reserve_requirement",
              "spread_pct": "0.1296", "share_of_market_rate": "-0.08"},
        "b": {"contract_kind_code": "deposit", "product_family_code": "retail",
              "add_on_code": "liquidity", "spread_pct": "0.05"},
        "c": {"contract_kind_code": "deposit", "product_family_code": "trade",
              "add_on_code": "liquidity", "curve_code": "PREMIUM"},
        "d": {"add_on_code": "liquidity", "curve_code": "PREMIUM"},
        "e": {"product_family_code": "project", "add_on_code": "liquidity",
              "spread_pct": "0.011111", "valid_from": "2014-06-01", "valid_to": "2015-07-31"},
        "f": {"product_family_code": "retail", "add_on_code": "strategic_incentive",
              "spread_pct": "-0.25", "share_of_market_rate": "-0.033333",
              "valid_to": "2015-03-31"},
        "g": {"product_family_code": "retail", "add_on_code": "strategic_incentive",
              "spread_pct": "-0.1", "valid_from": "2015-04-01"},
        # By pricing days, also of loans that were drawn before or after.
        "i": {"product_family_code": "trade", "add_on_code": "strategic_incentive",
              "curve_code": "PREMIUM", "spread_pct": "0.003", "valid_from": "2015-03-01",
              "valid_to": "2015-08-31"},
        "h": {"product_family_code": "trade", "add_on_code": "reserve_requirement",
              "share_of_market_rate": "0.017", "valid_from": "2015-01-01"},
    },
)  # fmt: skip

CURVES = [
    # One benchmark has a curve of its own from the day it was published; another's never came.
    {"pricing_benchmark_code": "LPR", "valid_from": "2014-08-20", "curve_code": "CNY_LPR"},
    {"pricing_benchmark_code": "HIBOR", "curve_code": "CNY_NEVER"},
    {"valid_from": "2015-01-01", "valid_to": "2015-12-31", "curve_code": "CNY_MARKET"},
    {"currency_code": "USD", "pricing_benchmark_code": "LPR", "curve_code": "CNY_LPR"},
]
LINE = {"valid_from": "0001-01-01", "valid_to": "9999-12-31", "decided_by": "test"}
# Products that are committed lines: one row after the other from the middle of a month, or always.
LINES = [
    {**LINE, "product_code": "P2", "valid_from": "2015-03-15", "valid_to": "2015-09-30",
     "draw_factor": "0.6", "premium_pct": "0.18"},
    {**LINE, "product_code": "P2", "valid_from": "2015-10-01", "draw_factor": "1",
     "premium_pct": "0.75"},
    {**LINE, "product_code": "P9", "draw_factor": "0.333333", "premium_pct": "0.123457"},
]  # fmt: skip
OTHER_LINES = [
    {**LINE, "product_code": "P1", "draw_factor": "0.25", "premium_pct": "1.5"},
    {**LINE, "product_code": "P2", "valid_to": "2015-05-16", "draw_factor": "0.6",
     "premium_pct": "0.18"},
    {**LINE, "product_code": "NEVER", "draw_factor": "1", "premium_pct": "60"},
]  # fmt: skip
CHANGED = "after a change of policy"
MISSING_PREMIUM = {"product_family_code": "trade", "add_on_code": "strategic_incentive",
                   "curve_code": "PREMIUM_NEVER", "valid_from": "2015-09-02",
                   "valid_to": "2015-12-01"}  # fmt: skip

POLICIES: dict[str, dict[str, Rows]] = {
    "methods": {"ftp_assignment": METHODS},
    "methods with add-ons": {
        "ftp_assignment": METHODS,
        "ftp_add_on": ADD_ONS,
        "ftp_contingent_liquidity": LINES,
    },
    "dated rows and curves": {
        "ftp_assignment": DATED,
        "ftp_curve_policy": [{**CURVE, **row} for row in CURVES],
        "ftp_add_on": [{**ADD_ON, **MISSING_PREMIUM}],
        "ftp_contingent_liquidity": OTHER_LINES,
    },
}


def write_policy(folder: pathlib.Path, files: dict[str, Rows]) -> pathlib.Path:
    """A copy of the shipped policy with some files of its own."""
    shutil.copytree(SHIPPED_POLICY, folder)
    for name, lines in files.items():
        path = folder / f"{name}.csv"
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(lines)
    return folder


# ---------------------------------------------------------------------------------------- the bank


FAMILIES = {"P1": "loan", "P2": "project", "P3": "retail", "P4": "trade"}
PRODUCTS = [*FAMILIES, "P9"]  # the last is in no product file
REPAYMENTS = ("bullet", "equal_principal", "annuity", "")
FIRST_DAYS = [date(2013, 5, 31), date(2014, 1, 31), date(2014, 8, 20), date(2014, 12, 31),
              date(2015, 1, 1), date(2015, 2, 14), date(2015, 2, 15), date(2015, 2, 28),
              date(2015, 6, 14), date(2015, 6, 15), date(2015, 9, 30), date(2015, 10, 13),
              date(2016, 2, 29), date(2016, 5, 31)]  # fmt: skip
CLASS_PATHS = [
    [("2015-01-20", "1"), ("2015-03-31", "3"), ("2015-08-01", "4"), ("2015-11-02", "2"),
     ("2016-02-01", "3")],
    [("2015-05-01", "3"), ("2015-09-15", "1")],
    [("2015-02-10", "2"), ("2015-07-01", "5")],
]  # fmt: skip


def rate_text(random: Random, low: int, high: int) -> str:
    return str(Decimal(random.randrange(low, high)).scaleb(-6))


def curves(random: Random) -> Rows:
    """Days with gaps; nodes at odd tenors, other ones each time."""
    starts = {"CNY": (date(2014, 3, 3), 9), "USD": (date(2014, 11, 6), 31),
              "CNY_LPR": (date(2014, 8, 20), 30), "CNY_MARKET": (date(2015, 1, 2), 5),
              "PREMIUM": (date(2013, 1, 1), 181)}  # fmt: skip
    lines = []
    for code, (day, step) in starts.items():
        while day <= AS_OF + timedelta(days=20):
            tenors = [1, 7, 30, 91, 182, 365, 731, 1096, 1826, 3652]
            low = 20_000 if code == "PREMIUM" else 1_500_000
            for place, tenor in enumerate(sorted(random.sample(tenors, random.randint(4, 9)))):
                start = low * (10 + place) // 10
                pct = rate_text(random, start, start + low)
                lines.append({"curve_code": code, "curve_date": str(day),
                              "tenor_days": str(tenor), "annual_rate_pct": pct})  # fmt: skip
            day += timedelta(days=random.randint(1, step))
    return lines


def balances(random: Random, first: date, until: date, falls: bool) -> list[tuple[date, str]]:
    """End-of-day amounts on some days; loans fall, deposits move and now and then overdraw."""
    amount, day, lines = random.randrange(10_000_00, 90_000_000_00), first, []
    while day <= until:
        lines.append((day, str(Decimal(amount).scaleb(-2))))
        amount = (
            amount * random.randint(5, 10) // 10
            if falls
            else random.randrange(-2_000_00, 90_000_000_00)
        )
        day += timedelta(days=random.randint(9, 150))
    return lines


class ExtractsOfABank:
    """Contracts of every shape, drawn once and for all."""

    def __init__(self):
        self.random = Random(20160617)
        self.tables: dict[str, Rows] = {
            name: [] for name in ("deposit_account", "deposit_balance", "deposit_rate",
                                  "loan_contract", "loan_balance", "loan_rate",
                                  "loan_classification")
        }  # fmt: skip

    def loan(self, loan_id: str, first: date, **other: object) -> None:
        """A loan with balances, now and then a dated rate."""
        random = self.random
        row = {
            "loan_id": loan_id, "customer_id": f"C{random.randint(1, 12)}", "product_code": "P1",
            "loan_type_code": "WC", "currency_code": "CNY", "contract_amount": "30000000",
            "start_date": first, "maturity_date": None,
            "annual_rate_pct": rate_text(random, 3_000_000, 9_000_000), "repricing_months": None,
            "repayment_method_code": "bullet", "pricing_benchmark_code": None, **other,
        }  # fmt: skip
        self.tables["loan_contract"].append(row)
        for day, balance in balances(random, max(first, date(2014, 12, 9)), AS_OF, True):
            self.tables["loan_balance"].append(
                {"loan_id": loan_id, "balance_date": day, "principal_balance": balance}
            )
        if random.random() < 0.5:
            for months in (random.randint(0, 3), random.randint(4, 20)):
                self.tables["loan_rate"].append(
                    {"loan_id": loan_id,
                     "effective_date": add_months(first, months),
                     "annual_rate_pct": rate_text(random, 3_000_000, 9_000_000)}
                )  # fmt: skip

    def line(self, loan_id: str, first: date, drawn: list[tuple[str, str]], **other) -> None:
        """A loan that may be drawn up to 10 million, with balances of its own."""
        self.loan(loan_id, first, **{"contract_amount": "10000000", "product_code": "P2"} | other)
        rows = self.tables["loan_balance"]
        self.tables["loan_balance"] = [row for row in rows if row["loan_id"] != loan_id] + [
            {"loan_id": loan_id, "balance_date": day, "principal_balance": balance}
            for day, balance in drawn
        ]

    def classes(self, loan_id: str, path: list[tuple[str, str]]) -> None:
        for day, class_code in path:
            self.tables["loan_classification"].append(
                {"loan_id": loan_id, "effective_date": day, "class_code": class_code}
            )

    def deposit(self, account_id: str, first: date, **other: object) -> None:
        random = self.random
        row = {
            "account_id": account_id, "customer_id": f"C{random.randint(1, 12)}",
            "product_code": "P1", "currency_code": "CNY", "open_date": first,
            "maturity_date": None, "annual_rate_pct": rate_text(random, 0, 3_000_000), **other,
        }  # fmt: skip
        self.tables["deposit_account"].append(row)
        for day, balance in balances(random, max(first, date(2014, 12, 9)), AS_OF, False):
            self.tables["deposit_balance"].append(
                {"account_id": account_id, "balance_date": day, "balance": balance}
            )
        if random.random() < 0.5:
            self.tables["deposit_rate"].append(
                {"account_id": account_id, "effective_date": first + timedelta(days=200),
                 "annual_rate_pct": rate_text(random, 0, 3_000_000)}
            )  # fmt: skip

    def draw(self) -> None:
        random = self.random
        shapes = [
            (product, repayment, repricing)
            for product in PRODUCTS
            for repayment in REPAYMENTS
            for repricing in (None, "floating")
        ]
        for position, (product, repayment, repricing) in enumerate(shapes):
            first = FIRST_DAYS[position % len(FIRST_DAYS)]
            is_open = position % 7 == 3
            term = random.choice((1, 29, 60, 365, 366, 500, 1096, 1461, 3700))
            self.loan(
                f"L{position:03}",
                first,
                product_code=product,
                currency_code="USD" if position % 6 == 5 else "" if position % 6 == 4 else "CNY",
                maturity_date=None if is_open else first + timedelta(days=term),
                repayment_method_code=repayment,
                repricing_months=random.choice((1, 3, 6, 12, 24)) if repricing else None,
                pricing_benchmark_code=random.choice(("LPR", "PBOC", "")),
            )
            if position % 3 == 0:
                self.classes(f"L{position:03}", CLASS_PATHS[position // 3 % len(CLASS_PATHS)])
        for position in range(20):
            first = FIRST_DAYS[(position * 3) % len(FIRST_DAYS)]
            term = random.choice((7, 90, 181, 365, 730, 1827))
            self.deposit(
                f"D{position:03}",
                first,
                product_code=PRODUCTS[position % len(PRODUCTS)],
                currency_code="USD" if position % 5 == 3 else "CNY",
                maturity_date=first + timedelta(days=term) if position % 2 else None,
            )

    def write(self, folder: pathlib.Path) -> None:
        for name, lines in self.tables.items():
            write_table(folder, name, lines)


def write_table(folder: pathlib.Path, name: str, lines: list[dict]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def cases(bank: ExtractsOfABank) -> None:
    """What nobody would draw."""
    day = date(2015, 3, 15)
    # Falls due on its first day: no days to weigh by.
    bank.loan("X-SAME-DAY", day, maturity_date=day, repayment_method_code="equal_principal")
    bank.loan("X-SAME-DAY-A", day, maturity_date=day, repayment_method_code="annuity")
    bank.loan("X-SAME-DAY-P", day, maturity_date=day, product_code="P2")
    # Repriced on the last day of months; and once more after it should have been repaid.
    bank.loan("X-MONTH-END", date(2014, 12, 31), maturity_date=date(2016, 8, 30),
              repricing_months=1)  # fmt: skip
    bank.loan("X-OVERDUE", date(2015, 1, 20), maturity_date=date(2015, 10, 5),
              repricing_months=3)  # fmt: skip
    bank.loan("X-OPEN-REPRICED", date(2015, 1, 20), repricing_months=2)
    bank.loan("X-NEVER-REPRICED", date(2015, 1, 20), maturity_date=date(2015, 10, 5),
              repricing_months=240)  # fmt: skip
    # Without interest, and with a negative one.
    bank.loan("X-FREE", day, maturity_date=date(2018, 3, 15), annual_rate_pct="0",
              product_code="P2", repayment_method_code="annuity")  # fmt: skip
    bank.loan("X-NEGATIVE", day, maturity_date=date(2018, 3, 20), annual_rate_pct="-0.5",
              repayment_method_code="annuity")  # fmt: skip
    bank.loan("X-LONG", date(2014, 12, 31), maturity_date=date(2044, 12, 31),
              annual_rate_pct="4.9", product_code="P2",
              repayment_method_code="annuity")  # fmt: skip
    # Bad from before its first day on, and on the first day of a month.
    bank.loan("X-BORN-BAD", day, maturity_date=date(2016, 3, 15))
    bank.classes("X-BORN-BAD", [("2015-03-01", "3"), ("2015-12-31", "1")])
    # A currency that no curve is named like, and a benchmark whose curve never came.
    bank.loan("X-NO-CURVE", day, maturity_date=date(2016, 3, 15), currency_code="EUR")
    bank.loan("X-NO-CURVE-OPEN", day, currency_code="EUR", product_code="P2")
    bank.loan("X-HIBOR", day, maturity_date=date(2016, 3, 15), pricing_benchmark_code="HIBOR")
    # Priced by the curve of the month, so that an add-on of some months comes and goes.
    bank.loan("X-TRADE", date(2015, 7, 1), maturity_date=date(2018, 1, 1), product_code="P4")
    # No rate at all, which matters only while interest accrues.
    bank.loan("X-NO-RATE", date(2015, 4, 10), maturity_date=date(2016, 3, 15),
              annual_rate_pct=None)  # fmt: skip
    bank.tables["loan_rate"] = [
        row for row in bank.tables["loan_rate"] if row["loan_id"] != "X-NO-RATE"
    ]
    bank.classes("X-NO-RATE", [("2015-09-01", "3")])
    bank.deposit("X-NO-CURVE-D", day, currency_code="EUR")
    bank.deposit("X-FIXED-D", day, currency_code="EUR", product_code="P2")
    lines(bank)


def lines(bank: ExtractsOfABank) -> None:
    """Drawn in part within a month, to the cent, beyond the amount, and not at all."""
    maturity = date(2016, 3, 15)
    drawn = [("2015-03-15", "0"), ("2015-03-20", "4000000"), ("2015-04-10", "12000000"),
             ("2015-04-25", "10000000"), ("2015-05-02", "9999999.99"),
             ("2015-05-03", "10000000.01"), ("2015-09-30", "2500000.5"),
             ("2016-02-01", "0")]  # fmt: skip
    # A row of the 15th holds for what is priced on that day; one begins as the other ends.
    for name, first in [("EVE", date(2015, 3, 14)), ("FIRST", date(2015, 3, 15)),
                        ("LAST", date(2015, 9, 30)), ("NEXT", date(2015, 10, 1))]:  # fmt: skip
        bank.line(f"Y-{name}", first, drawn, maturity_date=maturity)
    bank.line("Y-REPRICED", date(2015, 1, 20), drawn, maturity_date=maturity, repricing_months=3)
    # Priced by the month, for the rows change within months; never falls due.
    bank.line("Y-OPEN", date(2015, 1, 20), drawn)
    # A balance before the line began, and none on the books till long after.
    bank.line("Y-EARLY", date(2015, 4, 20), drawn, product_code="P9", maturity_date=maturity)
    bank.line("Y-LATE", date(2015, 1, 20), drawn[-1:], product_code="P9", maturity_date=maturity)
    bank.line("Y-UNUSED", date(2015, 1, 20), [("2015-02-03", "0")], product_code="P9")
    bank.line("Y-SAME-DAY", maturity, drawn, product_code="P9", maturity_date=maturity)
    # Converted day by day, from days without an exchange rate on.
    bank.line("Y-DOLLAR", date(2014, 11, 10),
              [("2014-11-10", "0"), ("2015-08-05", "3333333.33")], product_code="P9",
              currency_code="USD", contract_amount="9999999.99")  # fmt: skip
    # Without a curve: nothing drawn at all, and drawn to the amount.
    for name, balance in [("UNPRICED", "0"), ("UNPRICED-FULL", "10000000")]:
        bank.line(f"Y-{name}", date(2015, 4, 20), [("2015-04-20", balance), ("2015-06-01", "0")],
                  product_code="P1", currency_code="EUR",
                  maturity_date=date(2015, 6, 1))  # fmt: skip


def write_bank(folder: pathlib.Path) -> None:
    bank = ExtractsOfABank()
    bank.draw()
    cases(bank)
    bank.write(folder)
    write_table(folder, "ftp_curve", curves(Random(1)))
    write_table(folder, "product", [
        {"product_code": code, "product_name": code, "product_family_code": family}
        for code, family in FAMILIES.items()
    ])  # fmt: skip
    write_table(folder, "exchange_rate", [
        {"currency_code": currency, "rate_date": day, "rate_to_reporting": rate}
        for currency, day, rate in (
            ("USD", "2014-12-01", "6.11910000"), ("USD", "2015-08-11", "6.32310000"),
            ("EUR", "2014-12-01", "7.50000000"),
        )
    ])  # fmt: skip


@pytest.fixture(scope="module")
def extracts(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("ftp_bank")
    write_bank(folder)
    return folder


@pytest.fixture(scope="module")
def policies(tmp_path_factory) -> dict[str, pathlib.Path]:
    folder = tmp_path_factory.mktemp("ftp_policies")
    return {name: write_policy(folder / name, files) for name, files in POLICIES.items()}


@pytest.fixture(scope="module")
def expected(extracts, policies) -> dict[str, list[ftp_oracle.Month]]:
    return {
        name: ftp_oracle.PricedBank(extracts, policy, AS_OF).months()
        for name, policy in policies.items()
    }


@pytest.fixture(scope="module")
def built(extracts, policies, tmp_path_factory) -> dict[str, Build]:
    """One warehouse for each policy, and one whose policy changed between two builds."""
    builds = {}
    for name, policy in policies.items():
        work = tmp_path_factory.mktemp("work")
        builds[name] = built_with(extracts, policy, work)
    work = tmp_path_factory.mktemp("work")
    shutil.copy(builds["methods"].database, work)
    builds[CHANGED] = built_with(extracts, policies["dated rows and curves"], work)
    return builds


def built_with(extracts: pathlib.Path, policy: pathlib.Path, work: pathlib.Path) -> Build:
    made = build(extracts, work, {"as_of_date": str(AS_OF)}, policy, arguments=SELECT)
    assert made.returncode == 0, made.output
    return made


# ---------------------------------------------------------------------------------------- the tests


BRIDGE = """
    select contract_kind_code, contract_id, month_end_date, market_rate, liquidity_rate,
        reserve_requirement_rate, strategic_incentive_rate, ftp_rate, policy_code, pricing_date,
        tenor_days, price_count, is_before_first_curve, contingent_liquidity_amount
    from marts.ftp_bridge
"""
CONTRIBUTION = """
    select 'deposit', account_id, month_end_date, average_daily_balance, contribution_amount
    from marts.deposit_account_monthly_contribution
    union all
    select 'loan', loan_id, month_end_date, average_daily_balance, contribution_amount
    from marts.loan_monthly_contribution
"""


def keyed(lines: list[tuple]) -> dict[tuple, tuple]:
    found = {tuple(line[:3]): tuple(line[3:]) for line in lines}
    assert len(found) == len(lines)
    return found


def close(expected, found, tolerance) -> bool:
    if expected is None or found is None:
        return expected is found
    return abs(Fraction(expected) - Fraction(found)) <= tolerance


def differences(months: list[ftp_oracle.Month], built: Build) -> list[str]:
    """One line for every figure of the marts that is not the expected one."""
    bridge, contribution = keyed(built.rows(BRIDGE)), keyed(built.rows(CONTRIBUTION))
    lines = []
    for month in months:
        key = (month.kind, month.contract_id, month.month_end_date)
        if key not in bridge or key not in contribution:
            lines.append(f"{shown(key)}: no row")
            continue
        found, amounts = bridge.pop(key), contribution.pop(key)
        last = month.prices[-1]
        name = f"{shown(key)} {last.policy_code}"
        unit = UNIT if month.is_mean else 0
        if not all(map(close, month.bridge(), found[:5], [2 * unit] * 5)):
            lines.append(f"{name}: rates {shown(month.bridge())}, found {shown(found)}")
        if amounts[0] != month.average or not close(
            month.contribution, amounts[1], month.tolerance
        ):
            lines.append(f"{name}: earned {month.contribution}, found {shown(amounts)}")
        prices = {price.total for price in month.prices} - {None}
        if found[8] != len(prices):
            lines.append(f"{name}: {len(prices)} prices, found {found[8]}")
        # Of a price without a tenor the bridge says 0.
        priced_by = (last.policy_code, last.pricing_date, last.tenor_days or 0)
        if found[5:8] != priced_by:
            lines.append(f"{name}: priced by {shown(priced_by)}, found {shown(found[5:8])}")
        is_early = any(price.is_before_first_curve for price in month.prices)
        if found[9] != is_early:
            lines.append(f"{name}: before the first curve {is_early}, found {found[9]}")
        if found[10] != month.undrawn_charge:
            lines.append(f"{name}: {month.undrawn_charge} for a line, found {found[10]}")
    lines += [f"{shown(key)}: a row too many" for key in (*bridge, *contribution)]
    return lines


def shown(values) -> str:
    return "none" if values is None else " ".join(map(str, values))


def listed(lines: list[str]) -> str:
    return f"{len(lines)} differences\n" + "\n".join(lines[:40])


# (warehouse, policy whose figures it must hold)
WAREHOUSES = [*((name, name) for name in POLICIES), (CHANGED, "dated rows and curves")]


@pytest.mark.parametrize(("warehouse", "policy"), WAREHOUSES)
def test_every_month_to_the_last_digit(built, expected, warehouse, policy):
    found = differences(expected[policy], built[warehouse])
    assert not found, listed(found)


@pytest.mark.parametrize(("warehouse", "policy"), WAREHOUSES)
def test_customers_to_the_cent(built, expected, warehouse, policy):
    """To the cent; one cent off at most where a price is a mean."""
    months = expected[policy]
    inexact = {month.customer_id for month in months if month.is_mean}
    found = {
        customer_id: tuple(parts)
        for customer_id, *parts in built[warehouse].rows(
            "select customer_id, deposit_contribution_amount, loan_contribution_amount"
            " from marts.customer_contribution"
        )
    }
    sums = ftp_oracle.customer_year(months, AS_OF.year)
    assert found.keys() == sums.keys()
    wrong = [
        f"{customer_id}: {shown(amounts)}, found {shown(found[customer_id])}"
        for customer_id, amounts in sums.items()
        if not all(
            close(*pair, Fraction(1, 100) if customer_id in inexact else 0)
            for pair in zip(amounts, found[customer_id], strict=True)
        )
    ]
    assert not wrong, listed(wrong)


@pytest.mark.parametrize(("warehouse", "policy"), WAREHOUSES)
def test_what_cannot_be_priced_is_listed(built, expected, warehouse, policy):
    found = {
        (kind_code, contract_id): tuple(rest)
        for kind_code, contract_id, *rest in built[warehouse].rows(
            "select contract_kind_code, contract_id, reason_code, first_date, last_date"
            " from quality.unpriced_balance"
        )
    }
    assert found == ftp_oracle.unpriced(expected[policy])


@pytest.mark.parametrize(("warehouse", "policy"), WAREHOUSES)
def test_margins_of_business_and_treasury_add_up(built, warehouse, policy):
    """With what undrawn lines pay, which no balance and rate tells."""
    months = built[warehouse].rows(
        "select month_end_date, difference_amount, rounding_bound"
        " from quality.margin_reconciliation"
    )
    assert len(months) > 12
    assert [month for month in months if abs(month[1]) > month[2]] == []


@pytest.mark.parametrize(
    ("contract_id", "months"),
    [
        ("X-HIBOR", "month_end_date >= date '2015-03-31'"),  # no market curve
        ("X-NO-CURVE", "month_end_date >= date '2015-03-31'"),
        # no curve of premiums on the pricing days of three months
        ("X-TRADE", "month_end_date between date '2015-10-31' and date '2015-12-31'"),
    ],
)
def test_a_missing_curve_is_never_a_price_of_nought(built, contract_id, months):
    warehouse = built["dated rows and curves"]
    rates = warehouse.rows(
        f"select {months}, ftp_rate is null from marts.ftp_bridge"
        f" where contract_id = '{contract_id}'"
    )
    assert (True, True) in rates
    assert all(is_missing == is_null for is_missing, is_null in rates)
    amounts = warehouse.rows(
        f"select {months} and average_daily_balance <> 0, contribution_amount is null"
        f" from marts.loan_monthly_contribution where loan_id = '{contract_id}'"
    )
    assert (True, True) in amounts
    assert all(is_missing == is_null for is_missing, is_null in amounts)
    assert warehouse.rows(
        f"select reason_code from quality.unpriced_balance where contract_id = '{contract_id}'"
    ) == [("no_ftp_curve",)]


def test_an_annuity_that_never_falls_due(extracts, tmp_path):
    """Core systems write 9999-12-31 for days nobody knows; the plan is 95,819 payments long."""
    folder = shutil.copytree(extracts, tmp_path / "extracts")
    bank = ExtractsOfABank()
    bank.loan("FOREVER", date(2015, 1, 31), maturity_date=date(9999, 12, 31),
              annual_rate_pct="6", repayment_method_code="annuity")  # fmt: skip
    for name in ("loan_contract", "loan_balance"):
        write_table(folder, name, bank.tables[name])
    lines = [
        row for row in METHODS if row["policy_code"] in ("deposit_term", "demand", "loan_open")
    ]
    flows = {**TERM, "method_code": "weighted_term", "payment_months": 1}
    lines += rows(ASSIGNMENT, {"loan": flows})
    policy = write_policy(tmp_path / "policy", {"ftp_assignment": lines})
    built = build(
        folder, tmp_path / "work", {"as_of_date": str(AS_OF)}, policy,
        arguments=("--select", "+ftp_bridge"),
    )  # fmt: skip
    assert built.returncode == 0, built.output
    # What is paid back far away outweighs everything: the rate of the last node.
    ((low, high),) = built.rows(
        "select min(market_rate), max(market_rate) from marts.ftp_bridge"
        " where contract_id = 'FOREVER'"
    )
    ((last,),) = built.rows(
        "select max_by(annual_rate_pct, tenor_days) / 100 from staging.stg_treasury__ftp_curve"
        " where curve_code = 'CNY' and curve_date = (select max(curve_date)"
        " from staging.stg_treasury__ftp_curve"
        " where curve_code = 'CNY' and curve_date <= date '2015-01-31')"
    )
    assert low == high
    assert abs(float(low) - float(last)) < 1e-9


def test_both_oracles_agree_on_the_shipped_policy(extracts):
    """The one of methods reads the rows; the other knows the shipped rules by heart."""
    priced = ftp_oracle.PricedBank(extracts, SHIPPED_POLICY, AS_OF)
    months = {
        (month.kind, month.contract_id, month.month_end_date): (month.average, month.contribution)
        for month in priced.months()
    }
    assert months == {
        (kind_code, month.contract_id, month.month_end_date): (month.average, month.contribution)
        for kind_code, is_loan in (("deposit", False), ("loan", True))
        for month in oracle.contract_months(priced.bank, is_loan)
    }


def test_the_bank_holds_its_cases(expected):
    """The bank is worth building only while every rule prices something."""
    for name, months in expected.items():
        priced = {price.policy_code for month in months for price in month.prices}
        assert priced == {row["policy_code"] for row in POLICIES[name]["ftp_assignment"]}
        assert any(len({price.total for price in month.prices}) > 1 for month in months)
    charges = {
        name: [month.undrawn_charge for month in months] for name, months in expected.items()
    }
    assert set(charges["methods"]) == {0}
    for name in ("methods with add-ons", "dated rows and curves"):
        assert None in charges[name]
        assert len({charge for charge in charges[name] if charge}) > 50
    for component in range(3):
        assert any(
            price.add_ons[component]
            for month in expected["methods with add-ons"]
            for price in month.prices
        )
