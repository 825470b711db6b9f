"""Adapters that turn public bank data into extracts folders.

Nobody on this project wrote these records, so they bring what an invented bank forgets:
same-day postings out of order, overdrafts, contracts that open after the reporting date,
loans without a rate, amounts with float noise. The data stay where they are
(`../shared/datasets`, or the folder in `BANKMART_DATASETS`) and are never copied here.
Whatever the sources do not say is stated below as a rule, so that a reader can tell a
bank's fact from our assumption.
"""

import csv
import gzip
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import groupby, permutations
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Tables = dict[str, pd.DataFrame]

Curve = tuple[tuple[date, int, str], ...]
"""FTP curve rows: day, tenor in days, per cent a year."""

REPOSITORY = Path(__file__).resolve().parents[2]

CENT = Decimal("0.01")


def datasets(name: str) -> Path:
    """The folder of one data set; the calling test is skipped where it is absent."""
    root = os.environ.get("BANKMART_DATASETS")
    folder = (Path(root) if root else REPOSITORY.parent / "shared" / "datasets") / name
    if not folder.is_dir():
        pytest.skip(f"real data not found: {folder} (set BANKMART_DATASETS to its parent)")
    return folder


def write_extracts(folder: Path, tables: Tables, forms: dict[str, str]) -> Path:
    """Write the tables, each in its form (default plain CSV).

    Every bank mixes the forms, so that real data pass through every reader.
    """
    folder.mkdir(parents=True)
    for name, table in tables.items():
        _WRITERS[forms.get(name, "csv")](folder, name, table)
    return folder


def _write_csv(folder: Path, name: str, table: pd.DataFrame) -> None:
    table.to_csv(folder / f"{name}.csv", index=False)


def _write_spreadsheet_csv(folder: Path, name: str, table: pd.DataFrame) -> None:
    """As a spreadsheet saves it: byte-order mark, CRLF, every field quoted."""
    table.to_csv(
        folder / f"{name}.csv",
        index=False,
        encoding="utf-8-sig",
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL,
    )


def _write_csv_gz(folder: Path, name: str, table: pd.DataFrame) -> None:
    table.to_csv(folder / f"{name}.csv.gz", index=False)


def _write_parquet(folder: Path, name: str, table: pd.DataFrame) -> None:
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), folder / f"{name}.parquet")


def _write_parquet_by_year(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Hive parts; the key `year` is one more column that the warehouse must ignore."""
    for year, part in table.groupby(table["balance_date"].map(lambda day: day.year)):
        part_folder = folder / name / f"year={year}"
        part_folder.mkdir(parents=True)
        _write_parquet(part_folder, "part-0", part)


_WRITERS = {
    "csv": _write_csv,
    "csv.gz": _write_csv_gz,
    "spreadsheet csv": _write_spreadsheet_csv,
    "parquet": _write_parquet,
    "parquet by year": _write_parquet_by_year,
}


def money(cents: Iterable[int]) -> list[Decimal]:
    """Whole cents as exact decimals with two places."""
    return [Decimal(int(value)).scaleb(-2) for value in cents]


def rounded(value: Fraction, places: int) -> Decimal:
    """Half away from zero, from an exact fraction: no float and no double rounding."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def curve_rate(curve: Curve, day: date, tenor: int) -> Fraction:
    """The curve of the day, else the latest before, else the earliest; as an exact fraction.

    Linear by days between nodes, flat outside them.
    """
    dates = sorted({curve_date for curve_date, *_ in curve})
    latest = max((curve_date for curve_date in dates if curve_date <= day), default=dates[0])
    nodes = {
        node: Fraction(rate_pct) / 100
        for curve_date, node, rate_pct in curve
        if curve_date == latest
    }
    low = max((node for node in nodes if node <= tenor), default=min(nodes))
    high = min((node for node in nodes if node >= tenor), default=max(nodes))
    if low == high:
        return nodes[low]
    return nodes[low] + Fraction(tenor - low, high - low) * (nodes[high] - nodes[low])


def differences(actual: dict, expected: dict) -> list:
    """The first few keys that differ, short enough to read in a failure."""
    keys = [
        key
        for key in actual.keys() | expected.keys()
        if actual.get(key, "no row") != expected.get(key, "no row")
    ]
    shown = sorted(keys, key=str)[:5]
    return [(len(keys), key, actual.get(key), expected.get(key)) for key in shown]


def add_months(starts: pd.Series, months: pd.Series) -> list[date]:
    """Calendar months later; a day the month lacks falls back to its last day."""
    return [
        (start + pd.DateOffset(months=int(count))).date()
        for start, count in zip(starts, months, strict=True)
    ]


# ----------  Berka: a Czech bank, 1993-1998 (PKDD'99)


BERKA_LAST_DAY = date(1994, 3, 30)
"""The transaction file is cut inside 1994-03-31, so the day before is its last whole day."""

ROUNDING_CENTS = 10
"""Berka prints balances to the tenth, so each may be off its movement by as much."""

BERKA_FORMS = {
    "customer": "spreadsheet csv",
    "deposit_balance": "parquet by year",
    "fee_income": "csv.gz",
    "loan_balance": "parquet",
}

BERKA_END_OF_RECORD = date(1998, 12, 31)
"""The bank's loan statuses are as of the end of its whole record, not of the loan."""


@dataclass(frozen=True)
class BerkaBank:
    """What Berka does not say, stated.

    deposit_rate_pct: the rate of every account.
    deposit_rate_change: (day, per cent) as deposit_rate rows for every account, if any.
    has_loan_balance: loan_balance rows = amount less the repayments (UVER) booked so far.
    has_hindsight_class: class_code from the final status as if known from the first day;
        else it is effective when it became known: C, D at the end of the record, A, B at
        maturity. 1998's knowledge is then invisible in 1994, and the class is NULL.
    """

    as_of_date: date
    curve: Curve
    deposit_rate_pct: str = "4.0"
    deposit_rate_change: tuple[date, str] | None = None
    has_loan_balance: bool = False
    has_hindsight_class: bool = False


BERKA_CLASS = {"A": "1", "B": "4", "C": "1", "D": "3"}
"""Status to five-level class: paid and running fine are normal; in debt is substandard;
finished unpaid is doubtful."""


def _berka_file(name: str) -> pd.DataFrame:
    return pd.read_csv(datasets("berka") / f"{name}.asc", sep=";", dtype=str, keep_default_na=False)


def _berka_dates(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="%y%m%d")


def _cents(column: pd.Series) -> pd.Series:
    """Text with exactly two decimals as whole cents, never through a float."""
    if not column.str.fullmatch(r"-?\d+\.\d\d").all():
        raise ValueError(f"{column.name}: not all amounts have two decimals")
    return column.str.replace(".", "", regex=False).astype("int64")


@cache
def berka_owners() -> dict[str, str]:
    """The one client who owns each account; disponents may use it but do not own it."""
    disposition = _berka_file("disp")
    owners = disposition[disposition["type"] == "OWNER"]
    return dict(zip(owners["account_id"], owners["client_id"], strict=True))


@cache
def berka_postings() -> pd.DataFrame:
    """Every whole posting up to `BERKA_LAST_DAY`; movement is signed, amounts in cents."""
    text = gzip.decompress((datasets("berka") / "trans_to_19940331.asc.gz").read_bytes())
    whole_lines = text.decode("ascii").rpartition("\n")[0]
    rows = pd.read_csv(io.StringIO(whole_lines), sep=";", dtype=str, keep_default_na=False)

    day = _berka_dates(rows["date"])
    amount = _cents(rows["amount"])
    return pd.DataFrame(
        {
            "trans_id": rows["trans_id"],
            "account_id": rows["account_id"],
            "day": day,
            "type": rows["type"],
            "k_symbol": rows["k_symbol"],
            "amount": amount,
            "movement": amount.where(rows["type"] == "PRIJEM", -amount),
            "balance": _cents(rows["balance"]),
        }
    )[day <= pd.Timestamp(BERKA_LAST_DAY)].reset_index(drop=True)


def closing_balance(opening: int, postings: list[tuple[int, int]]) -> int:
    """The balance after the last of a day's postings, in whichever order they were booked.

    postings: (movement, balance after it) in cents. The file's order within a day is not the
    posting order, so the order is the one in which every printed balance follows from the one
    before, up to the bank's rounding. All such orders must end alike.
    """
    endings = set()
    for order in permutations(postings):
        running = opening
        for movement, balance in order:
            if abs(running + movement - balance) > ROUNDING_CENTS:
                break
            running = balance
        else:
            endings.add(running)
    if len(endings) != 1:
        raise ValueError(f"{len(endings)} closing balances fit {opening} and {postings}")
    return endings.pop()


@cache
def berka_closing_balances() -> pd.DataFrame:
    """End-of-day balance in cents for every account and day with postings."""
    postings = berka_postings().sort_values(["account_id", "day"], kind="stable")
    rows = zip(
        postings["account_id"],
        postings["day"],
        zip(postings["movement"], postings["balance"], strict=True),
        strict=True,
    )
    closings = []
    for account_id, account_rows in groupby(rows, key=lambda row: row[0]):
        balance = 0
        for day, day_rows in groupby(account_rows, key=lambda row: row[1]):
            balance = closing_balance(balance, [pair for *_, pair in day_rows])
            closings.append((account_id, day, balance))
    return pd.DataFrame(closings, columns=["account_id", "day", "balance"])


def berka_fees() -> pd.DataFrame:
    """SLUZBY: what the bank charges for statements and services.

    They are debits of the customer, so the bank's income is the amount as printed. Penalty
    interest (SANKC. UROK) is interest, not a fee.
    """
    postings = berka_postings()
    return postings[postings["k_symbol"] == "SLUZBY"]


def berka_month_ends() -> list[pd.Timestamp]:
    """Every month end of the record, the last one cut at `BERKA_LAST_DAY`."""
    ends = pd.date_range("1993-01-31", "1994-02-28", freq="ME")
    return [*ends, pd.Timestamp(BERKA_LAST_DAY)]


def _berka_ledger() -> pd.DataFrame:
    """Control totals by another road than the extracts: no posting order is sought.

    Deposits: the day's balance from which no other posting of that day departs; where rounding
    hides it, the one nearest to the account's exact running sum of movements. Fees: a running
    sum by year.
    """
    day = ["account_id", "day"]
    postings = berka_postings()
    opening = (postings["balance"] - postings["movement"]).rename("opening")
    pairs = postings.reset_index().merge(
        postings[day].join(opening).reset_index(), on=day, suffixes=("", "_other")
    )
    departs = (pairs["index"] != pairs["index_other"]) & (
        (pairs["opening"] - pairs["balance"]).abs() <= ROUNDING_CENTS
    )
    has_successor = postings.index.isin(pairs.loc[departs, "index"])
    exact = postings.groupby(day)["movement"].sum().groupby("account_id").cumsum().rename("exact")
    drift = (postings["balance"] - postings.join(exact, on=day)["exact"]).abs()
    closing = (
        postings.assign(has_successor=has_successor, drift=drift)
        .sort_values(["day", "has_successor", "drift"])
        .drop_duplicates(day)
    )

    fees = berka_fees()
    rows = []
    for end in berka_month_ends():
        last = closing[closing["day"] <= end].drop_duplicates("account_id", keep="last")
        in_year = fees["day"].between(pd.Timestamp(end.year, 1, 1), end)
        rows += [
            (end.date(), "deposit", "CZK", last["balance"].sum()),
            (end.date(), "fee", "CZK", fees.loc[in_year, "amount"].sum()),
        ]
    ledger = pd.DataFrame(
        rows, columns=["as_of_date", "account_class_code", "currency_code", "amount"]
    )
    return ledger.assign(amount=money(ledger["amount"]))


def berka_loans() -> pd.DataFrame:
    """The bank's loans with dates and amount in cents; the file has no rate."""
    rows = _berka_file("loan")
    start = _berka_dates(rows["date"])
    return pd.DataFrame(
        {
            "loan_id": rows["loan_id"],
            "account_id": rows["account_id"],
            "customer_id": rows["account_id"].map(berka_owners()),
            "start_date": start.dt.date,
            "maturity_date": add_months(start, rows["duration"]),
            "amount": rows["amount"].astype("int64") * 100,
            "status": rows["status"],
        }
    )


def berka_loan_balances() -> pd.DataFrame:
    """Principal in cents: the amount on the first day, then less each booked repayment."""
    loans = berka_loans()
    started = loans[loans["start_date"] <= BERKA_LAST_DAY]
    drawn = started[["loan_id", "start_date", "amount"]].set_axis(
        ["loan_id", "day", "change"], axis=1
    )
    postings = berka_postings()
    repaid = postings[postings["k_symbol"] == "UVER"].merge(started, on="account_id")
    repaid = pd.DataFrame(
        {"loan_id": repaid["loan_id"], "day": repaid["day"].dt.date, "change": repaid["movement"]}
    )
    change = pd.concat([drawn, repaid]).groupby(["loan_id", "day"])["change"].sum()
    balance = change.groupby("loan_id").cumsum()
    return balance.rename("balance").reset_index()


def _berka_customers() -> pd.DataFrame:
    """Every client; only owners of an account are in the rating scope (our rule)."""
    clients = _berka_file("client")
    birth = clients["birth_number"]
    month = birth.str[2:4].astype(int)
    month = month.where(month <= 50, month - 50)
    born = "19" + birth.str[:2] + "-" + month.astype(str).str.zfill(2) + "-" + birth.str[4:]
    is_owner = clients["client_id"].isin(set(berka_owners().values()))
    return pd.DataFrame(
        {
            "customer_id": clients["client_id"],
            "customer_type_code": "retail",
            "in_rating_scope": is_owner.map({True: "true", False: ""}),
            "region": clients["district_id"],
            "birth_date": born,
        }
    )


def berka_extracts(bank: BerkaBank) -> Tables:
    """All extracts of the bank; contracts opened after the reporting date are brought too."""
    accounts = _berka_file("account")
    closings = berka_closing_balances()
    fees = berka_fees()
    loans = berka_loans()
    owners = berka_owners()

    known = loans["maturity_date"].where(
        loans["status"].isin(["A", "B"]), pd.Series(BERKA_END_OF_RECORD, index=loans.index)
    )
    tables = {
        "customer": _berka_customers(),
        "deposit_account": pd.DataFrame(
            {
                "account_id": accounts["account_id"],
                "customer_id": accounts["account_id"].map(owners),
                "product_code": "CURRENT",
                "branch_code": accounts["district_id"],
                "open_date": _berka_dates(accounts["date"]).dt.date,
                "annual_rate_pct": bank.deposit_rate_pct,
            }
        ),
        "deposit_balance": pd.DataFrame(
            {
                "account_id": closings["account_id"],
                "balance_date": closings["day"].dt.date,
                "balance": money(closings["balance"]),
            }
        ),
        "fee_income": pd.DataFrame(
            {
                "fee_id": fees["trans_id"],
                "customer_id": fees["account_id"].map(owners),
                "booked_date": fees["day"].dt.date,
                "fee_type_code": fees["k_symbol"],
                "amount": money(fees["amount"]),
            }
        ),
        "loan_contract": pd.DataFrame(
            {
                "loan_id": loans["loan_id"],
                "customer_id": loans["customer_id"],
                "product_code": "LOAN",
                "loan_type_code": "retail",
                "contract_amount": money(loans["amount"]),
                "start_date": loans["start_date"],
                "maturity_date": loans["maturity_date"],
                "repayment_method_code": "equal_principal",
            }
        ),
        "loan_classification": pd.DataFrame(
            {
                "loan_id": loans["loan_id"],
                "effective_date": loans["start_date"] if bank.has_hindsight_class else known,
                "class_code": loans["status"].map(BERKA_CLASS),
            }
        ),
        "ftp_curve": pd.DataFrame(
            [("CZK", *row) for row in bank.curve],
            columns=["curve_code", "curve_date", "tenor_days", "annual_rate_pct"],
        ),
        "ledger_control": _berka_ledger(),
    }
    if bank.deposit_rate_change:
        day, rate_pct = bank.deposit_rate_change
        tables["deposit_rate"] = pd.DataFrame(
            {
                "account_id": accounts["account_id"],
                "effective_date": day,
                "annual_rate_pct": rate_pct,
            }
        )
    if bank.has_loan_balance:
        balances = berka_loan_balances()
        tables["loan_balance"] = pd.DataFrame(
            {
                "loan_id": balances["loan_id"],
                "balance_date": balances["day"],
                "principal_balance": money(balances["balance"]),
            }
        )
    return tables


# ----------  LendingClub: consumer loans of the first quarter of 2018


LENDINGCLUB_AS_OF = date(2018, 3, 31)
"""The file prints one balance per loan without a day: taken as the quarter's last day."""

LENDINGCLUB_FORMS = {
    "customer": "csv.gz",
    "fee_income": "parquet",
    "loan_balance": "parquet",
    "loan_contract": "spreadsheet csv",
}

LENDINGCLUB_CURVE = (
    (date(2018, 1, 2), 365, "1.83"),
    (date(2018, 1, 2), 1095, "2.01"),
    (date(2018, 1, 2), 1825, "2.25"),
    (date(2018, 1, 2), 3650, "2.46"),
    (date(2018, 2, 15), 365, "1.99"),
    (date(2018, 2, 15), 1095, "2.43"),
    (date(2018, 2, 15), 1825, "2.65"),
    (date(2018, 2, 15), 3650, "2.90"),
)
"""A made-up curve: January's loans precede it, February's use the first, March's the second."""

LENDINGCLUB_CLASS = {
    "Current": "1",
    "Fully Paid": "1",
    "In Grace Period": "2",
    "Late (16-30 days)": "2",
    "Late (31-120 days)": "3",
    "Charged Off": "5",
}
"""Our rule from the printed status."""

LENDINGCLUB_GENERAL_PURPOSES = ("debt_consolidation", "credit_card", "other")
"""Purposes that name no benefit: their products count as not specialised (our rule)."""


@cache
def lendingclub_loans() -> pd.DataFrame:
    """The 10,000 loans in file order; the file has no id, so the row number is one."""
    rows = pd.read_csv(
        datasets("lendingclub") / "loans_full_schema.csv.gz", dtype=str, keep_default_na=False
    )
    number = pd.Series(range(1, len(rows) + 1)).astype(str).str.zfill(5)
    start = pd.to_datetime(rows["issue_month"], format="%b-%Y")
    return pd.DataFrame(
        {
            "loan_id": number,
            "customer_id": "B" + number,
            "state": rows["state"],
            "purpose": rows["loan_purpose"],
            "application_type": rows["application_type"],
            "status": rows["loan_status"],
            "start_date": start.dt.date,
            "maturity_date": add_months(start, rows["term"].astype(float)),
            "amount": rows["loan_amount"].map(Decimal),
            "rate_pct": rows["interest_rate"].map(Decimal),
            "balance": rows["balance"].map(Decimal),
            "late_fee": rows["paid_late_fees"].map(Decimal),
        }
    )


def lendingclub_extracts() -> Tables:
    """One retail customer per loan; balances and late fees as of `LENDINGCLUB_AS_OF`.

    Fees and balances are written as the doubles the file holds (one late fee reads
    21.100000028): in parquet a float amount rounds to the column's scale.
    """
    loans = lendingclub_loans()
    late = loans[loans["late_fee"] > 0]
    purposes = sorted(loans["purpose"].unique())
    return {
        "customer": pd.DataFrame(
            {
                "customer_id": loans["customer_id"],
                "customer_type_code": "retail",
                "region": loans["state"],
            }
        ),
        "product": pd.DataFrame(
            {
                "product_code": purposes,
                "product_name": [purpose.replace("_", " ") for purpose in purposes],
                "product_family_code": "loan",
                "is_specialised": [
                    str(purpose not in LENDINGCLUB_GENERAL_PURPOSES) for purpose in purposes
                ],
            }
        ),
        "loan_contract": pd.DataFrame(
            {
                "loan_id": loans["loan_id"],
                "customer_id": loans["customer_id"],
                "product_code": loans["purpose"],
                "loan_type_code": loans["application_type"],
                "purpose": loans["purpose"],
                "contract_amount": loans["amount"],
                "start_date": loans["start_date"],
                "maturity_date": loans["maturity_date"],
                "annual_rate_pct": loans["rate_pct"],
                "repayment_method_code": "annuity",
            }
        ),
        "loan_balance": pd.DataFrame(
            {
                "loan_id": loans["loan_id"],
                "balance_date": LENDINGCLUB_AS_OF,
                "principal_balance": loans["balance"].astype(float),
            }
        ),
        "loan_classification": pd.DataFrame(
            {
                "loan_id": loans["loan_id"],
                "effective_date": LENDINGCLUB_AS_OF,
                "class_code": loans["status"].map(LENDINGCLUB_CLASS),
            }
        ),
        "fee_income": pd.DataFrame(
            {
                "fee_id": late["loan_id"],
                "customer_id": late["customer_id"],
                "booked_date": LENDINGCLUB_AS_OF,
                "fee_type_code": "late_fee",
                "amount": late["late_fee"].astype(float),
            }
        ),
        "ftp_curve": pd.DataFrame(
            [("USD", *row) for row in LENDINGCLUB_CURVE],
            columns=["curve_code", "curve_date", "tenor_days", "annual_rate_pct"],
        ),
        "ledger_control": pd.DataFrame(
            [
                (LENDINGCLUB_AS_OF, "loan", "USD", loans["balance"].sum()),
                (LENDINGCLUB_AS_OF, "fee", "USD", loans["late_fee"].sum().quantize(CENT)),
            ],
            columns=["as_of_date", "account_class_code", "currency_code", "amount"],
        ),
    }


# ----------  SBA: guaranteed loans of small enterprises in the United States, 1970-2014


@cache
def sba_loans() -> pd.DataFrame:
    """The 30,000 loans in file order; the file has no rate.

    Granted on the day of approval: 77 loans have no day of disbursement. A term of 0 months is
    unknown, as the industry 0 is, and the loan then open-ended.
    """
    rows = pd.read_csv(datasets("sba") / "sba_30000.csv.gz", dtype=str, keep_default_na=False)
    start = pd.to_datetime(rows["approval_date"])
    maturity = pd.Series(add_months(start, rows["term"]))
    return pd.DataFrame(
        {
            "loan_id": rows["loan_nr_chk_dgt"],
            "customer_id": "B" + rows["loan_nr_chk_dgt"],
            "state": rows["state"],
            "status": rows["mis_status"],
            "start_date": start.dt.date,
            "maturity_date": maturity.where(rows["term"] != "0", None),
            "amount": rows["gr_appv"].map(Decimal),
            "charged_off": rows["chg_off_prin_gr"].map(Decimal),
        }
    )


def sba_extracts() -> Tables:
    """One enterprise per loan, as the file tells borrowers apart by name only."""
    loans = sba_loans()
    return {
        "customer": pd.DataFrame(
            {
                "customer_id": loans["customer_id"],
                "customer_type_code": "corporate",
                "region": loans["state"],
            }
        ),
        "loan_contract": pd.DataFrame(
            {
                "loan_id": loans["loan_id"],
                "customer_id": loans["customer_id"],
                "product_code": "GUARANTEED",
                "loan_type_code": "SME",
                "contract_amount": loans["amount"],
                "start_date": loans["start_date"],
                "maturity_date": loans["maturity_date"],
            }
        ),
    }
