"""Assessed balances and managers' shares of a small bank, against plain loops over days."""

import csv
import io
import shutil
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

import pytest

from warehouse import ROOT, build

# In the window of August, so that the last month is cut short and split as of this day.
AS_OF = date(2015, 8, 29)
YEAR_START = date(2015, 1, 1)
ELAPSED = (AS_OF - YEAR_START).days + 1

CURVES = {"CNY": "3.0", "USD": "1.2", "EUR": "0.5"}
# EUR has no rate before 10 April: that month of a EUR contract, and those before, are unknown.
RATES = {
    "USD": [(date(2014, 1, 1), "6.1"), (date(2015, 3, 11), "6.23456789")],
    "EUR": [(date(2015, 4, 10), "7.07")],
}
# contract: kind, customer, product, currency, percent per annum, rate changes
CONTRACTS = {
    "A1": ("deposit", "C1", "D1", "", "0.35", [(date(2015, 5, 20), "0.5")]),
    "A2": ("deposit", "C1", "D9", "CNY", "1.5", []),
    "A3": ("deposit", "C2", "D1", "USD", "0.1", []),
    "A4": ("deposit", "C3", "D1", "EUR", "0.2", []),
    "A5": ("deposit", "C4", "unheard-of", "CNY", "0.35", []),
    "A6": ("deposit", "C2", "D1", "CNY", "0.3", [(date(2015, 8, 28), "0.4")]),
    "L1": ("loan", "C1", "P1", "CNY", "6.9", [(date(2015, 3, 30), "6.6")]),
    "L2": ("loan", "C3", "P1", "USD", "5.000001", []),
    "L3": ("loan", "C4", "P2", "CNY", "7.2", []),
}
FAMILIES = {"D1": "deposit", "D9": "margin", "P1": "loan", "P2": "loan"}
FEES = [
    ("F0", "C1", "2014-12-31", "999"),
    ("F1", "C1", "2015-06-30", "100.01"),
    ("F2", "C1", "2015-07-01", "100.01"),
    ("F3", "C5", "2015-08-29", "7.77"),
    ("F4", "C3", "2015-01-01", "0.33"),
]
CUSTOMERS = """customer_id,customer_type_code,relationship_manager_id,group_id
C1,corporate,M0,G1
C2,corporate,M2,G1
C3,corporate,,
C4,corporate,,C5
C5,corporate,M2,
C6,corporate,M9,
"""
ADJUSTMENTS = (ROOT / "seeds/policy/balance_adjustment.csv").read_text(encoding="utf-8") + (
    "1,margin,deposit,,D9,2015-02-10,2015-07-20,exclude,,,,,board,\n"
    "2,ceiling,deposit,deposit,,2015-03-15,9999-12-31,cap,800000.00,,,,board,\n"
    "3,spike,deposit,,,0001-01-01,2015-08-28,month_end_spike,,5,0.1,1,board,\n"
    "5,spike,loan,,,2015-01-01,9999-12-31,month_end_spike,,30,0,3,board,\n"
    "7,ceiling,deposit,,,0001-01-01,2015-06-15,cap,300000.01,,,,board,\n"
    "8,short,deposit,deposit,,0001-01-01,9999-12-31,month_end_spike,,2,0.05,1,board,\n"
    "9,ceiling,loan,loan,P1,2015-02-01,9999-12-31,cap,500000.00,,,,board,\n"
    "12,no loans,loan,,P2,2015-06-01,2015-06-30,exclude,,,,,board,\n"
    "13,typing error,loan,,P3,2015-06-01,2015-06-30,exclude,,,,,board,\n"
)
SHARES = """customer_id,relationship_manager_id,share,valid_from,valid_to,decided_by
C1,M1,0.6,2015-01-01,2015-06-30,board
C1,M2,0.4,2015-01-01,2015-06-30,board
C1,M2,0.333333,2015-07-01,2015-08-28,board
C1,M3,0.666667,2015-07-01,2015-08-28,board
C7,M3,1,2015-07-01,2015-08-28,board
"""


def balances() -> dict[str, list[tuple[date, Decimal]]]:
    """Rows that jump about month ends, fall below zero and stop and start again."""
    random = Random(20150829)
    found = {}
    for contract_id, (kind, *_) in CONTRACTS.items():
        day = date(2014, 12, random.randint(1, 31)) + timedelta(days=30 * len(found) // 3)
        rows = []
        while day <= AS_OF + timedelta(days=9):
            low = 0 if kind == "loan" else -20_000_000
            rows.append((day, Decimal(random.randint(low, 120_000_000)) / 100))
            near_end = monthrange(day.year, day.month)[1] - day.day < 6
            day += timedelta(days=random.choice([1, 2] if near_end else [1, 5, 9, 21, 40]))
        found[contract_id] = rows
    # Its first balance lies in a window, one day before the month ends.
    found["A6"] = [(date(2015, 6, 29), Decimal("250000.00")), (date(2015, 7, 28), Decimal(9000))]
    # An overdraft while the product is excluded.
    found["A2"] = sorted(
        [row for row in found["A2"] if row[0] != date(2015, 5, 3)]
        + [(date(2015, 5, 3), Decimal("-12345.67"))]
    )
    # On a cap and a cent above it.
    found["L1"] = [
        (date(2015, 2, 1), Decimal("500000.00")),
        (date(2015, 4, 2), Decimal("500000.01")),
    ]
    return found


BALANCES = balances()


def text(header: str, rows) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([header.split(","), *rows])
    return file.getvalue()


def extracts() -> dict[str, str]:
    def of(kind):
        return [(c, *terms) for c, terms in CONTRACTS.items() if terms[0] == kind]

    return {
        "customer": CUSTOMERS,
        "product": text(
            "product_code,product_name,product_family_code",
            [(code, code, family) for code, family in FAMILIES.items()],
        ),
        "ftp_curve": text(
            "curve_code,curve_date,tenor_days,annual_rate_pct",
            [(code, "2014-01-01", 365, rate) for code, rate in CURVES.items()],
        ),
        "exchange_rate": text(
            "currency_code,rate_date,rate_to_reporting",
            [(code, *row) for code, rows in RATES.items() for row in rows],
        ),
        "deposit_account": text(
            "account_id,customer_id,product_code,currency_code,open_date,annual_rate_pct",
            [(c, cu, p, cur, "2014-06-01", rate) for c, _, cu, p, cur, rate, _ in of("deposit")],
        ),
        "loan_contract": text(
            "loan_id,customer_id,product_code,loan_type_code,currency_code,contract_amount,"
            "start_date,annual_rate_pct",
            [(c, cu, p, "WC", cur, 1, "2014-06-01", rt) for c, _, cu, p, cur, rt, _ in of("loan")],
        ),
        "deposit_balance": text(
            "account_id,balance_date,balance",
            [(c, *row) for c, *_ in of("deposit") for row in BALANCES[c]],
        ),
        "loan_balance": text(
            "loan_id,balance_date,principal_balance",
            [(c, *row) for c, *_ in of("loan") for row in BALANCES[c]],
        ),
        "deposit_rate": text(
            "account_id,effective_date,annual_rate_pct",
            [(c, *row) for c, *terms in of("deposit") for row in terms[-1]],
        ),
        "loan_rate": text(
            "loan_id,effective_date,annual_rate_pct",
            [(c, *row) for c, *terms in of("loan") for row in terms[-1]],
        ),
        "fee_income": text("fee_id,customer_id,booked_date,amount", FEES),
    }  # fmt: skip


# ------------------------------------------------------------------------- the loops over days


def rounded(value: Fraction, places: int) -> Decimal:
    """Half away from zero."""
    scaled = Fraction(value) * 10**places
    whole = int(abs(scaled) + Fraction(1, 2))
    return (whole if scaled >= 0 else -whole) * Decimal(1).scaleb(-places)


def latest(rows, day):
    return next((value for since, value in reversed(rows) if since <= day), None)


def last_day(day: date) -> date:
    return date(day.year, day.month, monthrange(day.year, day.month)[1])


def days(first: date, last: date):
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def spread(contract_id: str, day: date) -> Fraction:
    kind, _, _, currency, rate, changes = CONTRACTS[contract_id]
    rate = Fraction(latest(changes, day) or rate) / 100
    ftp = Fraction(CURVES[currency or "CNY"]) / 100
    exact = rate * Fraction("0.945") - ftp if kind == "loan" else ftp - rate
    return Fraction(rounded(exact, 10))


def reporting_balance(contract_id: str, day: date) -> Decimal | None:
    """Converted and rounded by itself; NULL without an exchange rate."""
    currency = CONTRACTS[contract_id][3] or "CNY"
    rate = "1" if currency == "CNY" else latest(RATES[currency], day)
    balance = latest(BALANCES[contract_id], day) or Decimal(0)
    if rate is None:
        return None if balance else Decimal(0)
    return rounded(Fraction(balance) * Fraction(rate), 2)


def rules_of(contract_id: str) -> list[dict]:
    kind, _, product, *_ = CONTRACTS[contract_id]
    rules = sorted(csv.DictReader(io.StringIO(ADJUSTMENTS)), key=lambda r: int(r["rule_order"]))
    return [
        rule
        for rule in rules
        if rule["contract_kind_code"] == kind
        and rule["product_family_code"] in ("", FAMILIES.get(product))
        and rule["product_code"] in ("", product)
    ]


def left_after(rule: dict, left: dict[date, Decimal], earlier_left: dict) -> dict[date, Decimal]:
    """What one rule leaves of each day of a month."""
    first = date.fromisoformat(rule["valid_from"])
    last = date.fromisoformat(rule["valid_to"])
    month_end = last_day(min(left))
    after = {}
    for day, balance in left.items():
        if not first <= day <= last:
            after[day] = balance
        elif rule["method_code"] == "exclude":
            after[day] = Decimal(0)
        elif rule["method_code"] == "cap":
            after[day] = min(balance, Decimal(rule["cap_amount"]))
        else:
            window_start = month_end - timedelta(days=int(rule["window_days"]) - 1)
            earlier = [d for d in days(month_end.replace(day=1), month_end) if d < window_start]
            if day < window_start or not earlier or month_end.month % int(rule["period_months"]):
                after[day] = balance
                continue
            average = sum(Fraction(earlier_left[d]) for d in earlier) / len(earlier)
            limit = max(average, Fraction(0)) * (1 + Fraction(rule["tolerance"]))
            after[day] = min(balance, rounded(limit, 2))
    return after


def contract_months(contract_id: str):
    """For each month: its days' balances, and what each reason changes of them."""
    first = BALANCES[contract_id][0][0].replace(day=1)
    while first <= AS_OF:
        month = list(days(first, min(last_day(first), AS_OF)))
        balance = {day: reporting_balance(contract_id, day) for day in month}
        known = {day: value or Decimal(0) for day, value in balance.items()}
        left, without_windows = known, known
        changes = {}
        for rule in rules_of(contract_id):
            after = left_after(rule, left, without_windows)
            by_day = changes.setdefault(rule["adjustment_code"], dict.fromkeys(month, Decimal(0)))
            for day in month:
                by_day[day] += after[day] - left[day]
            left = after
            if rule["method_code"] != "month_end_spike":
                without_windows = left_after(rule, without_windows, {})
        changes = {code: by_day for code, by_day in changes.items() if any(by_day.values())}
        yield last_day(first), balance, changes
        first = last_day(first) + timedelta(days=1)


def earned(contract_id: str, by_day: dict[date, Decimal]) -> Decimal:
    total = sum(Fraction(b) * spread(contract_id, day) for day, b in by_day.items())
    return rounded(total / 360, 10)


def managers_of(customer_id: str, day: date) -> dict[str, Decimal]:
    rows = [
        row
        for row in csv.DictReader(io.StringIO(SHARES))
        if row["customer_id"] == customer_id and row["valid_from"] <= str(day) <= row["valid_to"]
    ]
    crm = {row["customer_id"]: row for row in csv.DictReader(io.StringIO(CUSTOMERS))}
    own = crm.get(customer_id, {}).get("relationship_manager_id") or "unassigned"
    return {row["relationship_manager_id"]: Decimal(row["share"]) for row in rows} or {
        own: Decimal(1)
    }


def expected() -> dict:
    """The three marts by hand; amounts of the year to date."""
    adjustments = []
    parts = defaultdict(Decimal)  # (customer, kind, reading) -> unrounded sum of the year
    sums = defaultdict(Decimal)  # (customer, kind, reading) -> daily balances
    known = set()  # (customer, kind) with a known month
    managers = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for contract_id, (kind, customer, *_) in CONTRACTS.items():
        for month_end, balance, changes in contract_months(contract_id):
            is_known = None not in balance.values()
            of_year = month_end >= YEAR_START
            month = [earned(contract_id, balance) if is_known else Decimal(0), Decimal(0)]
            for code, by_day in changes.items():
                change = earned(contract_id, by_day) if is_known else None
                total = sum(by_day.values())
                average = rounded(Fraction(total) / len(by_day), 2) if is_known else None
                adjustments.append((kind, contract_id, month_end, code, customer, average, change))
                month[1] += change or 0
                if of_year and is_known:
                    sums[customer, kind, "change"] += total
            if of_year and is_known:
                known.add((customer, kind))
                parts[customer, kind, "ledger"] += month[0]
                parts[customer, kind, "change"] += month[1]
                sums[customer, kind, "ledger"] += sum(balance.values())
                for manager, share in managers_of(customer, min(month_end, AS_OF)).items():
                    managers[manager][0] += month[0] * share
                    managers[manager][1] += (month[0] + month[1]) * share
    fees = defaultdict(Decimal)
    for _, customer, booked, amount in FEES:
        if booked >= str(YEAR_START):
            fees[customer] += Decimal(amount)
            for manager, share in managers_of(customer, date.fromisoformat(booked)).items():
                managers[manager][0] += Decimal(amount) * share
                managers[manager][1] += Decimal(amount) * share
    customers = {}
    for customer in sorted({f"C{n}" for n in range(1, 7)}):
        row = []
        for kind in ("deposit", "loan"):
            ledger = parts[customer, kind, "ledger"].quantize(Decimal("0.01"), ROUND_HALF_UP)
            change = parts[customer, kind, "change"].quantize(Decimal("0.01"), ROUND_HALF_UP)
            total = sums[customer, kind, "ledger"] + sums[customer, kind, "change"]
            row += [rounded(Fraction(total) / ELAPSED, 2), ledger, change, ledger + change]
        row += [fees[customer], row[1] + row[5] + fees[customer], row[3] + row[7] + fees[customer]]
        customers[customer] = tuple(row)
    counts = defaultdict(set)
    for customer in customers:
        for day in days(YEAR_START, AS_OF):
            for manager in managers_of(customer, day):
                counts[manager].add(customer)
    return {
        "adjustments": sorted(adjustments, key=str),
        "customers": customers,
        "managers": {m: (len(counts[m]), *managers[m]) for m in counts},
    }


# ------------------------------------------------------------------------------------ the tests

ASSESSED = """
    select customer_id,
        assessed_deposit_average_daily_balance, deposit_contribution_amount,
        deposit_adjustment_amount, assessed_deposit_contribution_amount,
        assessed_loan_average_daily_balance, loan_contribution_amount,
        loan_adjustment_amount, assessed_loan_contribution_amount,
        fee_income_amount, contribution_amount, assessed_contribution_amount
    from marts.assessed_contribution order by customer_id
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assessed") / "extracts"
    folder.mkdir()
    for name, content in extracts().items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def assessed(bank, tmp_path_factory):
    """The bank with adjustments and shares, the data tests of these marts included."""
    policy = tmp_path_factory.mktemp("policy") / "policy"
    shutil.copytree(ROOT / "seeds" / "policy", policy)
    (policy / "balance_adjustment.csv").write_text(ADJUSTMENTS, encoding="utf-8")
    (policy / "relationship_manager_share.csv").write_text(SHARES, encoding="utf-8")
    built = build(
        bank,
        tmp_path_factory.mktemp("work"),
        {"as_of_date": str(AS_OF)},
        policy,
        tests=True,
        arguments=(
            *("--exclude-resource-types", "unit_test", "--indirect-selection", "buildable"),
            *("--select", "+data_finding", "+customer_contribution_is_the_sum_of_its_accounts"),
            *(
                "+assessed_contribution_is_ledger_and_adjustments",
                "+groups_hold_every_account_once",
            ),
            *("+managers_hold_every_contribution_once", "+shares_of_a_customer_add_up_to_one"),
        ),
    )
    assert built.returncode == 0, built.output
    return built


def test_every_adjustment_day_by_day(assessed):
    rows = assessed.rows(
        "select contract_kind_code, contract_id, month_end_date, adjustment_code, customer_id,"
        " average_daily_balance_change, contribution_change_amount from marts.assessed_adjustment"
    )
    wanted = expected()["adjustments"]
    assert {code for _, _, _, code, *_ in wanted} == {
        "margin", "ceiling", "spike", "short", "no loans",
    }  # fmt: skip
    # The bank has unknown months among those adjusted, or the test would prove less than it says.
    assert any(row[-1] is None for row in wanted)
    assert sorted(rows, key=str) == wanted


def test_ledger_and_assessed_side_by_side(assessed):
    rows = {row[0]: row[1:] for row in assessed.rows(ASSESSED)}
    assert rows == expected()["customers"]
    assert any(row[3] != row[1] for row in rows.values())


def test_managers_to_the_last_decimal(assessed):
    rows = assessed.rows(
        "select relationship_manager_id, customer_count, contribution_amount,"
        " assessed_contribution_amount from marts.relationship_manager_contribution"
    )
    assert {row[0]: row[1:] for row in rows} == expected()["managers"]
    assert {row[0] for row in rows} == {"M0", "M1", "M2", "M3", "M9", "unassigned"}


def test_groups(assessed):
    customers = expected()["customers"]
    # C4 belongs to a group that is named like customer C5, who has none.
    members = {(True, "G1"): ["C1", "C2"], (True, "C5"): ["C4"], (False, "C3"): ["C3"],
               (False, "C5"): ["C5"], (False, "C6"): ["C6"]}  # fmt: skip
    rows = assessed.rows(
        "select has_group, group_id, customer_count, deposit_contribution_amount,"
        " loan_contribution_amount, fee_income_amount, contribution_amount"
        " from marts.group_contribution"
    )
    assert {row[:2]: row[2:] for row in rows} == {
        key: (len(ids), *(sum(customers[i][column] for i in ids) for column in (1, 5, 8, 9)))
        for key, ids in members.items()
    }


def test_policy_rows_that_reach_nobody_are_findings(assessed):
    assert assessed.rows(
        "select finding_code, row_key from quality.data_finding"
        " where finding_code in ('share_of_unknown_customer', 'adjustment_without_contract')"
        " order by all"
    ) == [("adjustment_without_contract", "typing error"), ("share_of_unknown_customer", "C7")]


def test_shipped_the_assessed_figures_are_the_ledgers(assessed, bank, tmp_path):
    shipped = build(
        bank,
        tmp_path,
        {"as_of_date": str(AS_OF)},
        arguments=("--select", "+path:models/marts/profitability"),
    )
    assert shipped.returncode == 0, shipped.output
    assert shipped.rows("select count(*) from marts.assessed_adjustment") == [(0,)]
    assert shipped.rows(
        "select customer_id from marts.assessed_contribution"
        " where assessed_contribution_amount <> contribution_amount"
        " or assessed_deposit_contribution_amount is distinct from deposit_contribution_amount"
        " or assessed_loan_contribution_amount is distinct from loan_contribution_amount"
        " or assessed_deposit_average_daily_balance <> deposit_average_daily_balance"
        " or assessed_loan_average_daily_balance <> loan_average_daily_balance"
    ) == []  # fmt: skip
    query = "from marts.customer_contribution order by all"
    assert shipped.rows(query) == assessed.rows(query)
    assert shipped.rows(
        "select relationship_manager_id, customer_count"
        " from marts.relationship_manager_contribution order by all"
    ) == [("M0", 1), ("M2", 2), ("M9", 1), ("unassigned", 2)]
