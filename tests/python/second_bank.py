"""Banks nobody tuned anything to.

`write` lays down a small bank of 2015 to 2018 whose every corner is a case of the published
definitions: gaps, overdrafts, wrong rows, odd files. `write_random` draws banks that nobody
thought of. Both are the same on every machine.
"""

import gzip
import pathlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

Rows = list[dict[str, str]]

LAST_DAY = date(2018, 12, 31)

# ------------------------------------------------------------------------------- writing files


def columns_of(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_field(cell: str, position: int) -> str:
    """Quoted where it must be, and now and then where it need not be."""
    if any(mark in cell for mark in ',\r\n"') and not cell.startswith("raw:"):
        return '"' + cell.replace('"', '""') + '"'
    cell = cell.removeprefix("raw:")
    return f'"{cell}"' if position % 7 == 3 and '"' not in cell else cell


def write_csv(path: pathlib.Path, rows: Rows, header: list[str] | None = None, bom=False):
    """LF and CRLF in turn, empty lines between, no newline at the end; gzip by the name."""
    header = header or columns_of(rows)
    lines = [",".join(csv_field(name, 1 + 2 * i) for i, name in enumerate(header))]
    for number, row in enumerate(rows):
        lines.append(
            ",".join(csv_field(row.get(name, ""), number + i) for i, name in enumerate(header))
        )
        if number in (1, 30):
            lines.append("")
    text = "".join(line + ("\r\n" if n % 3 == 1 else "\n") for n, line in enumerate(lines))
    content = text.removesuffix("\n").removesuffix("\r").encode("utf-8-sig" if bom else "utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        # Two members, as when two files were joined; a fixed time keeps the bytes the same.
        half = len(content) // 2
        content = b"".join(gzip.compress(c, mtime=0) for c in (content[:half], content[half:]))
    path.write_bytes(content)


NATIVE: dict[str, tuple[pa.DataType, Callable]] = {
    "text": (pa.string(), str),
    "large_text": (pa.large_string(), str),
    "date": (pa.date32(), date.fromisoformat),
    "timestamp": (pa.timestamp("us"), datetime.fromisoformat),
    "second": (pa.timestamp("s"), datetime.fromisoformat),
    "float": (pa.float64(), float),
    "int": (pa.int64(), int),
    "money": (pa.decimal128(18, 2), Decimal),
    "wide_money": (pa.decimal128(30, 6), Decimal),
    "rate": (pa.decimal128(9, 6), Decimal),
    "boolean": (pa.bool_(), lambda text: text == "true"),
}


def write_parquet(path: pathlib.Path, rows: Rows, native: dict[str, str] | None = None):
    """Text unless `native` names a column's type; no value is NULL or, in text, now and then ''."""
    arrays = {}
    for name in columns_of(rows):
        kind, convert = NATIVE[(native or {}).get(name, "text")]
        cells = [row.get(name, "") for row in rows]
        nothings = ("", None) if kind in (pa.string(), pa.large_string()) else (None, None)
        arrays[name] = pa.array(
            [convert(cell) if cell else nothings[n % 2] for n, cell in enumerate(cells)], kind
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays), path, row_group_size=50)


# ---------------------------------------------------------------------------------- customers


def customers(random: Random) -> Rows:
    """C001 to C064 drawn, then the cases: thresholds of size, scope unsaid, names that bite."""
    rows = []
    sections = "ABCDEFGHIJKLMNOPQRST"
    divisions = {"F": ["51", "52", ""], "G": ["53", "54", "59", "60"], "H": ["61", "62"],
                 "I": ["63", "64", "65"], "Q": ["84", "85"], "K": ["70"]}  # fmt: skip
    for number in range(1, 65):
        section = random.choice(sections)
        row = {
            "customer_id": f"C{number:03}",
            "customer_type_code": "retail" if number % 9 == 0 else "corporate",
            "customer_name": f"客户{number}",
            "in_rating_scope": random.choice(["true", "TRUE", "1", "True", "0", "false", ""]),
            "employee_count": str(random.choice([3, 9, 10, 19, 20, 99, 100, 299, 300, 999, 1000])),
            "annual_revenue": f"{random.choice([40, 100, 300, 1000, 2000, 40000])}0000.00",
            "total_assets": f"{random.choice([100, 300, 5000, 8000, 120000])}0000",
            "industry_section": section,
            "industry_division": random.choice(divisions.get(section, ["", "01"])),
            "ownership_code": random.choice(["private", "state", "foreign", "", "collective"]),
            "region": random.choice(["north", "south", ""]),
        }
        if number % 3 == 0:
            row["enterprise_size_code"] = random.choice(
                ["large", "medium", "small", "micro", "unclassified"]
            )
        if number % 10 == 1:
            row[random.choice(["employee_count", "annual_revenue", "industry_section"])] = ""
        row |= {
            "marketing_consent": "" if number % 4 == 0 else "true",
            "relationship_manager_id": f"M{number % 3}" if number % 5 else "",
            "branch_code": f"B{number % 2}",
        }
        rows.append(row)
    # Tier boundaries are told by fees alone; see `fees`.
    for suffix in ("MILLION", "UNDERMILLION", "TWOHUNDRED", "UNDERTWOHUNDRED", "ATRISK", "NOCLASS"):
        rows.append(in_scope(f"T-{suffix}"))
    rows.append(in_scope("T-OUTSIDE") | {"in_rating_scope": "false"})
    rows.append(in_scope("T-UNSAID") | {"in_rating_scope": ""})
    # Each side of a threshold, in staff, revenue and assets; units of 10,000 yuan.
    for name, section, digits, staff, revenue, assets in [
        ("IND-LARGE", "C", "13", "1000", "400000000", ""),
        ("IND-STAFF", "C", "13", "999", "400000000", ""),
        ("IND-REVENUE", "C", "13", "1000", "399999999.99", ""),
        ("IND-SMALL", "D", "", "20", "3000000", ""),
        ("IND-MICRO", "B", "", "20", "2999999.99", "99"),
        ("AGR-MEDIUM", "A", "", "", "5000000", ""),
        ("CON-SMALL", "E", "", "", "59999999.99", "49999999.99"),
        ("WHO-MEDIUM", "F", "51", "20", "50000000", ""),
        ("RET-LARGE", "F", "52", "300", "200000000", ""),
        ("TRADE-UNSAID", "F", "", "300", "200000000", ""),
        ("RAIL", "G", "53", "300", "200000000", ""),
        ("STO-MEDIUM", "G", "59", "100", "10000000", ""),
        ("RED-LARGE", "K", "7010", "", "2000000000", "100000000"),
        ("PRO-SMALL", "K", "7020", "299", "10000000", ""),
        ("K-OTHER", "K", "7030", "10", "", ""),
        ("K-OWNED", "K", "7040", "10", "1", "1"),
        ("K-UNSAID", "K", "70", "10", "1", "1"),
        ("LEA-LARGE", "L", "71", "300", "", "1200000000"),
        ("FINANCE", "J", "66", "5000", "9000000000", "9000000000"),
        ("CLASSONLY", "F", "5212", "50.0", "5000000", ""),
        ("UNMEASURED", "I", "65", "", "1000000", ""),
        ("NOTHING", "", "", "1", "1", "1"),
    ]:
        is_class = len(digits) == 4
        rows.append(
            in_scope(f"S-{name}")
            | {
                "industry_section": section,
                "industry_division": "" if name == "CLASSONLY" else digits[:2],
                "industry_class_code": digits if is_class else "",
                "employee_count": staff,
                "annual_revenue": revenue,
                "total_assets": assets,
                "ownership_code": "" if section in "KG" else "\tprivate ",
            }
        )
    rows += [
        in_scope("N-NEWLINE") | {"customer_name": 'two\nlines, "quoted"\r\nthree'},
        in_scope("N-QUOTE") | {"customer_name": 'raw:Bob "Bo" Ltd 5" pipes'},
        in_scope("  N-BLANK  ") | {"customer_name": "   ", "ownership_code": "  "},
        in_scope("n-blank"),
        in_scope("N-ANYCASE") | {"in_rating_scope": "tRuE", "marketing_consent": "0"},
        in_scope("N,COMMA"),
    ]
    return rows


def in_scope(customer_id: str) -> dict[str, str]:
    return {
        "customer_id": customer_id,
        "customer_type_code": "corporate",
        "in_rating_scope": "true",
    }


BAD_CUSTOMERS: Rows = [
    {"customer_id": "", "customer_type_code": "corporate"},
    {"customer_id": "B-TYPE", "customer_type_code": ""},
    {"customer_id": "B-STAFF", "customer_type_code": "corporate", "employee_count": "12.5"},
    {"customer_id": "B-FLAG", "customer_type_code": "corporate", "in_rating_scope": "yes"},
    {"customer_id": "B-WORD", "customer_type_code": "Corporate", "in_rating_scope": "1"},
    {"customer_id": "B-SECTION", "customer_type_code": "corporate", "industry_section": "U"},
    {"customer_id": "B-REVENUE", "customer_type_code": "corporate", "annual_revenue": "-0.01"},
    {"customer_id": "B-STAFFS", "customer_type_code": "corporate", "employee_count": "2147483648"},
    {"customer_id": "C005", "customer_type_code": "corporate", "in_rating_scope": "1",
     "enterprise_size_code": "micro", "ownership_code": "state"},
]  # fmt: skip

# ------------------------------------------------------------------------------------ markets


def curves() -> Rows:
    """CNY by quarter, USD from mid 2015 only, HKD once; EUR, JPY and VND have none."""
    rows = []
    for code, days, base in [
        ("CNY", ["2015-02-01", "2015-07-01", "2016-01-01", "2016-05-01", "2017-03-15",
                 "2018-01-02", "2018-06-30", "2019-01-01"], "2.40"),
        ("USD", ["2015-06-15", "2017-01-01", "2018-02-28"], "0.75"),
        ("HKD", ["2016-02-29"], "1.10"),
        ("HLF", ["2015-01-01"], "1.000001"),
        ("cny", ["2015-01-01"], "9.99"),
    ]:  # fmt: skip
        for step, day in enumerate(days):
            for tenor, premium in [
                (1, "0"), (30, "0.31"), (90, "0.4137"), (365, "0.9"), (1095, "1.3333"),
                (1825, "1.71"),
            ]:  # fmt: skip
                percent = Decimal(base) + Decimal(premium) + Decimal("0.0713") * step
                rows.append(
                    {
                        "curve_code": code,
                        "curve_date": day,
                        "tenor_days": str(tenor),
                        "annual_rate_pct": str(percent),
                    }
                )
    rows.append(dict(rows[2]) | {"annual_rate_pct": "3.0001"})  # the last of two stands
    for column, value in [
        ("curve_code", ""), ("annual_rate_pct", "nan"), ("annual_rate_pct", "60.000001"),
        ("tenor_days", "0"), ("annual_rate_pct", "-5.5"),
    ]:  # fmt: skip
        rows.append(dict(rows[9]) | {"curve_date": "2017-08-08", column: value})
    return rows


def exchange_rates() -> dict[str, Rows]:
    """USD starts on 2015-03-10 and is missing for weeks; EUR by the month; CNY must not matter."""
    usd, day = [], date(2015, 3, 10)
    while day <= date(2019, 1, 10):
        if day.weekday() < 5 and day.day > 6:
            swing = (day.toordinal() * 37) % 997
            usd.append(
                {"rate_date": day.isoformat(), "rate_to_reporting": f"6.{100000 + swing * 431:08}"}
            )
        day += timedelta(days=3)
    eur = [
        {"rate_date": f"{year}-{month:02}-01", "rate_to_reporting": f"7.{month:02}{year % 100}"}
        for year in (2016, 2017, 2018)
        for month in range(2, 13, 2)
    ]
    bad = [
        {"rate_date": "", "rate_to_reporting": "6.5"},
        {"rate_date": "2018-02-30", "rate_to_reporting": "6.5"},
        {"rate_date": "2018-05-05", "rate_to_reporting": "6,5"},
        {"rate_date": "2018-05-06", "rate_to_reporting": "0.00"},
        {"rate_date": "2018-05-06", "rate_to_reporting": "-6.5"},
        {"rate_date": "2018-05-07", "rate_to_reporting": "6.123456789"},
        {"rate_date": "2018-05-08", "rate_to_reporting": "6.1234567800"},
        {"rate_date": "2018-05-08", "rate_to_reporting": "6.4"},
        {"rate_date": "2018-05-08", "rate_to_reporting": "infinity"},
        {"rate_date": "2018-05-09", "rate_to_reporting": "99999999999.5"},
    ]
    at_first = {"CNY": "2.5", "HLF": "0.5", "VND": "0.0003"}
    steady = {
        currency: [{"rate_date": "2015-01-01", "rate_to_reporting": rate}]
        for currency, rate in at_first.items()
    }
    return {"USD": usd + bad, "EUR": eur} | steady


def products() -> Rows:
    rows = [
        {"product_code": f"P{n:02}", "product_name": f"loan {n}", "product_family_code": "loan",
         "is_specialised": flag}
        for n, flag in enumerate(["true", "false", "1", "", "0", "TRUE"], start=1)
    ]  # fmt: skip
    rows += [
        {"product_code": "D01", "product_name": "demand", "product_family_code": "deposit"},
        {"product_code": "PBAD", "product_name": "x", "product_family_code": "loan",
         "is_specialised": "t"},
        {"product_code": "P01", "product_name": "", "product_family_code": "loan"},
        {"product_code": "P02", "product_name": "again", "product_family_code": "loan",
         "is_specialised": "true"},
        {"product_code": "007", "product_name": "leading noughts", "product_family_code": "loan",
         "is_specialised": "true"},
    ]  # fmt: skip
    return rows


# ----------------------------------------------------------------------------------- deposits


def money(random: Random, low: int, high: int) -> str:
    return f"{random.randint(low * 100, high * 100) / 100:.2f}"


def some_day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randint(0, (last - first).days))


def deposits(random: Random) -> tuple[Rows, Rows, Rows]:
    accounts, balances, rates = [], [], []
    for number in range(1, 56):
        account_id = f"A{number:03}"
        opened = some_day(random, date(2014, 11, 1), date(2018, 10, 31))
        account = {
            "account_id": account_id,
            "customer_id": f"C{random.randint(1, 64):03}",
            "product_code": "D01",
            "currency_code": random.choice(["CNY", "CNY", "", "USD", "USD", "EUR"]),
            "branch_code": f"B{number % 4}",
            "open_date": opened.isoformat(),
            "annual_rate_pct": random.choice(["0.35", "0.3", "1.5", "2.75", "-0.1", "0.000001"]),
        }
        if number % 3 == 0:
            account["maturity_date"] = (
                opened + timedelta(days=random.choice([0, 1, 45, 90, 200, 365, 1000, 2500]))
            ).isoformat()
        day = opened + timedelta(days=random.randint(0, 20))
        while day <= LAST_DAY and random.random() > 0.04:
            size = 40_000_000 if number % 8 == 0 else 300_000
            amount = random.choice([money(random, -5000, size), money(random, 0, size), "0.00"])
            balances.append(
                {"account_id": account_id, "balance_date": day.isoformat(), "balance": amount}
            )
            day += timedelta(days=random.choice([1, 1, 7, 30, 31, 90, 180]))
        if number % 4 == 0:
            for _ in range(3):
                rates.append(
                    {
                        "account_id": account_id,
                        "effective_date": some_day(random, opened, date(2019, 2, 1)).isoformat(),
                        "annual_rate_pct": money(random, 0, 4),
                    }
                )
        if number % 11 == 0:
            closed = some_day(random, opened, LAST_DAY)
            account["close_date"] = closed.isoformat()
            balances.append(
                {"account_id": account_id, "balance_date": closed.isoformat(), "balance": "0"}
            )
        accounts.append(account)
    return accounts, balances, rates


def deposit_cases() -> tuple[Rows, Rows, Rows]:
    """One account for each sentence about balances, currencies and rejected masters."""

    def account(account_id: str, customer_id: str, **others: str) -> dict[str, str]:
        plain = {"product_code": "D01", "open_date": "2015-01-01", "annual_rate_pct": "1.1"}
        return {"account_id": account_id, "customer_id": customer_id} | plain | others

    accounts = [
        account("X-HKD", "C010", currency_code="HKD"),
        account("X-JPY", "C010", currency_code="JPY"),
        account("X-JPYONLY", "N-QUOTE", currency_code="JPY"),
        account("X-EURONLY", "N-NEWLINE", currency_code="EUR", open_date="2018-01-01"),
        account("X-ZEROJPY", "N,COMMA", currency_code="JPY"),
        account("X-NEVERUSED", "C011"),
        account("X-LATER", "C011", open_date="2018-12-05"),
        account("X-BEFOREOPEN", "C012", open_date="2016-02-29", maturity_date="2017-02-28"),
        account("X-LEAP", "C012", open_date="2016-02-01", maturity_date="2016-03-01"),
        account("X-OVERDRAFT", "C013", annual_rate_pct="18"),
        account("X-CENT", "C013", currency_code="USD", open_date="2018-01-01"),
        account("X-STALE", "C014", close_date="2015-06-30"),
        account("X-BADOWNER", "B-STAFF"),
        # rounding: halves of a cent in conversion and in averages, on both sides of nought
        account("X-HALF", "C013", currency_code="HLF"),
        account("X-HALFAVERAGE", "C014", annual_rate_pct="0.000001"),
        account("X-SPECK", "T-TWOHUNDRED", currency_code="VND"),
        # wide: whole-year sums of a very large balance, a maturity that means never
        account("X-HUGE", "T-OUTSIDE", currency_code="USD", maturity_date="9999-12-31"),
        account("存款-1", "C014"),
        account("a|b", "C014"),
        account("X-CORE", "S-RED-LARGE", open_date="2017-12-31"),
        account("X-CORE2", "S-IND-LARGE", open_date="2018-03-01", maturity_date="2019-03-01"),
        # turned away, while their balances stay
        account("R-ORDER", "C015", maturity_date="2014-12-31"),
        account("R-CLOSED", "C015", close_date="2014-12-31"),
        account("R-RATE", "C015", annual_rate_pct="60.5"),
        account("R-RATELESS", "C015", annual_rate_pct=""),
        account("R-STRANGER", "C999"),
        account("R-DATE", "C015", open_date="2015/01/01"),
        account("X-TWICE", "C001"),
        account("X-TWICE", "C016", annual_rate_pct="0.5"),
        account("", "C016"),
    ]
    first = "2015-01-31"
    balances = [
        {"account_id": account_id, "balance_date": day, "balance": amount}
        for account_id, day, amount in [
            ("X-HKD", "2018-01-15", "1000.10"),
            ("X-JPY", first, "500000"),
            ("X-JPY", "2018-04-01", "0"),
            ("X-JPYONLY", "2018-03-03", "12"),
            ("X-EURONLY", "2018-01-01", "777777.77"),
            ("X-ZEROJPY", "2018-01-01", "0.00"),
            ("X-LATER", "2018-12-06", "10"),
            ("X-BEFOREOPEN", "2015-12-30", "90000"),
            ("X-LEAP", "2016-02-28", "366.66"),
            ("X-OVERDRAFT", "2018-02-02", "-123456.78"),
            ("X-OVERDRAFT", "2018-02-03", "0.01"),
            ("X-CENT", "2018-01-01", "0.01"),
            ("X-STALE", first, "4321.00"),
            ("X-BADOWNER", "2017-06-06", "5000000"),
            ("X-CORE", "2018-01-01", "88000000"),
            ("X-CORE2", "2018-03-01", "70000000.05"),
            ("X-HALF", "2015-05-01", "0.05"),
            ("X-HALF", "2015-05-02", "-0.05"),
            ("X-HALF", "2018-05-02", "-30000000.05"),
            ("X-HALFAVERAGE", "2018-06-01", "0.01"),
            ("X-HALFAVERAGE", "2018-06-16", "0"),
            ("X-HALFAVERAGE", "2018-09-01", "-0.01"),
            ("X-HALFAVERAGE", "2018-09-16", "0"),
            ("X-SPECK", "2018-02-01", "1.00"),
            ("X-SPECK", "2018-03-01", "0.00"),
            ("X-HUGE", "2016-01-01", "99999999999.99"),
            ("X-HUGE", "2016-12-31", "0.00"),
            ("存款-1", "2018-01-01", "12.5"),
            ("a|b", "2018-01-01", "12.5"),
            ("R-ORDER", first, "100"),
            ("R-CLOSED", first, "100"),
            ("R-RATE", "2018-12-31", "100.55"),
            ("R-RATELESS", first, "-3"),
            ("R-STRANGER", "2016-05-10", "7"),
            ("R-DATE", first, "7"),
            ("X-TWICE", "2018-05-01", "1000"),
        ]
    ]
    bad_balances = [
        {"account_id": account_id, "balance_date": day, "balance": amount}
        for account_id, day, amount in [
            ("", "2018-05-01", "5"),
            ("X-TWICE", "", "5.5"),
            ("X-TWICE", "2018-05-01", ""),
            ("X-TWICE", "2018-13-01", "5"),
            ("X-TWICE", "2018-05-02", "5.005"),
            ("X-TWICE", "2018-05-03", "1e4"),
            ("X-TWICE", "2018-05-04", "99999999999999999"),
            ("NOBODY", "2018-05-01", "1234567.89"),
            ("X-TWICE", "2018-05-01", "2000.50"),
            ("X-TWICE", "2018-06-01", "3000.50" + "0" * 60),
            ("X-TWICE", "2018-06-02", "0" * 60 + "3001.50"),
            ("X-TWICE", "2018-06-03", "-0.00"),
            ("X-TWICE", "2018-06-04", "9" * 60),
            ("X-TWICE", "2018-06-05", "0." + "0" * 60 + "1"),
        ]
    ]
    rates = [
        {"account_id": account_id, "effective_date": day, "annual_rate_pct": rate}
        for account_id, day, rate in [
            ("X-HKD", "2018-01-20", "0"),
            ("X-CORE", "2018-07-01", "0.2"),
            ("X-CORE", "2018-07-01", "0.25"),
            ("X-OVERDRAFT", "2018-02-02", "60"),
            ("X-OVERDRAFT", "2018-02-03", "60.000001"),
            ("X-OVERDRAFT", "2018-02-04", "-5.000001"),
            ("X-STALE", "2018-02-31", "1"),
            ("X-STALE", "2018-02-28", ""),
            ("NOBODY", "2018-02-28", "1"),
            ("R-RATE", "2018-02-28", "1"),
        ]
    ]
    return accounts, balances + bad_balances, rates


# -------------------------------------------------------------------------------------- loans


def loans(random: Random) -> tuple[Rows, Rows, Rows, Rows]:
    """Older loans, then the reporting year's: three kinds of borrowing with scatter."""
    contracts, balances, rates, classes = [], [], [], []
    kinds = [(160, "6.9", 800_000), (900, "5.2", 9_000_000), (330, "9.4", 3_000_000)]
    for number in range(1, 141):
        loan_id = f"L{number:04}"
        in_2018 = number > 40
        first, last = (
            (date(2018, 1, 1), LAST_DAY) if in_2018 else (date(2014, 6, 1), date(2017, 12, 31))
        )
        start = some_day(random, first, last)
        term, rate, size = kinds[random.choices([0, 1, 2], [12, 1, 4])[0]]
        term += random.randint(-80, 80)
        amount = Decimal(size) * random.randint(700, 1300) / 1000
        currency = random.choice(["CNY", "CNY", "CNY", "", "USD", "EUR"])
        loan = {
            "loan_id": loan_id,
            "customer_id": f"C{random.randint(1, 64):03}",
            "product_code": random.choice(
                ["P01", "P02", "P03", "P04", "P05", "P06", "PBAD", "P99"]
            ),
            "loan_type_code": random.choice(["WC", "FA", "TF"]),
            "guarantee_type_code": random.choice(["credit", "mortgage", "pledge", ""]),
            "currency_code": currency,
            "contract_amount": f"{amount:.2f}",
            "start_date": start.isoformat(),
            "maturity_date": (start + timedelta(days=term)).isoformat(),
            "annual_rate_pct": str(Decimal(rate) + Decimal(random.randint(-90, 90)) / 100),
        }
        if number % 13 == 0:
            loan["maturity_date"] = ""
        if number % 17 == 0:
            loan["annual_rate_pct"] = ""
        if number % 29 == 0 and number % 13:
            twin = contracts[-1]
            if twin["maturity_date"]:
                term = (
                    date.fromisoformat(twin["maturity_date"])
                    - date.fromisoformat(twin["start_date"])
                ).days
                loan |= {
                    "currency_code": twin["currency_code"],
                    "contract_amount": twin["contract_amount"],
                    "start_date": twin["start_date"],
                    "maturity_date": twin["maturity_date"],
                    "annual_rate_pct": twin["annual_rate_pct"],
                }
                start = date.fromisoformat(twin["start_date"])
        contracts.append(loan)
        if number % 17 == 0 and number % 2 == 0:
            rates.append(
                {
                    "loan_id": loan_id,
                    "effective_date": start.isoformat(),
                    "annual_rate_pct": "6.6600",
                }
            )
        if number % 6:
            left, day = amount, start + timedelta(days=random.choice([0, 0, 3]))
            for _ in range(random.randint(1, 5)):
                if day > LAST_DAY:
                    break
                balances.append(
                    {
                        "loan_id": loan_id,
                        "balance_date": day.isoformat(),
                        "principal_balance": f"{left:.2f}",
                    }
                )
                left = Decimal(0) if random.random() < 0.2 else left * random.randint(40, 99) / 100
                day += timedelta(days=random.randint(1, 120))
        if number % 5 == 0:
            for _ in range(2):
                rates.append(
                    {
                        "loan_id": loan_id,
                        "effective_date": some_day(random, start, date(2019, 3, 1)).isoformat(),
                        "annual_rate_pct": str(Decimal(random.randint(300, 1200)) / 100),
                    }
                )
        if number % 7:
            for _ in range(random.randint(1, 3)):
                classes.append(
                    {
                        "loan_id": loan_id,
                        "effective_date": some_day(random, start, date(2019, 3, 1)).isoformat(),
                        "class_code": random.choices("12345", [20, 3, 1, 1, 1])[0],
                    }
                )
    return contracts, balances, rates, classes


def loan_cases() -> tuple[Rows, Rows, Rows, Rows]:
    """One loan for each sentence; the tier cases are open by their dates alone."""

    def loan(loan_id: str, customer_id: str, **others: str) -> dict[str, str]:
        return {
            "loan_id": loan_id,
            "customer_id": customer_id,
            "product_code": "P01",
            "loan_type_code": "WC",
            "guarantee_type_code": "credit",
            "currency_code": "CNY",
            "contract_amount": "1000000",
            "start_date": "2017-02-01",
            "maturity_date": "2020-02-01",
            "annual_rate_pct": "7.2",
        } | others

    contracts, balances, rates, classes = [], [], [], []
    for customer_id, class_code in [
        ("T-MILLION", "1"), ("T-UNDERMILLION", "1"), ("T-TWOHUNDRED", "1"),
        ("T-UNDERTWOHUNDRED", "1"), ("T-ATRISK", "3"), ("T-NOCLASS", ""), ("T-OUTSIDE", "1"),
        ("T-UNSAID", "1"), ("S-RED-LARGE", "1"), ("S-IND-LARGE", "1"),
    ]:  # fmt: skip
        year = "2018" if customer_id.startswith("T-M") or customer_id.startswith("S-") else "2017"
        maturity = "" if customer_id == "T-MILLION" else "2020-02-01"
        contracts.append(
            loan(
                f"O-{customer_id}", customer_id, start_date=f"{year}-02-01", maturity_date=maturity
            )
        )
        if class_code:
            classes.append((f"O-{customer_id}", f"{year}-02-01", class_code))
    sized = [
        "IND-STAFF", "IND-REVENUE", "IND-SMALL", "IND-MICRO", "AGR-MEDIUM", "CON-SMALL",
        "WHO-MEDIUM", "RET-LARGE", "TRADE-UNSAID", "RAIL", "STO-MEDIUM", "PRO-SMALL", "K-OTHER",
        "K-OWNED", "K-UNSAID", "LEA-LARGE", "FINANCE", "UNMEASURED", "NOTHING", "RED-LARGE",
        "IND-LARGE", "CLASSONLY",
    ]  # fmt: skip
    for number, name in enumerate(sized, start=1):
        contracts.append(
            loan(
                f"Z-{name}",
                f"S-{name}",
                product_code=["P01", "P02", "007", "P04"][number % 4],
                loan_type_code=["WC", "FA"][number % 2],
                start_date=f"2018-0{1 + number % 9}-15",
                maturity_date=f"2019-0{1 + number % 9}-{10 + number % 13}",
                contract_amount=f"{1_300_000 + 77_777 * number}.{number:02}",
                annual_rate_pct=f"6.{number * 3:02}",
            )
        )
        classes.append((f"Z-{name}", "2018-06-01", "1"))
        balances.append((f"Z-{name}", f"2018-0{1 + number % 9}-15", f"{1_000_000 + number}.5"))
    contracts += [
        loan("Y-CLOSED", "C020"),
        loan("Y-OVERPAID", "C020"),
        loan("Y-OPEN", "C020", start_date="2018-11-11"),
        loan("Y-MATURESTODAY", "C021", maturity_date="2018-12-31"),
        loan("Y-MATURESTOMORROW", "C021", maturity_date="2019-01-01"),
        loan("Y-TOMORROW", "C021", start_date="2018-12-31"),
        loan("Y-SAMEDAY", "C022", start_date="2018-05-05", maturity_date="2018-05-05"),
        loan("Y-NORATE", "C023", annual_rate_pct="", start_date="2018-01-10"),
        loan("Y-ONLYNORATE", "n-blank", annual_rate_pct="", start_date="2018-01-10"),
        loan("Y-RATELATER", "C023", annual_rate_pct="", start_date="2018-01-10"),
        loan("Y-RATEINTIME", "C023", annual_rate_pct="", start_date="2018-01-10"),
        loan("Y-JPY", "C024", currency_code="JPY", start_date="2018-06-01"),
        loan("Y-HKD", "C024", currency_code="HKD", start_date="2018-06-01"),
        loan("Y-USDEARLY", "C024", currency_code="USD", start_date="2015-03-01"),
        # a half at the tenth decimal of the spread, which is rounded as a whole and is negative
        loan("Y-HALFSPREAD", "C025", start_date="2015-04-01", annual_rate_pct="1.000001"),
        loan("Y-NEGATIVERATE", "C025", start_date="2015-04-01", annual_rate_pct="-0.000001"),
        loan("Y-NEVER", "C025", start_date="2015-04-01", maturity_date="9999-12-31"),
        loan("贷-1", "C025", start_date="2018-04-01"),
        loan("y-lower", "C025", start_date="2018-04-01"),
        loan("Y|PIPE", "C025", start_date="2018-04-01"),
        loan("Y-TAX", "C025", start_date="2016-04-01", maturity_date="2016-06-30"),
        loan("Y-FREE", "C025", contract_amount="0", start_date="2018-03-03"),
        loan("Y-MERGER", "B-WORD", start_date="2018-04-04"),
        loan("Y-CAMPAIGN", "C026", campaign_id="K1"),
        loan("Y-GONE", "C026", campaign_id="KX"),
        loan("Y-NEGATIVE", "C027"),
        # turned away, while their balances stay
        loan("Q-ORDER", "C028", maturity_date="2017-01-31"),
        loan("Q-AMOUNT", "C028", contract_amount="-1"),
        loan("Q-METHOD", "C028", repayment_method_code="balloon"),
        loan("Q-PD", "C028", probability_of_default="1.01"),
        loan("Q-MONTHS", "C028", repricing_months="0"),
        loan("Q-TYPELESS", "C028", loan_type_code=""),
        loan("Q-STRANGER", "C998"),
        loan("Y-TWICE", "C001", contract_amount="5"),
        loan("Y-TWICE", "C029", contract_amount="6", start_date="2018-09-09"),
    ]
    balances += [
        ("Y-CLOSED", "2017-02-01", "1000000"),
        ("Y-CLOSED", "2018-12-31", "0"),
        ("Y-OVERPAID", "2017-02-01", "-0.01"),
        ("Y-OPEN", "2018-12-31", "0.01"),
        ("Y-SAMEDAY", "2018-05-05", "3000"),
        ("Y-NORATE", "2018-01-10", "500000"),
        ("Y-NORATE", "2018-07-02", "0"),
        ("Y-ONLYNORATE", "2018-01-10", "500000"),
        ("Y-RATELATER", "2018-01-10", "400000"),
        ("Y-RATEINTIME", "2018-01-10", "300000"),
        ("Y-JPY", "2018-06-01", "9000000"),
        ("Y-HKD", "2018-06-01", "9000"),
        ("Y-USDEARLY", "2015-03-01", "123456.78"),
        ("Y-HALFSPREAD", "2015-04-01", "87654321.09"),
        ("Y-HALFSPREAD", "2016-12-31", "0"),
        ("Y-NEGATIVERATE", "2015-04-01", "87654321.09"),
        ("Y-NEGATIVERATE", "2016-12-31", "0"),
        ("Y-NEVER", "2015-04-01", "1.01"),
        ("Y-NEVER", "2015-07-01", "0"),
        ("Y-TAX", "2016-04-01", "1234567.89"),
        ("Y-TAX", "2016-06-30", "0.00"),
        ("Y-MERGER", "2018-04-04", "2222222.22"),
        ("Y-NEGATIVE", "2017-05-05", "-99.99"),
        ("Q-ORDER", "2018-01-01", "10"),
        ("Q-AMOUNT", "2018-01-01", "20"),
        ("Q-METHOD", "2018-01-01", "30"),
        ("Q-PD", "2018-01-01", "40"),
        ("Q-STRANGER", "2016-03-01", "50"),
        ("", "2018-01-01", "1"),
        ("Y-TWICE", "2018-09-09", "six"),
        ("Y-TWICE", "2018-09-10", "6.001"),
        ("NOBODY", "2018-09-09", "60.06"),
        ("Y-TWICE", "2018-09-11", "5"),
        ("Y-TWICE", "2018-09-11", "6"),
    ]
    rates += [
        ("Y-RATELATER", "2018-03-15", "5.5"),
        ("Y-RATEINTIME", "2017-12-01", "5.1"),
        ("Y-RATEINTIME", "2018-01-10", "5.2"),
        ("Y-RATEINTIME", "2018-01-11", "5.3"),
        ("Y-TAX", "2016-05-01", "4.9"),
        ("Y-TAX", "2016-05-32", "4.9"),
        ("Y-TAX", "2016-05-02", "61"),
        ("Y-TAX", "2016-05-02", ""),
        ("NOBODY", "2016-05-02", "5"),
        ("Y-TAX", "2016-05-01", "4.95"),
    ]
    classes += [
        ("Y-CLOSED", "2018-12-31", "5"),
        ("Y-OVERPAID", "2018-01-01", "4"),
        ("Y-OPEN", "2018-11-11", "2"),
        ("Y-OPEN", "2018-12-31", "1"),
        ("Y-MATURESTODAY", "2018-01-01", "5"),
        ("Y-MATURESTOMORROW", "2018-01-01", "2"),
        ("Y-TOMORROW", "2018-12-31", "3"),
        ("Y-MERGER", "2018-12-31", "1"),
        ("O-T-NOCLASS", "2019-01-01", "1"),
        ("Y-OPEN", "2018-12-30", "6"),
        ("Y-OPEN", "2018-12-29", "0"),
        ("", "2018-12-29", "1"),
        ("NOBODY", "2018-12-29", "1"),
        ("Y-TWICE", "2018-12-29", "1"),
        ("Y-TWICE", "2018-12-29", "2"),
    ]
    return (
        contracts,
        named(balances, "loan_id", "balance_date", "principal_balance"),
        named(rates, "loan_id", "effective_date", "annual_rate_pct"),
        named(classes, "loan_id", "effective_date", "class_code"),
    )


def named(tuples: list[tuple], *names: str) -> Rows:
    return [dict(zip(names, values, strict=True)) for values in tuples]


# ------------------------------------------------------------------- fees, ledger, the rest


def fees(random: Random) -> Rows:
    rows = []
    for number in range(1, 121):
        rows.append(
            {
                "fee_id": f"F{number:04}",
                "customer_id": f"C{random.randint(1, 64):03}",
                "booked_date": some_day(random, date(2015, 1, 1), LAST_DAY).isoformat(),
                "fee_type_code": random.choice(["settlement", "advice", ""]),
                "amount": money(random, -200, 90_000 if number % 5 else 900_000),
                "currency_code": random.choice(["CNY", "", "USD", "EUR"]),
            }
        )
    exact = [
        ("T-MILLION", "600000.00"), ("T-MILLION", "400000"), ("T-UNDERMILLION", "999999.99"),
        ("T-TWOHUNDRED", "200000"), ("T-UNDERTWOHUNDRED", "199999.99"), ("T-ATRISK", "1000000"),
        ("T-NOCLASS", "1000000"), ("T-OUTSIDE", "5000000"), ("T-UNSAID", "1000000"),
        ("T-UNSAID", "-1"),
    ]  # fmt: skip
    for number, (customer_id, amount) in enumerate(exact):
        rows.append(
            {
                "fee_id": f"T{number}",
                "customer_id": customer_id,
                "booked_date": ["2018-01-01", "2018-11-30"][number % 2],
                "amount": amount,
            }
        )
    columns = ("fee_id", "customer_id", "booked_date", "amount", "currency_code")
    rows += named(
        [
            ("E-LASTYEAR", "C030", "2017-12-31", "1111.11", ""),
            ("E-NEWYEAR", "C030", "2018-01-01", "2222.22", "CNY"),
            ("E-LASTDAY", "C030", "2018-12-31", "3333.33", ""),
            ("E-JPY", "C031", "2018-05-05", "100", "JPY"),
            ("E-USDEARLY", "C031", "2015-02-02", "100", "USD"),
            ("E-BADOWNER", "B-SECTION", "2018-05-05", "250000", ""),
            ("E-LATEOWNER", "B-REVENUE", "2018-12-20", "1", ""),
            ("", "C030", "2018-05-05", "1", ""),
            ("G-OWNER", "", "2018-05-05", "2", ""),
            ("G-DATE", "C030", "05.05.2018", "4", ""),
            ("G-AMOUNT", "C030", "2018-05-05", "$8", ""),
            ("G-SCALE", "C030", "2018-05-05", "0.999", ""),
            ("G-STRANGER", "C997", "2018-05-05", "16", ""),
            ("E-NEWYEAR", "C032", "2018-01-02", "32", ""),
        ],
        *columns,
    )
    return rows


def ledger(balances: Rows) -> Rows:
    rows = []
    for day in ("2015-12-31", "2016-05-15", "2018-06-30", "2018-12-31"):
        for account_class in ("deposit", "loan", "fee"):
            for currency in ("CNY", "USD"):
                rows.append(
                    {
                        "as_of_date": day,
                        "account_class_code": account_class,
                        "currency_code": currency,
                        "amount": f"{len(balances) * 1000}.05",
                    }
                )
    columns = ("as_of_date", "account_class_code", "currency_code", "amount")
    return rows + named(
        [
            ("2018-12-31", "deposit", "GBP", "-5"),
            ("2018-12-31", "loan", "JPY", "9000000"),
            ("2014-01-01", "fee", "CNY", "0"),
            ("2018-12-31", "Deposit", "CNY", "7"),
            ("2018-12-31", "wealth", "CNY", "7"),
            ("2018-12-31", "loan", "", "7"),
            ("2018-12-31", "loan", "CNY", ""),
            ("2018-12-31", "loan", "CNY", "7.777"),
            ("2018-12-3", "loan", "CNY", "7"),
            ("2018-12-31", "loan", "USD", "8"),
        ],
        *columns,
    )


def campaigns() -> dict[str, Rows]:
    return {
        "campaign": named(
            [
                ("K1", "spring", "2018-03-01", "2018-03-01", "1000"),
                ("K2", "summer", "2018-06-01", "", ""),
                ("K3", "backwards", "2018-06-02", "2018-06-01", "77"),
                ("K4", "", "2018-06-02", "", "5"),
                ("K5", "costly", "2018-06-02", "", "-5"),
                ("K6", "odd", "someday", "", "6"),
                ("K7", "dear", "2018-06-02", "", "6.666"),
                ("K2", "summer again", "2018-06-01", "", "12.5"),
            ],
            "campaign_id", "campaign_name", "start_date", "end_date", "fixed_cost",
        ),
        "campaign_target": named(
            [
                ("K1", "C001", "treatment", "2018-03-01", "0.5", "0.01"),
                ("K1", "C002", "control", "2018-03-01", "-3.25", ""),
                ("K3", "C002", "control", "2019-03-01", "", "1"),
                ("K1", "C003", "holdout", "2018-03-01", "", ""),
                ("K1", "C004", "control", "", "", ""),
                ("K1", "C004", "control", "2018-03-01", "1e-3", ""),
                ("K1", "C004", "control", "2018-03-01", "9" * 400, ""),
                ("K1", "C004", "control", "2018-03-01", "", "-0.1"),
                ("K1", "C996", "control", "2018-03-01", "", ""),
                ("KX", "C004", "control", "2018-03-01", "", ""),
                ("K1", "C001", "control", "2018-03-02", "", ""),
            ],
            "campaign_id", "customer_id", "arm_code", "assigned_date", "response_score",
            "default_probability",
        ),
        "campaign_contact": named(
            [
                ("1", "K1", "C001", "sms", "2018-03-02T09:30:00", "0.05"),
                ("2", "K1", "C002", "sms", "2018-03-02 09:30:00.5", ""),
                ("3", "K1", "C002", "call", "2018-03-02", "3"),
                ("4", "K1", "C002", "", "2018-03-02", "3"),
                ("6", "K1", "C002", "call", "2018-03-02", "-3"),
                ("7", "K9", "C002", "call", "2018-03-02", "3"),
                ("8", "K1", "C995", "call", "2018-03-02", "3"),
                ("3", "K1", "C003", "call", "2018-03-03", "4"),
                ("9", "K1", "C002", "call", "2019-03-02", "3"),
            ],
            "contact_id", "campaign_id", "customer_id", "channel_code", "contacted_at", "cost",
        ),
        "campaign_event": named(
            [
                ("E1", "K1", "C001", "applied", "2018-03-05T10:00:00", "500.00", ""),
                ("E2", "K1", "C001", "drawn", "2018-12-31T23:59:59", "500.00", "Y-CAMPAIGN"),
                ("E3", "K1", "C001", "opened", "2018-03-05T00:00:00", "", "Q-PD"),
                ("E4", "K1", "C001", "bought", "2018-03-05T10:00:00", "1.00", ""),
                ("E5", "K1", "C001", "drawn", "2018-03-05T10:00:00", "2.00", "NOBODY"),
                ("E6", "", "C001", "drawn", "2018-03-05T10:00:00", "4.00", ""),
                ("E7", "K1", "C001", "drawn", "", "8.00", ""),
                ("E8", "K1", "C001", "drawn", "2018-03-05T10:00:00", "-16.00", ""),
                ("E1", "K1", "C002", "clicked", "2018-03-06 10:00:00.25", "32.00", ""),
                ("E9", "K1", "C002", "clicked", "2018-03-06T25:00:00", "64.00", ""),
                ("E10", "K1", "C002", "clicked", "06.03.2018", "128.00", ""),
                ("E11", "K1", "C002", "clicked", "2018-03-06", "256.001", ""),
            ],
            "event_id", "campaign_id", "customer_id", "event_code", "occurred_at", "amount",
            "loan_id",
        ),
    }  # fmt: skip


def performance() -> Rows:
    return named(
        [
            ("L0001", "2018-11-30", "0", "1000.00", ""),
            ("L0001", "2018-12-31", "3.0", "900", "open"),
            ("L0002", "2018-12-31", "31", "", "written_off"),
            ("Q-PD", "2018-12-31", "90", "40", "sold"),
            ("L0003", "2018-12-31", "", "1", ""),
            ("L0003", "2018-12-31", "1.5", "2", ""),
            ("L0003", "2018-12-31", "-1", "4", ""),
            ("L0003", "2018-12-31", "1", "-8", ""),
            ("L0003", "2018-12-31", "1", "16", "closed"),
            ("NOBODY", "2018-12-31", "1", "32", ""),
            ("L0003", "2018-12-31", "99999999999", "64", ""),
            ("L0001", "2018-11-30", "5", "128", ""),
        ],
        "loan_id", "month_end_date", "days_past_due", "principal_balance", "status_code",
    )  # fmt: skip


# ------------------------------------------------------------------------------ the whole bank


def shuffled(random: Random, rows: Rows) -> Rows:
    random.shuffle(rows)
    return rows


def write(folder: pathlib.Path) -> None:
    """The second bank, in every form an extract may take."""
    random = Random(20181231)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    rows = customers(random) + BAD_CUSTOMERS
    for row in rows:
        row["vip"] = "no"  # a column nobody asked for
    write_csv(folder / "customer.csv", rows, bom=True)
    write_csv(folder / "product.csv", products())

    drawn, cases = deposits(random), deposit_cases()
    accounts, balances, rates = (a + b for a, b in zip(drawn, cases, strict=True))
    write_csv(folder / "deposit_account.csv.gz", accounts, bom=True)
    write_parquet(
        folder / "deposit_rate.parquet", rates, {"annual_rate_pct": "float", "account_id": "text"}
    )
    # Good balances come as typed parts by year, the doubtful ones as a part of text. Later files
    # win over earlier ones, so a part's name matters.
    doubtful = [row for row in balances if row["account_id"] in ("", "X-TWICE", "NOBODY")]
    sound = shuffled(random, [row for row in balances if row not in doubtful])
    for year in sorted({row["balance_date"][:4] for row in sound}):
        part = [row for row in sound if row["balance_date"].startswith(year)]
        kinds = {"balance_date": "date", "balance": "money"}
        if year == "2015":
            kinds = {}
        if year == "2016":
            kinds = {"balance_date": "second", "balance": "wide_money"}
        if year == "2017":
            kinds = {"balance_date": "timestamp", "balance": "float"}
            part.append({"account_id": "X-HALF", "balance_date": "2017-12-30", "balance": "0.125"})
            part.append({"account_id": "X-HALF", "balance_date": "2017-12-31", "balance": "-0.375"})
        write_parquet(folder / f"deposit_balance/year={year}/part-0.parquet", part, kinds)
    write_parquet(folder / "deposit_balance/year=none/part-0.parquet", doubtful)

    drawn, cases = loans(random), loan_cases()
    contracts, balances, rates, classes = (a + b for a, b in zip(drawn, cases, strict=True))
    write_parquet(
        folder / "loan_contract.parquet",
        contracts,
        {
            "start_date": "timestamp",
            "maturity_date": "date",
            "contract_amount": "float",
            "annual_rate_pct": "rate",
            "repricing_months": "float",
            "probability_of_default": "float",
            "loan_type_code": "large_text",
        },
    )
    write_csv(folder / "loan_balance.csv.gz", shuffled(random, balances[:-9]) + balances[-9:])
    write_csv(folder / "loan_rate.csv", rates)
    write_parquet(folder / "loan_classification.parquet", classes, {"class_code": "float"})

    write_csv(folder / "fee_income.csv", fees(random))
    write_parquet(
        folder / "ftp_curve.parquet",
        curves(),
        {"tenor_days": "float", "curve_date": "second", "annual_rate_pct": "float"},
    )
    for currency, rows in exchange_rates().items():
        write_csv(folder / f"exchange_rate/currency_code={currency}/part.csv", rows)
    write_csv(folder / "ledger_control.csv", ledger(balances))
    write_csv(folder / "loan_performance.csv", performance())
    marketing = campaigns()
    write_csv(folder / "campaign_event.csv.gz", marketing.pop("campaign_event"))
    write_parquet(
        folder / "campaign_contact.parquet",
        marketing.pop("campaign_contact"),
        {"contact_id": "int", "contacted_at": "second", "cost": "float"},
    )
    for table, rows in marketing.items():
        write_csv(folder / f"{table}.csv", rows)


def write_without_dates(folder: pathlib.Path) -> None:
    """Customers, accounts and prices of a bank that has not yet kept a balance."""
    accounts, _, _ = deposit_cases()
    rate = {"account_id": "X-TWICE", "effective_date": "2018-01-01", "annual_rate_pct": "1"}
    write_csv(folder / "customer.csv", customers(Random(1))[:5])
    write_csv(folder / "deposit_account.csv", [a for a in accounts if a["customer_id"] == "C001"])
    write_csv(folder / "deposit_rate.csv", [rate])
    write_parquet(folder / "ftp_curve.parquet", curves())


# ------------------------------------------------------------------------------- random banks

WORDS_THAT_ARE_NOT = [
    "", " ", "x", "1e5", "-1", "NaN", "2017-02-29", "2017-2-1", "None", "99999999999999999999",
    "0.1234567890123", "TRUE", "+5", "5.", "1,000", "-0", "007", "1.50000000000",
]  # fmt: skip


class Draw:
    """A random bank in the making: its days, its names and its habits of error."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.first = some_day(self.random, date(2014, 6, 1), date(2018, 6, 1))
        self.last = self.first + timedelta(days=self.random.randint(5, 560))
        self.error_rate = self.random.choice([0, 0, 0.01, 0.05])
        self.repeat_rate = self.random.choice([0, 0.03, 0.2])
        self.currencies = self.random.choice(
            [["CNY"], ["", "CNY"], ["CNY", "CNY", "USD", ""], ["CNY", "USD", "EUR", "GBP"]]
        )
        count = self.random.choice([1, 3, 12, 30, 30])
        self.customer_ids = [f"C{n}" for n in range(count)]
        self.account_ids = [f"A{n}" for n in range(self.random.choice([1, 4, 15]))]
        self.loan_ids = [f"L{n}" for n in range(self.random.choice([2, 5, 40, 40]))]

    def day(self, wide: bool = False) -> str:
        slack = timedelta(days=90 if wide else 0)
        return some_day(self.random, self.first - slack, self.last + slack).isoformat()

    def some(self, names: list[str]) -> str:
        return self.random.choice(names) if self.random.random() > 0.02 else "STRANGER"

    def amount(self, low: int, high: int) -> str:
        return f"{self.random.uniform(low, high):.2f}"

    def rate(self) -> str:
        return f"{self.random.uniform(-1, 14):.{self.random.choice([1, 2, 4, 6])}f}"

    def maybe(self, text: str, chance: float = 0.5) -> str:
        return text if self.random.random() < chance else ""

    def pick(self, *words: str) -> str:
        return self.random.choice(words)


def random_rows(draw: Draw) -> dict[str, Rows]:
    """Rows of every table before errors creep in."""
    a, some, pick = draw.amount, draw.some, draw.pick
    many = draw.random.choice([1, 3, 8])

    def later(day: str) -> str:
        spread = draw.random.choice([0, 1, 30, 400, 2000])
        return (
            date.fromisoformat(day) + timedelta(days=draw.random.randint(0, spread))
        ).isoformat()

    tables: dict[str, Rows] = {}
    tables["customer"] = [
        {
            "customer_id": customer_id,
            "customer_type_code": pick("corporate", "corporate", "retail"),
            "in_rating_scope": pick("true", "1", "false", ""),
            "enterprise_size_code": draw.maybe(pick("large", "small", "micro", "unclassified")),
            "employee_count": draw.maybe(pick("5", "10", "299", "300", "1000"), 0.8),
            "annual_revenue": draw.maybe(a(0, 900_000_000), 0.8),
            "total_assets": draw.maybe(a(0, 900_000_000), 0.8),
            "industry_section": draw.maybe(pick(*"ABCEFGHIJKLMQS"), 0.9),
            "industry_division": draw.maybe(pick("51", "52", "59", "63", "65", "70", "85")),
            "ownership_code": draw.maybe(pick("private", "state")),
        }
        for customer_id in draw.customer_ids
    ]
    tables["product"] = [
        {
            "product_code": f"P{n}",
            "product_name": f"product {n}",
            "product_family_code": "loan",
            "is_specialised": pick("true", "false", ""),
        }
        for n in range(4)
    ]
    tables["deposit_account"], tables["loan_contract"] = [], []
    for account_id in draw.account_ids:
        opened = draw.day(wide=True)
        tables["deposit_account"].append(
            {
                "account_id": account_id,
                "customer_id": some(draw.customer_ids),
                "product_code": "D",
                "currency_code": pick(*draw.currencies),
                "open_date": opened,
                "maturity_date": draw.maybe(later(opened)),
                "annual_rate_pct": draw.rate(),
            }
        )
    for loan_id in draw.loan_ids:
        start = draw.day()
        loan = {
            "loan_id": loan_id,
            "customer_id": some(draw.customer_ids),
            "product_code": f"P{draw.random.randint(0, 5)}",
            "loan_type_code": pick("WC", "FA"),
            "guarantee_type_code": draw.maybe("mortgage"),
            "currency_code": pick(*draw.currencies),
            "contract_amount": a(1000, 9_000_000),
            "start_date": start,
            "maturity_date": draw.maybe(later(start), 0.9),
            "annual_rate_pct": draw.maybe(draw.rate(), 0.97),
            "campaign_id": draw.maybe(pick("K1", "K2"), 0.1),
        }
        if tables["loan_contract"] and draw.random.random() < 0.1:
            twin = tables["loan_contract"][-1]
            shape = ("currency_code", "contract_amount", "start_date", "maturity_date")
            loan |= {name: twin[name] for name in (*shape, "annual_rate_pct")}
        tables["loan_contract"].append(loan)
    for table, ids, key, value in [
        ("deposit_balance", draw.account_ids, "account_id", "balance"),
        ("loan_balance", draw.loan_ids, "loan_id", "principal_balance"),
    ]:
        tables[table] = [
            {key: some(ids), "balance_date": draw.day(), value: a(-1000, 9_000_000)}
            for _ in range(len(ids) * many)
        ]
        for row in tables[table]:
            if draw.random.random() < 0.15:
                row[value] = "0.00"
    for table, ids, key in [
        ("deposit_rate", draw.account_ids, "account_id"),
        ("loan_rate", draw.loan_ids, "loan_id"),
    ]:
        tables[table] = [
            {key: some(ids), "effective_date": draw.day(wide=True), "annual_rate_pct": draw.rate()}
            for _ in range(len(ids))
        ]
    tables["loan_classification"] = [
        {
            "loan_id": some(draw.loan_ids),
            "effective_date": draw.day(wide=True),
            "class_code": pick(*"11111123"),
        }
        for _ in range(len(draw.loan_ids) * 3)
    ]
    tables["loan_performance"] = [
        {"loan_id": some(draw.loan_ids), "month_end_date": draw.day(), "days_past_due": "0"}
        for _ in range(3)
    ]
    tables["fee_income"] = [
        {
            "fee_id": f"F{n}",
            "customer_id": some(draw.customer_ids),
            "booked_date": draw.day(),
            "amount": pick(a(-100, 400_000), "200000.00", "1000000"),
            "currency_code": pick(*draw.currencies),
        }
        for n in range(draw.random.choice([0, 4, 30]))
    ]
    tables["ftp_curve"] = [
        {
            "curve_code": code,
            "curve_date": day,
            "tenor_days": str(tenor),
            "annual_rate_pct": f"{draw.random.uniform(0, 6):.4f}",
        }
        for code in ("CNY", "USD", "EUR")[: draw.random.randint(1, 3)]
        for day in {draw.day(wide=True) for _ in range(many)}
        for tenor in draw.random.sample([1, 7, 30, 90, 365, 366, 1825], draw.random.randint(1, 5))
    ]
    tables["ftp_curve"].sort(key=lambda row: tuple(row.values()))
    tables["exchange_rate"] = [
        {
            "currency_code": pick("USD", "EUR", "CNY"),
            "rate_date": draw.day(wide=True),
            "rate_to_reporting": f"{draw.random.uniform(0.1, 9):.8f}",
        }
        for _ in range(draw.random.choice([1, 10, 60]))
    ]
    tables["ledger_control"] = [
        {
            "as_of_date": draw.day(),
            "account_class_code": pick("deposit", "loan", "fee"),
            "currency_code": pick("CNY", "USD"),
            "amount": a(-1000, 1_000_000),
        }
        for _ in range(5)
    ]
    tables["campaign"] = [
        {"campaign_id": "K1", "campaign_name": "one", "start_date": draw.day()},
    ]
    tables["campaign_event"] = [
        {
            "event_id": f"E{n}",
            "campaign_id": pick("K1", "K1", "K2"),
            "customer_id": some(draw.customer_ids),
            "event_code": "applied",
            "occurred_at": draw.day() + "T08:15:00",
            "amount": draw.maybe(a(0, 100)),
            "loan_id": draw.maybe(some(draw.loan_ids)),
        }
        for n in range(3)
    ]
    return tables


def spoil(draw: Draw, rows: Rows) -> Rows:
    """Errors in cells and repeated keys, at this bank's rates."""
    for row in rows:
        for name in row:
            if draw.random.random() < draw.error_rate / 2:
                row[name] = draw.pick(*WORDS_THAT_ARE_NOT)
    for row in list(rows):
        if draw.random.random() < draw.repeat_rate:
            other = dict(row)
            name = draw.pick(*row)
            other[name] = draw.pick(*rows)[name]
            rows.insert(draw.random.randint(0, len(rows)), other)
    return rows


def write_random(folder: pathlib.Path, seed: int) -> dict[str, str]:
    """A bank nobody thought of; returns the vars it wants to be built with."""
    draw = Draw(seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    absent_rate = draw.random.choice([0, 0, 0, 0.1, 0.4])
    for table, rows in random_rows(draw).items():
        rows = spoil(draw, rows)
        form = draw.pick("csv", "csv", "csv.gz", "parquet", "csv parts", "parquet parts")
        if draw.random.random() < absent_rate:
            continue
        header = columns_of(rows)
        if not rows:
            # header only: present, and empty
            (folder / f"{table}.csv").write_text(EMPTY_HEADERS[table] + "\n")
        elif form == "parquet":
            write_parquet(folder / f"{table}.parquet", rows)
        elif form.endswith("parts"):
            half = len(rows) // 2
            for name, part in (("b", rows[:half]), ("a", rows[half:])):
                if part and form == "csv parts":
                    write_csv(folder / f"{table}/half={name}/part.csv", part, header)
                elif part:
                    write_parquet(folder / f"{table}/half={name}/part.parquet", part)
        else:
            write_csv(folder / f"{table}.{form}", rows, header, bom=draw.random.random() < 0.3)
    wanted = {}
    if draw.random.random() < 0.5:
        wanted["as_of_date"] = some_day(
            draw.random, draw.first, draw.last + timedelta(days=40)
        ).isoformat()
    if draw.random.random() < 0.2:
        wanted["reporting_currency"] = "USD"
    return wanted


EMPTY_HEADERS = {"fee_income": "fee_id,customer_id,booked_date,amount,currency_code"}
