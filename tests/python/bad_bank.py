"""A bank whose every row is a case of the door: one row for each way a row can be wrong.

`matrix` derives the plain cases from the source YAMLs, so that a new column is covered the day it
is added; the lists below it hold what a machine would not think of.
"""

from __future__ import annotations

import csv
import io
import math
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MASTERS = {
    "account_id": "deposit_account",
    "loan_id": "loan_contract",
    "customer_id": "customer",
    "campaign_id": "campaign",
}
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NAN, INF = math.nan, math.inf


@dataclass
class Extract:
    """What a source YAML says of one extract."""

    name: str
    system: str
    columns: dict[str, dict[str, Any]]
    amount: str | None
    in_order: list[list[str]]

    def having(self, rule: str) -> list[str]:
        return [name for name, rules in self.columns.items() if rules.get(rule) is not None]

    @property
    def references(self) -> list[str]:
        """Columns whose unknown values reject the row; the loan's campaign is only unset."""
        return [
            column
            for column in self.columns
            if MASTERS.get(column, self.name) != self.name
            and (self.name, column) != ("loan_contract", "campaign_id")
        ]

    @property
    def base_model(self) -> str:
        return f"staging.base_{self.system}__{self.name}"


def read_extracts() -> dict[str, Extract]:
    found = {}
    for path in sorted((ROOT / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                meta = table.get("config", {}).get("meta", {})
                columns = {
                    column["name"]: column.get("config", {}).get("meta", {})
                    | {"type": column["data_type"]}
                    for column in table["columns"]
                    if "data_type" in column
                }
                found[table["name"]] = Extract(
                    table["name"],
                    source["name"],
                    columns,
                    meta.get("amount"),
                    meta.get("in_order", []),
                )
    return found


EXTRACTS = read_extracts()


def possible_reasons() -> set[tuple[str, str]]:
    """Every (extract, reason) that the rules allow to happen."""
    possible = set()
    for name, extract in EXTRACTS.items():
        possible |= {(name, "missing_required"), (name, "duplicate_key")}
        if any(rules["type"] != "varchar" for rules in extract.columns.values()):
            possible.add((name, "wrong_type"))
        if any(extract.having(rule) for rule in ("minimum", "maximum", "above", "allowed")):
            possible.add((name, "out_of_range"))
        if extract.in_order:
            possible.add((name, "bad_order"))
        if extract.references:
            possible.add((name, "unknown_reference"))
    return possible


@dataclass
class Case:
    """One row, and what must become of it; `typed` are cells of the row once it is accepted."""

    label: str
    cells: dict[str, Any]
    reason: str | None = None
    typed: dict[str, Any] = field(default_factory=dict)
    row_key: str | None = None
    amount: Decimal | None = None

    def key_of(self, extract: Extract) -> str:
        if self.row_key is not None:
            return self.row_key
        return "|".join(str(self.cells.get(key) or "").strip() for key in extract.having("key"))

    def amount_of(self, extract: Extract) -> Decimal:
        """The row's amount; nothing where it is missing or no such number."""
        if self.amount is not None:
            return self.amount
        text = str(self.cells.get(extract.amount, "")).strip() if extract.amount else ""
        if not NUMBER.fullmatch(text) or abs(Decimal(text)) >= 10**16:
            return Decimal(0)
        return Decimal(text) if Decimal(text) == round(Decimal(text), 2) else Decimal(0)


@dataclass
class Part:
    """One file: its path below the folder of extracts and its rows; `types` for parquet."""

    path: str
    cases: list[Case]
    types: dict[str, pa.DataType] = field(default_factory=dict)

    @property
    def extract(self) -> Extract:
        return EXTRACTS[self.path.split("/")[0].split(".")[0]]

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for case in self.cases for name in case.cells))

    def cells_as_read(self, case: Case) -> dict[str, Any]:
        """What row_json must hold."""
        absent = None if self.path.endswith(".parquet") else ""
        return {name: case.cells.get(name, absent) for name in self.columns}

    def write(self, folder: pathlib.Path) -> None:
        path = folder / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [self.cells_as_read(case) for case in self.cases]
        if self.path.endswith(".parquet"):
            arrays = {
                name: pa.array(
                    [row[name] for row in rows], self.types.get(name, pa.string()), safe=False
                )
                for name in self.columns
            }
            pq.write_table(pa.table(arrays), path)
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns)
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8", newline="")


# ---------------------------------------------------------------------------- the plain cases

GOOD: dict[str, dict[str, str]] = {
    "customer": {"customer_type_code": "corporate"},
    "deposit_account": {"customer_id": "C0001", "product_code": "P", "open_date": "2015-01-01",
                        "annual_rate_pct": "1.5"},
    "deposit_balance": {"account_id": "A-GOOD", "balance": "100.25"},
    "deposit_rate": {"account_id": "A-GOOD", "annual_rate_pct": "1.5"},
    "fee_income": {"customer_id": "C0001", "booked_date": "2015-01-01", "amount": "3.5"},
    "product": {"product_name": "loan", "product_family_code": "loan"},
    "loan_contract": {"customer_id": "C0001", "product_code": "P", "loan_type_code": "WC",
                      "contract_amount": "1000", "start_date": "2015-01-01"},
    "loan_balance": {"loan_id": "L-GOOD", "principal_balance": "900"},
    "loan_rate": {"loan_id": "L-GOOD", "annual_rate_pct": "4.35"},
    "loan_classification": {"loan_id": "L-GOOD", "class_code": "1"},
    "loan_performance": {"loan_id": "L-GOOD", "days_past_due": "0"},
    "ftp_curve": {"curve_date": "2015-01-01", "tenor_days": "30", "annual_rate_pct": "2.5"},
    "exchange_rate": {"currency_code": "USD", "rate_to_reporting": "6.5"},
    "campaign": {"campaign_name": "spring", "start_date": "2015-01-01"},
    "campaign_target": {"campaign_id": "K-GOOD", "arm_code": "control",
                        "assigned_date": "2015-01-01"},
    "campaign_contact": {"campaign_id": "K-GOOD", "customer_id": "C0001", "channel_code": "sms",
                         "contacted_at": "2015-01-01 10:00:00", "cost": "0.1"},
    "campaign_event": {"campaign_id": "K-GOOD", "customer_id": "C0001", "event_code": "drawn",
                       "occurred_at": "2015-01-01 10:00:00", "amount": "5"},
    "ledger_control": {"as_of_date": "2015-01-01", "account_class_code": "loan", "amount": "7.01"},
}  # fmt: skip

# The key column that tells the rows of one extract apart, and the keys other extracts point to.
SERIAL = {
    "deposit_balance": "balance_date", "deposit_rate": "effective_date",
    "loan_balance": "balance_date", "loan_rate": "effective_date",
    "loan_classification": "effective_date", "loan_performance": "month_end_date",
    "exchange_rate": "rate_date", "campaign_target": "customer_id",
    "ledger_control": "currency_code",
}  # fmt: skip
KNOWN = {"deposit_account": "A-GOOD", "loan_contract": "L-GOOD", "campaign": "K-GOOD"}


class Rows:
    """Draws rows of one extract that are good and all different."""

    def __init__(self, name: str):
        self.extract = EXTRACTS[name]
        self.numbers: Iterator[int] = count(1)
        self.serial = SERIAL.get(name) or self.extract.having("key")[0]

    def good(self, **others: Any) -> dict[str, Any]:
        number = next(self.numbers)
        unique: Any = f"{self.serial[0].upper()}{number:04}"
        if self.extract.columns[self.serial]["type"] == "date":
            unique = (date(2015, 1, 1) + timedelta(days=number)).isoformat()
        return {self.serial: unique} | GOOD[self.extract.name] | others


def step_of(data_type: str) -> Decimal:
    if data_type == "double":
        return Decimal("0.0001")
    scale = re.findall("[0-9]+", data_type)[1:]
    return Decimal(1).scaleb(-int(scale[0])) if scale else Decimal(1)


def matrix(rows: Rows) -> list[Case]:
    """One bad row per rule of the extract, and the good ones on the near side of each."""
    extract = rows.extract
    cases = [Case("good", rows.good())]
    if extract.name in KNOWN:
        cases.append(Case("known", rows.good(**{rows.serial: KNOWN[extract.name]})))
    if extract.name == "customer":
        cases += [Case("known", rows.good()) for _ in range(150)]
    for column, rules in extract.columns.items():

        def case(what, cell, reason=None, column=column):
            return Case(f"{column} {what}", rows.good(**{column: cell}), reason)

        if rules.get("required"):
            cases += [case(f"blank {n}", cell, "missing_required") for n, cell in enumerate(
                ["", "  ", "\u3000\t"]
            )]  # fmt: skip
        if rules["type"] != "varchar":
            cases.append(case("no such value", "x", "wrong_type"))
            cases.append(case("full-width", "２０１５", "wrong_type"))
        step = step_of(rules["type"])
        for rule, sign in (("minimum", -1), ("maximum", 1)):
            if rules.get(rule) is not None:
                bound = Decimal(rules[rule])
                cases.append(case(f"at {rule}", str(bound)))
                cases.append(case(f"beyond {rule}", f"{bound + sign * step:f}", "out_of_range"))
        if rules.get("above") is not None:
            cases.append(case("at the open end", str(rules["above"]), "out_of_range"))
            cases.append(case("just above", f"{rules['above'] + step:f}"))
        if rules.get("allowed"):
            cases += [case(word, word) for word in rules["allowed"]]
            cases.append(case("unlisted", f"{rules['allowed'][0]}.", "out_of_range"))
            cases.append(case("other case", "Other", "out_of_range"))
        if column in extract.references:
            cases.append(case("unknown", "nobody", "unknown_reference"))
            cases.append(case("in other case", rows.good()[rows.serial].lower(),
                              "unknown_reference") if column == "customer_id" else
                         case("unknown 2", "a-good", "unknown_reference"))  # fmt: skip
    for first, second in extract.in_order:
        equal = {first: "2015-03-01", second: "2015-03-01"}
        cases.append(Case(f"{second} equal", rows.good(**equal)))
        wrong = equal | {second: "2015-02-28"}
        cases.append(Case(f"{second} early", rows.good(**wrong), "bad_order"))
    twice = rows.good()
    cases += [Case("first of two", dict(twice), "duplicate_key"), Case("last of two", dict(twice))]
    return cases


# -------------------------------------------------------------------------- cells written as text

MONEY_TEXT: list[tuple[str, str | None]] = [
    ("1,000.00", None), ("1,000", None), ("1 000", None), ("+5", None), (".5", None), ("5.", None),
    ("1e3", None), ("1E3", None), ("NaN", None), ("nan", None), ("inf", None), ("Infinity", None),
    ("-inf", None), ("-", None), ("--1", None), ("5-", None), ("(5)", None), ("¥5", None),
    ("5%", None), ("0x10", None), ("1_000", None), ("1.2.3", None), ("５.００", None), ("٣", None),
    ("null", None), ("NULL", None), ("'5", None), ("true", None), ("1,5", None), ("1\u00a05", None),
    ("1.001", None), ("1.239", None), ("0.001", None), ("1.23000000000000000000001", None),
    ("10000000000000000", None), ("-10000000000000000.00", None), ("9" * 60, None),
    ("9999999999999999.99", "9999999999999999.99"), ("-9999999999999999.99",) * 2,
    ("-0", "0"), ("-0.00", "0"), ("007.50", "7.50"), ("1.230000000000", "1.23"), ("5.0", "5"),
    ("0.01", "0.01"), ("-3", "-3"), (" 5.25 ", "5.25"), ("\t6\t", "6"), ("\u30007\u00a0", "7"),
    ("0" * 50 + "8.50", "8.5"), ("9." + "0" * 60, "9"), ("4\r\n", "4"),
]  # fmt: skip

DATE_TEXT: list[tuple[str, str | None]] = [
    ("2015-02-29", None), ("2016-02-30", None), ("2015-13-01", None), ("2015-00-10", None),
    ("2015-01-00", None), ("2015-1-1", None), ("2015/01/01", None), ("20150101", None),
    ("01-01-2015", None), ("2015-01-01 00:00:00", None), ("2015-01-01T00:00:00", None),
    ("2015-01-01Z", None), ("15-01-01", None), ("+2015-01-01", None), ("-2015-01-01", None),
    ("12015-01-01", None), ("infinity", None), ("epoch", None), ("today", None),
    ("２０１５-０１-０１", None), ("2015-01-01 (BC)", None), ("2015年1月1日", None),
    ("2015 -01-01", None), ("2015−01−01", None), ("42005", None),
    ("2016-02-29", "2016-02-29"), (" 2016-02-29 ", "2016-02-29"), ("2000-02-29", "2000-02-29"),
    ("1900-02-29", None), ("9999-12-31", "9999-12-31"), ("1949-10-01", "1949-10-01"),
]  # fmt: skip

BOOLEAN_TEXT: list[tuple[str, bool | None]] = [
    ("true", True), ("TRUE", True), ("tRuE", True), ("1", True), (" 1 ", True), ("false", False),
    ("FALSE", False), ("False", False), ("0", False), ("t", None), ("f", None), ("yes", None),
    ("N", None), ("y", None), ("on", None), ("是", None), ("2", None), ("-1", None),
    ("1.0", None), ("01", None), ("00", None), ("１", None), ("TRUE1", None),
]  # fmt: skip

INTEGER_TEXT: list[tuple[str, int | None]] = [
    ("2147483647", 2147483647), ("2147483648", None), ("7.000", 7), ("007", 7), ("-0", 0),
    ("7.5", None), ("7.", None), ("+7", None), ("1e2", None), ("1,000", None), ("0x7", None),
    ("99999999999999999999", None), ("7 ", 7), ("7.0000000000000000000001", None),
]  # fmt: skip

DOUBLE_TEXT: list[tuple[str, float | None]] = [
    ("0.123456789012345678", 0.123456789012345678), ("0.5", 0.5), ("-7", -7.0), ("00.5", 0.5),
    (".5", None), ("5.", None), ("5e-1", None), ("NaN", None), ("inf", None), ("-inf", None),
    ("+0.5", None), ("50%", None), ("9" * 400, None), ("0,5", None), (" 0.25\t", 0.25),
    ("0." + "0" * 330 + "1", 0.0),
]  # fmt: skip

TIMESTAMP_TEXT: list[tuple[str, datetime | None]] = [
    ("2015-03-04T05:06:07", datetime(2015, 3, 4, 5, 6, 7)),
    ("2015-03-04 05:06:07", datetime(2015, 3, 4, 5, 6, 7)),
    ("2015-03-04 05:06", datetime(2015, 3, 4, 5, 6)),
    ("2015-03-04", datetime(2015, 3, 4)),
    ("2015-03-04T05:06:07.5", datetime(2015, 3, 4, 5, 6, 7, 500000)),
    ("2015-03-04 05:06:07.123456", datetime(2015, 3, 4, 5, 6, 7, 123456)),
    ("2016-02-29 23:59:59", datetime(2016, 2, 29, 23, 59, 59)),
    (" 2015-03-04 05:06:07 ", datetime(2015, 3, 4, 5, 6, 7)),
    ("2015-02-29 00:00:00", None), ("2015-03-04 25:00:00", None), ("2015-03-04 05:60:00", None),
    ("2015-03-04 05:06:61", None), ("2015-3-4 05:06:07", None), ("2015/03/04 05:06:07", None),
    ("2015-03-04 5:06:07", None), ("2015-03-04  05:06:07", None), ("05:06:07", None),
    ("2015-03-04 05:06:07 PM", None), ("04/03/2015 05:06", None), ("1425445567", None),
    ("2015-03-04 05:06:07.", None), ("2015-03-04T", None), ("infinity", None), ("now", None),
    ("2015-03-04 下午5:06", None),
]  # fmt: skip

TEXT_CELLS: list[tuple[str, str | None]] = [
    ("  padded  ", "padded"), ("\u3000全角\u3000", "全角"), ("a,b", "a,b"), ('say "hi"',) * 2,
    ("a|b", "a|b"), ("a;b", "a;b"), ("two\nlines", "two\nlines"), ("a\r\nb", "a\r\nb"),
    ("'); drop table raw.customer; --",) * 2, ("{{ 1/0 }}", "{{ 1/0 }}"), ("%s %(x)s", "%s %(x)s"),
    ("nul\0inside", "nul\0inside"), ("💰🏦 emoji", "💰🏦 emoji"), ("\\", "\\"), ("\\N", "\\N"),
    ("NULL", "NULL"), ("null", "null"), ("NaN", "NaN"), ("00123", "00123"), ("1e5", "1e5"),
    ("x" * 1_000_000, "x" * 1_000_000), ("=1+1", "=1+1"), ("#comment", "#comment"),
    ("𠮷野家\u200b", "𠮷野家\u200b"), (" ", None), ("\u3000\u00a0", None),
]  # fmt: skip


def written(
    rows: Rows, column: str, cells: list, convert=lambda cell: cell, null_is_good=False
) -> list[Case]:
    """A row for each text of one column; None in the list means that the text is no such value."""
    cases = []
    for text, expected in cells:
        label = f"{column} {text[:40]!r}"
        row = rows.good(**{column: text})
        if expected is None and not null_is_good:
            cases.append(Case(label, row, "wrong_type"))
        else:
            value = None if expected is None else convert(expected)
            cases.append(Case(label, row, typed={column: value}))
    return cases


def text_edges(all_rows: dict[str, Rows]) -> dict[str, list[Case]]:
    """Cells that only look like values, and values that do not look like it."""
    money = MONEY_TEXT
    rate = [
        ("1.234567", "1.234567"), ("1.2345670", "1.234567"), ("1.2345678", None), ("1000", None),
        ("4.35%", None), ("60.000000", "60"), ("-0.5", "-0.5"),
    ]  # fmt: skip
    price = [
        ("0.00000001", "0.00000001"), ("6.123456780000", "6.12345678"), ("6.123456789", None),
        ("9999999999.99999999",) * 2, ("10000000000", None), ("6,5", None),
    ]  # fmt: skip
    return {
        "fee_income": written(all_rows["fee_income"], "amount", money, Decimal)
        + written(all_rows["fee_income"], "booked_date", DATE_TEXT, date.fromisoformat),
        "customer": written(all_rows["customer"], "in_rating_scope", BOOLEAN_TEXT)
        + written(all_rows["customer"], "employee_count", INTEGER_TEXT)
        + written(all_rows["customer"], "customer_name", TEXT_CELLS, null_is_good=True)
        + [
            Case("many faults", {"customer_id": "M1", "customer_type_code": "",
                                 "employee_count": "x"}, "missing_required"),
            Case("type first", {"customer_id": "M2", "customer_type_code": "Other",
                                "employee_count": "x"}, "wrong_type"),
        ],
        "campaign_target": written(all_rows["campaign_target"], "response_score", DOUBLE_TEXT),
        "campaign_contact": written(
            all_rows["campaign_contact"], "contacted_at", TIMESTAMP_TEXT
        ),
        "ftp_curve": [
            *written(all_rows["ftp_curve"], "annual_rate_pct", rate, Decimal),
            Case("same tenor", all_rows["ftp_curve"].good(curve_code="SAME", tenor_days="7"),
                 "duplicate_key"),
            Case("same tenor again", all_rows["ftp_curve"].good(curve_code="SAME ",
                                                                tenor_days="007.0")),
        ],
        "exchange_rate": written(all_rows["exchange_rate"], "rate_to_reporting", price, Decimal),
        "deposit_account": [
            Case("of a rejected customer", all_rows["deposit_account"].good(customer_id="M1")),
            Case("range first", all_rows["deposit_account"].good(
                annual_rate_pct="61", close_date="2014-01-01"), "out_of_range"),
            Case("order first", all_rows["deposit_account"].good(
                customer_id="nobody", close_date="2014-01-01"), "bad_order"),
            Case("key with marks", all_rows["deposit_account"].good(
                account_id=" a|b,c;d'e\"f g "), row_key="a|b,c;d'e\"f g"),
            Case("kept: the later is bad", all_rows["deposit_account"].good(account_id="KEPT")),
            Case("later but bad", all_rows["deposit_account"].good(
                account_id="KEPT", annual_rate_pct="61"), "out_of_range"),
            Case("unknown before duplicate", all_rows["deposit_account"].good(
                account_id="KEPT", customer_id="nobody"), "unknown_reference"),
            Case("other case is another key", all_rows["deposit_account"].good(account_id="kept")),
            Case("first of three", all_rows["deposit_account"].good(account_id="THREE"),
                 "duplicate_key"),
            Case("second of three", all_rows["deposit_account"].good(account_id=" THREE"),
                 "duplicate_key"),
            Case("third of three", all_rows["deposit_account"].good(account_id="THREE\t")),
        ],
        "loan_contract": [
            Case("unknown campaign", all_rows["loan_contract"].good(
                loan_id="L-CAMPAIGN", campaign_id=" ghost "), typed={"campaign_id": None}),
            Case("known campaign", all_rows["loan_contract"].good(campaign_id="K-GOOD"),
                 typed={"campaign_id": "K-GOOD"}),
            Case("rejected campaign", all_rows["loan_contract"].good(campaign_id="K-BAD"),
                 typed={"campaign_id": "K-BAD"}),
            Case("no campaign", all_rows["loan_contract"].good(campaign_id=" "),
                 typed={"campaign_id": None}),
            Case("rejected with unknown campaign", all_rows["loan_contract"].good(
                campaign_id="ghost", contract_amount="-5"), "out_of_range"),
        ],
        "campaign": [
            Case("rejected", all_rows["campaign"].good(campaign_id="K-BAD", fixed_cost="-7"),
                 "out_of_range"),
        ],
        "deposit_balance": [
            Case("of a rejected account", all_rows["deposit_balance"].good(account_id="R-BAD")),
        ],
    }  # fmt: skip


# ------------------------------------------------------------------------ cells of parquet types


def typed_part(
    path: str, rows: Rows, column: str, kind: pa.DataType, cells: list[tuple[Any, Any]]
) -> Part:
    """A part whose one column has a type of its own; None means that the cell is no such value."""
    cases = []
    is_key = column in rows.extract.having("key")
    for number, (cell, expected) in enumerate(cells):
        row = rows.good(**{column: cell})
        key = None
        if is_key:
            key = "|".join(
                str(row[name]) if name != column else key_text(cell)
                for name in rows.extract.having("key")
            )
        amount = None
        if column == rows.extract.amount:
            amount = expected if isinstance(expected, Decimal) else Decimal(0)
        reason = "wrong_type" if expected is None else None
        if isinstance(expected, str) and expected.startswith("!"):
            reason = expected[1:]
        typed = {} if reason else {column: expected}
        label = f"{column} {kind} {number} {cell!r}"
        cases.append(Case(label, row, reason, typed, key, amount))
    return Part(path, cases, {column: kind})


def key_text(cell: Any) -> str:
    """A key as row_key writes it: ISO days, whole numbers without a point."""
    if isinstance(cell, datetime):
        return str(cell.date() if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else cell)
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return str(cell).strip()


MIDNIGHT, NOON = datetime(2030, 1, 1), datetime(2030, 1, 2, 12)
D = Decimal


def typed_parts(all_rows: dict[str, Rows]) -> list[Part]:
    balance = all_rows["deposit_balance"]
    performance = all_rows["loan_performance"]
    event = all_rows["campaign_event"]
    loan = all_rows["loan_contract"]
    product = all_rows["product"]
    day = date(2040, 1, 1)

    def days(kind, cells, number):
        shifted = [
            (cell + timedelta(days=10 * number) if isinstance(cell, date) else cell, expected)
            for cell, expected in cells
        ]
        shifted = [
            (cell, (cell.date() if isinstance(cell, datetime) else cell) if good else None)
            for cell, good in shifted
        ]
        return typed_part(
            f"deposit_balance/d{number:02}.parquet", balance, "balance_date", kind, shifted
        )

    both = [(MIDNIGHT, True), (NOON, False)]
    return [
        # money
        *(
            typed_part(f"deposit_balance/b{number:02}.parquet", balance, "balance", kind, cells)
            for number, (kind, cells) in enumerate(
                [
                    (pa.float64(), [(0.1 + 0.2, D("0.30")), (-(0.1 + 0.2), D("-0.30")),
                                    (1234567.005000001, D("1234567.01")), (-0.0, D(0)),
                                    (1e15, D(10) ** 15), (1e16, None), (-1e300, None), (NAN, None),
                                    (INF, None), (-INF, None), (4.35, D("4.35")),
                                    (79999999.995, D("80000000.00")), (1e-9, D(0))]),
                    (pa.float32(), [(0.1, D("0.10")), (16777216.0, D(16777216)), (NAN, None)]),
                    (pa.int64(), [(5, D(5)), (-7, D(-7)), (2**62, None),
                                  (10**16 - 1, D(10**16 - 1))]),
                    (pa.uint64(), [(2**64 - 1, None), (3, D(3))]),
                    (pa.int8(), [(-128, D(-128))]),
                    (pa.decimal128(30, 6), [(D("1.230000"), D("1.23")), (D("1.234"), None),
                                            (D(10) ** 20, None)]),
                    (pa.decimal128(38, 0), [(D(10) ** 35, None), (D(12), D(12))]),
                    (pa.decimal128(38, 30), [(D("1.5"), D("1.5")), (D("0.001"), None)]),
                    (pa.decimal128(5, 1), [(D("9999.9"), D("9999.9"))]),
                    (pa.dictionary(pa.int32(), pa.string()), [("1.5", D("1.5")), ("1,5", None)]),
                    (pa.large_string(), [(" 2.50 ", D("2.5")), ("1e3", None)]),
                    (pa.bool_(), [(True, None)]),
                    (pa.date32(), [(day, None)]),
                    (pa.list_(pa.int64()), [([1], None)]),
                    (pa.struct([("x", pa.int64())]), [({"x": 1}, None)]),
                    (pa.null(), [(None, "!missing_required")]),
                ]
            )
        ),
        # days
        days(pa.date32(), [(date(2030, 1, 1), True), (date(1900, 1, 1), True)], 1),
        days(pa.date64(), [(date(2030, 1, 1), True)], 2),
        days(pa.timestamp("us"), both, 3),
        days(pa.timestamp("ns"), both, 4),
        days(pa.timestamp("ms"), both, 5),
        days(pa.timestamp("s"), both, 6),
        typed_part("deposit_balance/e.parquet", balance, "balance_date", pa.int64(),
                   [(20300101, None)]),
        typed_part("deposit_balance/f.parquet", balance, "balance_date", pa.string(),
                   [("2035-1-1", None), (" 2035-01-01 ", date(2035, 1, 1))]),
        # whole numbers
        *(
            typed_part(f"loan_performance/{number:02}.parquet", performance, "days_past_due", kind,
                       cells)
            for number, (kind, cells) in enumerate(
                [
                    (pa.float64(), [(3.0, 3), (3.5, None), (NAN, None), (INF, None), (3e9, None),
                                    (-1.0, "!out_of_range"), (-0.0, 0)]),
                    (pa.int64(), [(2**31, None), (2**31 - 1,) * 2, (-1, "!out_of_range")]),
                    (pa.uint8(), [(255, 255)]),
                    (pa.decimal128(5, 1), [(D("3.0"), 3), (D("3.5"), None)]),
                    (pa.bool_(), [(True, None)]),
                    (pa.string(), [("3.0", 3), ("3.5", None), ("", "!missing_required")]),
                ]
            )
        ),
        # moments
        *(
            typed_part(f"campaign_event/{number:02}.parquet", event, "occurred_at", kind, cells)
            for number, (kind, cells) in enumerate(
                [
                    (pa.timestamp("us"), [(NOON, NOON), (MIDNIGHT, MIDNIGHT)]),
                    (pa.timestamp("ns"), [(NOON, NOON)]),
                    (pa.timestamp("ms"), [(NOON, NOON)]),
                    (pa.timestamp("s"), [(NOON, NOON)]),
                    (pa.timestamp("us", "UTC"), [(NOON, NOON)]),
                    (pa.date32(), [(date(2030, 1, 1), MIDNIGHT)]),
                    (pa.int64(), [(1425445567, None)]),
                    (pa.float64(), [(1425445567.0, None)]),
                    (pa.time64("us"), [(NOON.time(), None)]),
                    (pa.string(), [("2030-01-02T12:00:00", NOON), ("noon", None)]),
                ]
            )
        ),
        # fractions
        *(
            typed_part(f"loan_contract/{number:02}.parquet", loan, "probability_of_default", kind,
                       cells)
            for number, (kind, cells) in enumerate(
                [
                    (pa.float64(), [(0.25, 0.25), (NAN, None), (INF, None),
                                    (1.5, "!out_of_range")]),
                    (pa.float32(), [(0.25, 0.25), (NAN, None)]),
                    (pa.int32(), [(1, 1.0), (2, "!out_of_range")]),
                    (pa.decimal128(20, 10), [(D("0.1234567891"), 0.1234567891)]),
                    (pa.string(), [("0.25", 0.25), ("1e-1", None)]),
                    (pa.bool_(), [(True, None)]),
                ]
            )
        ),
        # flags
        *(
            typed_part(f"product/f{number:02}.parquet", product, "is_specialised", kind, cells)
            for number, (kind, cells) in enumerate(
                [
                    (pa.bool_(), [(True, True), (False, False)]),
                    (pa.int64(), [(1, True), (0, False), (2, None), (-1, None)]),
                    (pa.float64(), [(1.0, True), (0.0, False), (0.5, None), (NAN, None)]),
                    (pa.string(), [("TRUE", True), ("0", False), ("yes", None)]),
                    (pa.date32(), [(day, None)]),
                ]
            )
        ),
        # codes
        *(
            typed_part(f"product/t{number:02}.parquet", product, "product_code", kind, cells)
            for number, (kind, cells) in enumerate(
                [
                    (pa.int64(), [(7, "7"), (2**63 - 1, str(2**63 - 1)), (-3, "-3")]),
                    (pa.uint64(), [(2**64 - 1, str(2**64 - 1))]),
                    (pa.float64(), [(8.0, "8"), (7.5, "7.5"), (1e15, "1" + "0" * 15),
                                    (123456789012.0, "123456789012")]),
                    (pa.decimal128(20, 0), [(D(12), "12")]),
                    (pa.date32(), [(day, "2040-01-01")]),
                    (pa.timestamp("us"), [(datetime(2041, 1, 1), "2041-01-01"),
                                          (datetime(2041, 1, 1, 5), "2041-01-01 05:00:00")]),
                    (pa.dictionary(pa.int8(), pa.string()), [(" D1 ", "D1")]),
                    (pa.large_string(), [("007", "007")]),
                ]
            )
        ),
    ]  # fmt: skip


def parts() -> list[Part]:
    """The whole bank; deposit_balance, product, loans and events are folders of parquet."""
    all_rows = {name: Rows(name) for name in EXTRACTS}
    edges = text_edges(all_rows)
    typed = typed_parts(all_rows)
    in_folders = {part.extract.name for part in typed}
    edges["deposit_account"].append(
        Case("rejected", all_rows["deposit_account"].good(account_id="R-BAD", open_date="x"),
             "wrong_type")
    )  # fmt: skip
    plain = [
        Part(
            f"{name}/0.parquet" if name in in_folders else f"{name}.csv",
            matrix(rows) + edges.get(name, []),
        )
        for name, rows in all_rows.items()
    ]
    return plain + [part for part in typed if part.cases]
