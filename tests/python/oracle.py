"""What the marts must contain, worked out by hand.

A second pair of eyes on the warehouse: the published definitions read again and computed with
plain loops over contracts and days, in exact decimals and fractions. It shares no code with the
SQL, so a slip has to be made twice, in two languages, to stay hidden. Slow and obvious on purpose.
"""

import csv
import dataclasses
import datetime
import decimal
import functools
import gzip
import itertools
import math
import pathlib
import re
import statistics
import urllib.parse
from bisect import bisect_right
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
from scipy.special import chdtrc

Rows = list[dict]

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
RATE_PLACES = 10
EXACT = decimal.Context(prec=120, rounding=ROUND_HALF_UP)


# ----------------------------------------------------------------------------------------------
# The door: what a column may hold
# ----------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Kind:
    """A column's type and the values it may take, as the published list of columns gives them."""

    base: str
    precision: int = 0
    scale: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    minimum_is_excluded: bool = False


KINDS = {
    "text": Kind("text"),
    "date": Kind("date"),
    "timestamp": Kind("timestamp"),
    "boolean": Kind("boolean"),
    "money": Kind("decimal", 18, 2),
    "money_from_0": Kind("decimal", 18, 2, Decimal(0)),
    "rate": Kind("decimal", 9, 6, Decimal(-5), Decimal(60)),
    "exchange": Kind("decimal", 18, 8, Decimal(0), None, True),
    "whole_from_0": Kind("integer", minimum=Decimal(0)),
    "whole_from_1": Kind("integer", minimum=Decimal(1)),
    "number": Kind("double"),
    "probability": Kind("double", minimum=Decimal(0), maximum=Decimal(1)),
}

# One line per column group: a key is marked *, a required column !, a type follows the colon
# (text when it is not said).
LAYOUT = {
    "deposit_account": """
        account_id* customer_id! product_code! currency_code branch_code open_date!:date
        close_date:date maturity_date:date annual_rate_pct!:rate""",
    "deposit_balance": "account_id* balance_date*:date balance!:money",
    "deposit_rate": "account_id* effective_date*:date annual_rate_pct!:rate",
    "fee_income": """
        fee_id* customer_id! booked_date!:date fee_type_code amount!:money currency_code""",
    "loan_contract": """
        loan_id* customer_id! product_code! loan_type_code! guarantee_type_code purpose
        currency_code contract_amount!:money_from_0 start_date!:date maturity_date:date
        annual_rate_pct:rate repricing_months:whole_from_1 repayment_method_code
        pricing_benchmark_code enterprise_size_at_start_code probability_of_default:probability
        loss_given_default:probability branch_code channel_code campaign_id""",
    "loan_balance": "loan_id* balance_date*:date principal_balance!:money",
    "loan_rate": "loan_id* effective_date*:date annual_rate_pct!:rate",
    "loan_classification": "loan_id* effective_date*:date class_code!",
    "loan_performance": """
        loan_id* month_end_date*:date days_past_due!:whole_from_0 principal_balance:money_from_0
        status_code""",
    "customer": """
        customer_id* customer_type_code! customer_name id_number in_rating_scope:boolean
        enterprise_size_code employee_count:whole_from_0 annual_revenue:money_from_0
        total_assets:money_from_0 industry_section industry_division industry_class_code
        ownership_code region branch_code relationship_manager_id group_id birth_date:date
        marketing_consent:boolean relationship_start_date:date""",
    "product": "product_code* product_name! product_family_code! is_specialised:boolean",
    "ftp_curve": "curve_code* curve_date*:date tenor_days*:whole_from_1 annual_rate_pct!:rate",
    "exchange_rate": "currency_code* rate_date*:date rate_to_reporting!:exchange",
    "campaign": """
        campaign_id* campaign_name! start_date!:date end_date:date product_code audience scene
        pain_point value_proposition story channel_code fixed_cost:money_from_0""",
    "campaign_target": """
        campaign_id* customer_id* arm_code! assigned_date!:date response_score:number
        default_probability:probability""",
    "campaign_contact": """
        contact_id* campaign_id! customer_id! channel_code! contacted_at!:timestamp
        cost:money_from_0""",
    "campaign_event": """
        event_id* campaign_id! customer_id! event_code! occurred_at!:timestamp amount:money_from_0
        loan_id""",
    "ledger_control": "as_of_date*:date account_class_code* currency_code* amount!:money",
}

SIZE_CODES = frozenset({"large", "medium", "small", "micro", "unclassified"})
ALLOWED = {
    ("loan_contract", "repayment_method_code"): {"bullet", "equal_principal", "annuity"},
    ("loan_contract", "enterprise_size_at_start_code"): SIZE_CODES,
    ("loan_classification", "class_code"): set("12345"),
    ("loan_performance", "status_code"): {"open", "settled", "written_off", "sold"},
    ("customer", "customer_type_code"): {"corporate", "retail"},
    ("customer", "enterprise_size_code"): SIZE_CODES,
    ("customer", "industry_section"): set("ABCDEFGHIJKLMNOPQRST"),
    ("campaign_target", "arm_code"): {"treatment", "control"},
    ("campaign_event", "event_code"): {
        "delivered", "opened", "clicked", "applied", "approved", "declined", "drawn",
        "complained", "opted_out",
    },
    ("ledger_control", "account_class_code"): {"deposit", "loan", "fee"},
}  # fmt: skip

# The column whose sum ties an extract to its source.
AMOUNT_COLUMN = {
    "deposit_balance": "balance",
    "fee_income": "amount",
    "loan_contract": "contract_amount",
    "loan_balance": "principal_balance",
    "loan_performance": "principal_balance",
    "campaign": "fixed_cost",
    "campaign_contact": "cost",
    "campaign_event": "amount",
    "ledger_control": "amount",
}

# The column that says what day a row is of.
DATED_BY = {
    "deposit_account": "open_date",
    "deposit_balance": "balance_date",
    "deposit_rate": "effective_date",
    "fee_income": "booked_date",
    "loan_contract": "start_date",
    "loan_balance": "balance_date",
    "loan_rate": "effective_date",
    "loan_classification": "effective_date",
    "loan_performance": "month_end_date",
    "ftp_curve": "curve_date",
    "exchange_rate": "rate_date",
    "campaign": "start_date",
    "campaign_target": "assigned_date",
    "campaign_contact": "contacted_at",
    "campaign_event": "occurred_at",
    "ledger_control": "as_of_date",
}

# (table, earlier, later): the later day must not come first; the same day passes.
DATE_ORDERS = [
    ("deposit_account", "open_date", "close_date"),
    ("deposit_account", "open_date", "maturity_date"),
    ("loan_contract", "start_date", "maturity_date"),
    ("campaign", "start_date", "end_date"),
]

MASTERS = {
    "account_id": "deposit_account",
    "loan_id": "loan_contract",
    "customer_id": "customer",
    "campaign_id": "campaign",
}


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    kind: Kind
    is_key: bool
    is_required: bool
    allowed: frozenset | None


def read_layout(table: str) -> list[Column]:
    columns = []
    for word in LAYOUT[table].split():
        marked, _, kind = word.partition(":")
        name = marked.rstrip("*!")
        allowed = ALLOWED.get((table, name))
        columns.append(
            Column(
                name=name,
                kind=KINDS[kind or "text"],
                is_key=marked.endswith("*"),
                is_required=marked.endswith(("*", "!")),
                allowed=frozenset(allowed) if allowed else None,
            )
        )
    return columns


COLUMNS = {table: read_layout(table) for table in LAYOUT}


# ----------------------------------------------------------------------------------------------
# The door: reading files
# ----------------------------------------------------------------------------------------------


class UnreadableExtract(Exception):
    """A whole file is at fault; the warehouse stops on it, so there is nothing to compute."""


def parse_csv(text: str) -> list[list[str]]:
    """Records of a comma-separated text; csv.reader forgives faults that must stop a build."""
    records, record, position, size = [], [], 0, len(text)
    while position < size:
        if text[position] == '"':
            chunks, position = [], position + 1
            while True:
                closing = text.find('"', position)
                if closing < 0:
                    raise UnreadableExtract("unclosed quote")
                chunks.append(text[position:closing])
                position = closing + 1
                if text[position : position + 1] != '"':
                    break
                chunks.append('"')
                position += 1
            field, was_quoted = "".join(chunks), True
            if text[position : position + 2] == "\r\n":
                position += 1
            if position < size and text[position] not in ",\n":
                raise UnreadableExtract("text after a closing quote")
        else:
            comma, newline = text.find(",", position), text.find("\n", position)
            stops = [stop for stop in (comma, newline) if stop >= 0]
            end = min(stops, default=size)
            field, was_quoted = text[position:end], False
            if end in (newline, size):
                field = field.removesuffix("\r")
            position = end
        record.append(field)
        if position < size and text[position] == ",":
            position += 1
            if position == size:
                record.append("")
        else:
            position += 1
            if not (len(record) == 1 and record[0] == "" and not was_quoted):
                records.append(record)
            record = []
    if record:
        records.append(record)
    return records


def read_csv_file(path: pathlib.Path) -> tuple[list[str], Rows]:
    content = path.read_bytes()
    if path.name.endswith(".gz"):
        content = gzip.decompress(content)
    if not content:
        raise UnreadableExtract(f"{path} holds no bytes")
    records = parse_csv(content.decode("utf-8-sig"))
    if not records:
        raise UnreadableExtract(f"{path} has no header")
    header = [name.strip() for name in records[0]]
    if any(len(record) != len(header) for record in records):
        raise UnreadableExtract(f"{path} has a wrong field count")
    return header, [dict(zip(header, record, strict=True)) for record in records[1:]]


def read_parquet_file(path: pathlib.Path) -> tuple[list[str], Rows]:
    import pyarrow.parquet

    content = pyarrow.parquet.ParquetFile(path).read()
    header = [name.strip() for name in content.column_names]
    cells = [column.to_pylist() for column in content.columns]
    rows = [dict(zip(header, values, strict=True)) for values in zip(*cells, strict=True)]
    return header, rows


def blank_to_null(cell):
    """Text is trimmed, and nothing but blanks is no value."""
    if isinstance(cell, bytes):
        cell = cell.decode()
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def read_extract(folder: pathlib.Path, table: str) -> Rows | None:
    """The rows of one extract as read, in file order; None when the bank did not bring it."""
    suffixes = (".parquet", ".csv", ".csv.gz")
    forms = [folder / f"{table}{suffix}" for suffix in suffixes]
    found = [path for path in forms if path.is_file()]
    parts_folder = folder / table
    if parts_folder.is_dir():
        found.append(parts_folder)
    if len(found) > 1:
        raise UnreadableExtract(f"two forms of {table}")
    if not found:
        return None
    if found[0].is_dir():
        parts = [path for path in parts_folder.rglob("*") if path.name.endswith(suffixes)]
        parts.sort(key=lambda path: path.relative_to(folder).as_posix().encode())
        if not parts:
            return None
    else:
        parts = found
    rows = []
    for part in parts:
        is_parquet = part.name.endswith(".parquet")
        header, part_rows = read_parquet_file(part) if is_parquet else read_csv_file(part)
        partition = {}
        for step in part.relative_to(folder).parts[:-1]:
            if "=" in step:
                name, value = step.split("=", 1)
                value = urllib.parse.unquote(value)
                partition[name] = None if value == "__HIVE_DEFAULT_PARTITION__" else value
        if len(set(header)) < len(header):
            raise UnreadableExtract(f"{part} has a duplicate column")
        for column in COLUMNS[table]:
            if column.is_required and column.name not in header and column.name not in partition:
                raise UnreadableExtract(f"{part} lacks {column.name}")
        for row in part_rows:
            rows.append({name: blank_to_null(cell) for name, cell in (partition | row).items()})
    return rows


# ----------------------------------------------------------------------------------------------
# The door: typing and rejecting
# ----------------------------------------------------------------------------------------------


UNTHINKABLE = Decimal(10) ** 40  # beyond every column's width, and before arithmetic fails


class WrongType(Exception):
    """The cell cannot be what its column says."""


def as_decimal(cell, kind: Kind) -> Decimal:
    if isinstance(cell, bool):
        raise WrongType
    if isinstance(cell, str):
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell):
            raise WrongType
        number = Decimal(cell)
    elif isinstance(cell, int | Decimal):
        number = Decimal(cell)
    elif isinstance(cell, float):
        if not math.isfinite(cell):
            raise WrongType
        number = Decimal(repr(cell))  # the shortest decimal that names the float
        if kind.base == "decimal" and abs(number) < UNTHINKABLE:
            number = round_decimal(number, kind.scale)
    else:
        raise WrongType
    if not number.is_finite() or abs(number) >= UNTHINKABLE:
        raise WrongType
    if number != round_decimal(number, kind.scale):
        raise WrongType
    if kind.base == "integer":
        fits = -(2**31) <= number < 2**31
    else:
        fits = abs(number) < 10 ** (kind.precision - kind.scale)
    if not fits:
        raise WrongType
    return round_decimal(number, kind.scale) + 0  # minus nothing is nothing


def as_double(cell) -> float:
    if isinstance(cell, bool | date):
        raise WrongType
    if isinstance(cell, str) and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell):
        raise WrongType
    number = float(cell)
    if not math.isfinite(number):
        raise WrongType
    return number


def as_boolean(cell) -> bool:
    word = str(cell).lower() if isinstance(cell, str | bool | int) else ""
    if isinstance(cell, float) and cell in (0, 1):
        word = str(int(cell))
    if word not in ("true", "false", "1", "0"):
        raise WrongType
    return word in ("true", "1")


def as_date(cell) -> date:
    if isinstance(cell, datetime.datetime):
        if cell.time() != datetime.time():
            raise WrongType
        return cell.date()
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        raise WrongType
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise WrongType from None


ISO_TIMESTAMP = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)


def as_timestamp(cell) -> datetime.datetime:
    if isinstance(cell, datetime.datetime):
        return cell
    if isinstance(cell, date):
        return datetime.datetime.combine(cell, datetime.time())
    if not isinstance(cell, str) or not re.fullmatch(ISO_TIMESTAMP, cell):
        raise WrongType
    try:
        moment = datetime.datetime.fromisoformat(cell)
    except ValueError:
        raise WrongType from None
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def as_text(cell) -> str:
    """Codes that a parquet file keeps as numbers: 7 and 7.0 are both the code 7."""
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise WrongType
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def type_cell(cell, kind: Kind):
    if cell is None:
        return None
    if kind.base == "text":
        return as_text(cell)
    if kind.base == "date":
        return as_date(cell)
    if kind.base == "timestamp":
        return as_timestamp(cell)
    if kind.base == "boolean":
        return as_boolean(cell)
    if kind.base == "double":
        return as_double(cell)
    if kind.base == "integer":
        return int(as_decimal(cell, kind))
    return as_decimal(cell, kind)


def key_text(cell) -> str:
    if cell is None:
        return ""
    try:
        return as_text(cell)
    except WrongType:
        return str(cell)


def is_out_of_range(value, column: Column) -> bool:
    if value is None:
        return False
    if column.allowed is not None and value not in column.allowed:
        return True
    kind = column.kind
    if kind.minimum is not None:
        if value < kind.minimum or (kind.minimum_is_excluded and value == kind.minimum):
            return True
    return kind.maximum is not None and value > kind.maximum


def reason_to_reject(table: str, cells: dict, values: dict, wrong: set, masters: dict):
    """The first reason that applies, duplicates apart: those need the whole table."""
    columns = COLUMNS[table]
    if any(column.is_required and cells.get(column.name) is None for column in columns):
        return "missing_required"
    if wrong:
        return "wrong_type"
    if any(is_out_of_range(values[column.name], column) for column in columns):
        return "out_of_range"
    for ordered_table, earlier, later in DATE_ORDERS:
        if ordered_table == table and values[later] is not None:
            if values[later] < values[earlier]:
                return "bad_order"
    for name, master in MASTERS.items():
        is_optional_campaign = table == "loan_contract" and name == "campaign_id"
        if table == master or is_optional_campaign or values.get(name) is None:
            continue
        if masters[name] is not None and values[name] not in masters[name]:
            return "unknown_reference"
    return None


@dataclasses.dataclass
class Door:
    """Accepted rows by table, and the books of what was read and what was turned away."""

    accepted: dict[str, Rows]
    rejected: Rows
    reconciliation: Rows


def open_door(folder: pathlib.Path) -> Door:
    as_read = {table: read_extract(folder, table) for table in LAYOUT}
    # A master row that is itself rejected still vouches for its children: money never falls
    # because an attribute beside it is wrong.
    masters = {
        name: None
        if as_read[master] is None
        else {key_text(row[name]) for row in as_read[master] if row.get(name) is not None}
        for name, master in MASTERS.items()
    }
    door = Door({}, [], [])
    for table, columns in COLUMNS.items():
        judged = []
        for cells in as_read[table] or []:
            values, wrong = {}, set()
            for column in columns:
                try:
                    values[column.name] = type_cell(cells.get(column.name), column.kind)
                except WrongType:
                    values[column.name] = None
                    wrong.add(column.name)
            reason = reason_to_reject(table, cells, values, wrong, masters)
            judged.append([cells, values, reason])
        keys = [column.name for column in columns if column.is_key]
        last_of_key = {}
        for position, (_, values, reason) in enumerate(judged):
            if reason is None:
                last_of_key[tuple(values[name] for name in keys)] = position
        for position, row in enumerate(judged):
            if row[2] is None:
                if last_of_key[tuple(row[1][name] for name in keys)] != position:
                    row[2] = "duplicate_key"
        amount_column = AMOUNT_COLUMN.get(table)
        amounts = {True: ZERO, False: ZERO}
        for cells, values, reason in judged:
            amounts[reason is None] += values.get(amount_column) or ZERO
            if reason is not None:
                row_key = "|".join(key_text(cells.get(name)) for name in keys)
                door.rejected.append(
                    {"extract_name": table, "row_key": row_key, "reason_code": reason}
                )
        accepted = [values for _, values, reason in judged if reason is None]
        if table == "loan_contract" and masters["campaign_id"] is not None:
            for loan in accepted:
                if loan["campaign_id"] not in masters["campaign_id"]:
                    loan["campaign_id"] = None
        door.accepted[table] = accepted
        door.reconciliation.append(
            {
                "extract_name": table,
                "rows_read": len(judged),
                "rows_accepted": len(accepted),
                "rows_rejected": len(judged) - len(accepted),
                "amount_read": amounts[True] + amounts[False],
                "amount_accepted": amounts[True],
                "amount_rejected": amounts[False],
                "latest_date": freshness(table, accepted),
            }
        )
    return door


def freshness(table: str, accepted: Rows) -> date | None:
    """The latest day of an accepted row, by the column that says what day a row is of."""
    days = [row[DATED_BY[table]] for row in accepted if table in DATED_BY]
    known = [date(day.year, day.month, day.day) for day in days if day is not None]
    return max(known, default=None)


# ----------------------------------------------------------------------------------------------
# Arithmetic and calendar
# ----------------------------------------------------------------------------------------------


def round_decimal(value: Decimal, places: int) -> Decimal:
    """Half away from zero, whatever the precision the caller's thread happens to work with."""
    return value.quantize(Decimal(1).scaleb(-places), context=EXACT)


def round_fraction(value: Fraction, places: int) -> Decimal:
    """An exact quotient rounded once, half away from zero."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places, context=EXACT)


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def days_between(first: date, last: date) -> Iterator[date]:
    """Both ends included."""
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


class History:
    """Dated values, each valid until the next: balances, rates, classes, exchange rates."""

    def __init__(self, dated: list[tuple[date, object]]):
        self.dated = sorted(dated, key=lambda pair: pair[0])
        self.days = [day for day, _ in self.dated]

    def on(self, day: date):
        position = bisect_right(self.days, day)
        return self.dated[position - 1][1] if position else None


def histories(rows: Rows, key: str, day: str, value: str) -> dict[str, History]:
    dated = defaultdict(list)
    for row in rows:
        dated[row[key]].append((row[day], row[value]))
    return {name: History(pairs) for name, pairs in dated.items()}


# ----------------------------------------------------------------------------------------------
# Funds transfer price and tax
# ----------------------------------------------------------------------------------------------


def curve_point(nodes: dict[int, Decimal], tenor: Fraction | int) -> Fraction:
    """Percent at a tenor: straight lines between the nodes, flat beyond both ends."""
    tenors = sorted(nodes)
    if tenor <= tenors[0]:
        return Fraction(nodes[tenors[0]])
    if tenor >= tenors[-1]:
        return Fraction(nodes[tenors[-1]])
    for left, right in itertools.pairwise(tenors):
        if left <= tenor <= right:
            low, high = Fraction(nodes[left]), Fraction(nodes[right])
            return low + (high - low) * Fraction(tenor - left) / (right - left)
    raise AssertionError("a tenor lies between two nodes")


class Curves:
    """Every curve by code and day."""

    def __init__(self, rows: Rows):
        self.by_code: dict[str, dict[date, dict[int, Decimal]]] = {}
        for row in rows:
            days = self.by_code.setdefault(row["curve_code"], {})
            days.setdefault(row["curve_date"], {})[row["tenor_days"]] = row["annual_rate_pct"]

    def nodes(self, code: str, day: date) -> dict[int, Decimal] | None:
        """The day's own curve, else the latest before, else the earliest there is."""
        days = self.by_code.get(code)
        if not days:
            return None
        earlier = [curve_date for curve_date in days if curve_date <= day]
        return days[max(earlier) if earlier else min(days)]

    def matched(self, code: str, day: date, tenor: int) -> Decimal | None:
        nodes = self.nodes(code, day)
        if nodes is None:
            return None
        return round_fraction(curve_point(nodes, tenor) / 100, RATE_PLACES)

    def demand(self, code: str, day: date) -> Decimal | None:
        """Core money stays a year, the volatile rest overnight; one rounding at the end."""
        nodes = self.nodes(code, day)
        if nodes is None:
            return None
        core, volatile = curve_point(nodes, 365), curve_point(nodes, 1)
        blend = Fraction(7, 10) * core + Fraction(3, 10) * volatile
        return round_fraction(blend / 100, RATE_PLACES)


VAT_FROM = date(2016, 5, 1)
BUSINESS_TAX_FACTOR = Decimal("0.9450000000")
VAT_FACTOR = round_fraction(1 - (1 - Fraction(100, 106)) * Fraction(112, 100), RATE_PLACES)


def net_interest_factor(day: date) -> Decimal:
    return BUSINESS_TAX_FACTOR if day < VAT_FROM else VAT_FACTOR


# ----------------------------------------------------------------------------------------------
# Contribution
# ----------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Month:
    """One contract in one month; the sums that the customer's year needs are kept beside it."""

    contract_id: str
    customer_id: str
    month_end_date: date
    days: int
    balance_sum: Decimal | None
    average: Decimal | None
    contribution: Decimal | None
    factor: Decimal | None
    plug_in_balance: Decimal
    plug_in_spread: Decimal
    plug_in_days: int
    income: Decimal = Decimal(0)  # balances × spreads
    balance_days: int = 0
    interest: Decimal = Decimal(0)  # balances × client rates, before tax
    funding: Decimal = Decimal(0)  # balances × transfer rates
    by_terms: dict = dataclasses.field(default_factory=lambda: defaultdict(Decimal))


# What the study leaves open: the readings of each var, the shipped one first.
READINGS = {
    "class_loans": ["open", "all", "unsecured"],
    "class_without_loan": ["unknown", "normal"],
    "value_at_risk_tier": ["potential", "core"],
    "out_of_scope_tier": ["out_of_scope", "potential", "judged"],
    "threshold_reach": ["at_least", "above"],
    "contribution_form": ["daily", "account_average", "customer_average"],
    "contribution_parts": ["all", "without_fees"],
    "day_count": [360, 365],
    "share_base": ["net", "positive"],
    "coverage_base": ["loans", "customers", "amount"],
    "population_sizes": ["all", "without_large", "without_micro"],
    "population_includes_finance": [True, False],
    "segmentation_include_retail": [False, True],
}
SHIPPED = {name: values[0] for name, values in READINGS.items()}
UNSECURED = ("CR", "credit", "unsecured", "信用")


class Bank:
    """The accepted rows that count at a reporting day, arranged for looking up."""

    def __init__(
        self,
        accepted: dict[str, Rows],
        as_of: date | None,
        reporting: str,
        readings: dict | None = None,
    ):
        self.as_of = as_of
        self.reporting = reporting
        self.readings = SHIPPED | (readings or {})
        self.known: dict = {}  # what does not differ between readings, once

        def known(table: str, day: str) -> Rows:
            return [row for row in accepted[table] if as_of is not None and row[day] <= as_of]

        self.accounts = {row["account_id"]: row for row in accepted["deposit_account"]}
        self.loans = {row["loan_id"]: row for row in accepted["loan_contract"]}
        self.customers = {row["customer_id"]: row for row in accepted["customer"]}
        self.products = {row["product_code"]: row for row in accepted["product"]}
        self.fees = known("fee_income", "booked_date")
        self.ledger = known("ledger_control", "as_of_date")
        self.deposit_balances = histories(
            known("deposit_balance", "balance_date"), "account_id", "balance_date", "balance"
        )
        self.deposit_rates = histories(
            known("deposit_rate", "effective_date"),
            "account_id", "effective_date", "annual_rate_pct",
        )  # fmt: skip
        self.loan_balances = histories(
            known("loan_balance", "balance_date"), "loan_id", "balance_date", "principal_balance"
        )
        self.loan_rates = histories(
            known("loan_rate", "effective_date"), "loan_id", "effective_date", "annual_rate_pct"
        )
        self.loan_classes = histories(
            known("loan_classification", "effective_date"),
            "loan_id", "effective_date", "class_code",
        )  # fmt: skip
        self.exchange = histories(
            known("exchange_rate", "rate_date"), "currency_code", "rate_date", "rate_to_reporting"
        )
        self.curves = Curves(known("ftp_curve", "curve_date"))

    def currency(self, row: dict) -> str:
        return row["currency_code"] or self.reporting

    def exchange_rate(self, currency: str, day: date) -> Decimal | None:
        if currency == self.reporting:
            return Decimal(1)
        rates = self.exchange.get(currency)
        return rates.on(day) if rates else None

    def in_reporting_currency(self, amount: Decimal, currency: str, day: date) -> Decimal | None:
        rate = self.exchange_rate(currency, day)
        if rate == 1 and amount.as_tuple().exponent >= -2:
            return amount
        return None if rate is None else round_decimal(EXACT.multiply(amount, rate), 2)


def latest_date(accepted: dict[str, Rows]) -> date | None:
    """The reporting day a bank means when it does not say one."""
    days = [row["balance_date"] for row in accepted["deposit_balance"]]
    days += [row["balance_date"] for row in accepted["loan_balance"]]
    days += [row["booked_date"] for row in accepted["fee_income"]]
    days += [row["start_date"] for row in accepted["loan_contract"]]
    days += [row["month_end_date"] for row in accepted["loan_performance"]]
    days += [row["occurred_at"].date() for row in accepted["campaign_event"]]
    days += [row["as_of_date"] for row in accepted["ledger_control"]]
    return max(days, default=None)


def contract_months(bank: Bank, is_loan: bool) -> list[Month]:
    """Walk every contract through every day since its first balance row."""
    contracts = bank.loans if is_loan else bank.accounts
    balances = bank.loan_balances if is_loan else bank.deposit_balances
    rates = bank.loan_rates if is_loan else bank.deposit_rates
    months = []
    for contract_id, contract in sorted(contracts.items()):
        if contract_id not in balances:
            continue
        balance_history = balances[contract_id]
        rate_history = rates.get(contract_id, History([]))
        currency = bank.currency(contract)
        has_lived = False
        first_of_month = balance_history.days[0].replace(day=1)
        while first_of_month <= bank.as_of:
            last = min(month_end(first_of_month), bank.as_of)
            transfer_rate = transfer_rate_of(bank, contract, currency, is_loan, first_of_month)
            month = Month(
                contract_id, contract["customer_id"], month_end(first_of_month),
                (last - first_of_month).days + 1, ZERO, None, None,
                net_interest_factor(first_of_month) if is_loan else None, ZERO, Decimal(0), 0,
            )  # fmt: skip
            income = Decimal(0)
            is_priced = is_converted = True
            for day in days_between(first_of_month, last):
                balance = balance_history.on(day) or ZERO
                percent = rate_history.on(day)
                if percent is None:
                    percent = contract["annual_rate_pct"]
                rate = spread = None
                if percent is not None and transfer_rate is not None:
                    factor = net_interest_factor(day) if is_loan else None
                    rate, spread = rate_and_spread(percent, transfer_rate, factor)
                converted = ZERO
                if balance != 0:
                    has_lived = True
                    month.balance_days += 1
                    converted = bank.in_reporting_currency(balance, currency, day)
                    if converted is None:
                        is_converted = False
                        continue
                    month.balance_sum = EXACT.add(month.balance_sum, converted)
                    if spread is None:
                        is_priced = False
                        continue
                    income = EXACT.add(income, EXACT.multiply(converted, spread))
                    month.interest = EXACT.add(month.interest, EXACT.multiply(converted, rate))
                    month.funding = EXACT.add(
                        month.funding, EXACT.multiply(converted, transfer_rate)
                    )
                    terms = bisect_right(rate_history.days, day)
                    month.by_terms[terms] = EXACT.add(month.by_terms[terms], converted)
                if has_lived and spread is not None:
                    month.plug_in_balance = EXACT.add(month.plug_in_balance, converted)
                    month.plug_in_spread = EXACT.add(month.plug_in_spread, spread)
                    month.plug_in_days += 1
            if not is_converted:
                month.balance_sum = None
            else:
                month.average = round_fraction(Fraction(month.balance_sum) / month.days, 2)
                if is_priced:
                    month.income = income
                    month.contribution = contribution_of(month, bank.readings["day_count"])
            months.append(month)
            first_of_month = month_end(first_of_month) + timedelta(days=1)
    return months


@functools.cache  # of millions of days few differ
def rate_and_spread(
    percent: Decimal, transfer_rate: Decimal, factor: Decimal | None
) -> tuple[Decimal, Decimal]:
    """A loan's interest after tax over its transfer price, a deposit's transfer price over it."""
    rate = EXACT.divide(percent, Decimal(100))
    if factor is None:
        spread = EXACT.subtract(transfer_rate, rate)
    else:
        spread = EXACT.subtract(EXACT.multiply(rate, factor), transfer_rate)
    return rate, round_decimal(spread, RATE_PLACES)


def contribution_of(month: Month, day_count: int) -> Decimal:
    return round_fraction(Fraction(month.income) / day_count, RATE_PLACES)


def transfer_rate_of(
    bank: Bank, contract: dict, currency: str, is_loan: bool, first_of_month: date
) -> Decimal | None:
    """Matched term at the start; demand money follows the curve month by month."""
    maturity = contract["maturity_date"]
    if is_loan:
        start = contract["start_date"]
        tenor = 365 if maturity is None else (maturity - start).days
        return bank.curves.matched(currency, start, tenor)
    if maturity is None:
        return bank.curves.demand(currency, first_of_month)
    start = contract["open_date"]
    return bank.curves.matched(currency, start, (maturity - start).days)


def customer_ids(bank: Bank) -> list[str]:
    ids = set(bank.customers)
    for rows in (bank.accounts.values(), bank.loans.values(), bank.fees):
        ids.update(row["customer_id"] for row in rows)
    return sorted(ids, key=str.encode)


def sum_of_months(months: list[Month]) -> Decimal | None:
    """NULL when there was something to price and none of it could be."""
    priced = [month.contribution for month in months if month.contribution is not None]
    if months and not priced:
        return None
    return round_fraction(sum(map(Fraction, priced), Fraction(0)), 2)


def year_average(months: list[Month], elapsed_days: int | None) -> Decimal:
    if elapsed_days is None:
        return ZERO
    total = sum((Fraction(m.balance_sum) for m in months if m.balance_sum is not None), Fraction(0))
    return round_fraction(total / elapsed_days, 2)


def plug_in_of_contract(months: list[Month], day_count: int) -> Fraction:
    """Average balance times average spread, the form that ignores how the two move together."""
    priced = [month for month in months if month.contribution is not None]
    days = sum(month.plug_in_days for month in priced)
    if days == 0:
        return Fraction(0)
    balance = sum(Fraction(month.plug_in_balance) for month in priced)
    spread = sum(Fraction(month.plug_in_spread) for month in priced)
    return Fraction(round_fraction(balance * spread / (days * day_count), RATE_PLACES))


def account_plug_in(kinds: list[list[Month]], day_count: int) -> Fraction:
    """Account by account."""
    by_contract = defaultdict(list)
    for number, months in enumerate(kinds):
        for month in months:
            by_contract[number, month.contract_id].append(month)
    found = [plug_in_of_contract(months, day_count) for months in by_contract.values()]
    return sum(found, Fraction(0))


def customer_plug_in(kinds: list[list[Month]], day_count: int) -> Fraction:
    """All accounts of a kind at one spread, the mean over their days."""
    total = Fraction(0)
    for months in kinds:
        priced = [month for month in months if month.contribution is not None]
        days = sum(month.plug_in_days for month in priced)
        if days:
            balance = sum(Fraction(month.plug_in_balance) for month in priced)
            spread = sum(Fraction(month.plug_in_spread) for month in priced) / days
            spread = Fraction(round_fraction(spread, RATE_PLACES))
            total += Fraction(round_fraction(balance * spread / day_count, RATE_PLACES))
    return total


def months_of_year(bank: Bank, deposits: list[Month], loans: list[Month]) -> dict:
    """The year's months by kind and customer."""
    of_year = {"deposit": defaultdict(list), "loan": defaultdict(list)}
    for kind, months in (("deposit", deposits), ("loan", loans)):
        for month in months:
            if month.month_end_date.year == bank.as_of.year:
                of_year[kind][month.customer_id].append(month)
    return of_year


def customer_contribution(bank: Bank, deposits: list[Month], loans: list[Month]) -> Rows:
    as_of = bank.as_of
    elapsed_days = None if as_of is None else as_of.timetuple().tm_yday
    of_year = months_of_year(bank, deposits, loans)
    fees = defaultdict(lambda: ZERO)
    for fee in bank.fees:
        if fee["booked_date"].year == as_of.year:
            amount = bank.in_reporting_currency(
                fee["amount"], bank.currency(fee), fee["booked_date"]
            )
            if amount is not None:
                fees[fee["customer_id"]] += amount
    rows = []
    for customer_id in customer_ids(bank):
        deposit_months = of_year["deposit"][customer_id]
        loan_months = of_year["loan"][customer_id]
        deposit_amount = sum_of_months(deposit_months)
        loan_amount = sum_of_months(loan_months)
        fee_amount = fees[customer_id]
        total = (deposit_amount or ZERO) + (loan_amount or ZERO) + fee_amount
        plug_in = account_plug_in([deposit_months, loan_months], bank.readings["day_count"])
        plug_in += Fraction(fee_amount)
        plug_in_amount = round_fraction(plug_in, 2)
        rows.append(
            {
                "customer_id": customer_id,
                "as_of_date": as_of,
                "elapsed_days": elapsed_days,
                "deposit_average_daily_balance": year_average(deposit_months, elapsed_days),
                "loan_average_daily_balance": year_average(loan_months, elapsed_days),
                "deposit_contribution_amount": deposit_amount,
                "loan_contribution_amount": loan_amount,
                "fee_income_amount": fee_amount,
                "contribution_amount": total,
                "plug_in_contribution_amount": plug_in_amount,
                "plug_in_error_amount": total - plug_in_amount,
            }
        )
    return rows


def unpriced_contracts(bank: Bank, deposits: list[Month], loans: list[Month]) -> Rows:
    """Contracts that hold balances but, in some month or in all, no contribution."""
    unpriced = {}
    for kind, contracts, balances, months in (
        ("deposit", bank.accounts, bank.deposit_balances, deposits),
        ("loan", bank.loans, bank.loan_balances, loans),
    ):
        for contract_id in balances:
            if contract_id not in contracts:
                unpriced[kind, contract_id] = "no accepted contract"
        for month in months:
            if month.average is None:
                unpriced[kind, month.contract_id] = "no exchange rate"
            elif month.contribution is None:
                unpriced.setdefault((kind, month.contract_id), "no rate or no curve")
    return [
        {"contract_kind_code": kind, "contract_id": contract_id, "reason": reason}
        for (kind, contract_id), reason in sorted(unpriced.items())
    ]


def ledger_reconciliation(bank: Bank) -> Rows:
    rows = []
    for control in bank.ledger:
        day, currency = control["as_of_date"], control["currency_code"]
        computed = ZERO
        if control["account_class_code"] == "fee":
            for fee in bank.fees:
                if bank.currency(fee) == currency and fee["booked_date"].year == day.year:
                    if fee["booked_date"] <= day:
                        computed += fee["amount"]
        else:
            is_loan = control["account_class_code"] == "loan"
            balances = bank.loan_balances if is_loan else bank.deposit_balances
            for contract_id, contract in (bank.loans if is_loan else bank.accounts).items():
                if bank.currency(contract) == currency and contract_id in balances:
                    computed += balances[contract_id].on(day) or ZERO
        rows.append(
            {
                "as_of_date": day,
                "account_class_code": control["account_class_code"],
                "currency_code": currency,
                "ledger_amount": control["amount"],
                "computed_amount": computed,
                "difference_amount": control["amount"] - computed,
            }
        )
    return rows


# ----------------------------------------------------------------------------------------------
# Tier
# ----------------------------------------------------------------------------------------------

TIER_CODES = ["core", "basic", "potential", "out_of_scope"]
CORE_FROM = Decimal("1000000.00")
BASIC_FROM = Decimal("200000.00")


def is_open(bank: Bank, loan: dict, day: date) -> bool:
    balance = None
    if loan["loan_id"] in bank.loan_balances:
        balance = bank.loan_balances[loan["loan_id"]].on(day)
    if balance is not None:
        return balance > 0
    maturity = loan["maturity_date"]
    return loan["start_date"] <= day and (maturity is None or day < maturity)


def worst_classes(bank: Bank, day: date, readings: dict) -> dict[str, str]:
    """The worst class of each customer among the loans that count and have one on the day."""
    classes = {}
    for loan_id, history in bank.loan_classes.items():
        class_code, loan = history.on(day), bank.loans.get(loan_id)
        if class_code is None or loan is None:
            continue
        counts = readings["class_loans"] == "all" or is_open(bank, loan, day)
        if readings["class_loans"] == "unsecured":
            counts = counts and loan["guarantee_type_code"] in UNSECURED
        if counts:
            customer_id = loan["customer_id"]
            classes[customer_id] = max(class_code, classes.get(customer_id, class_code))
    return classes


def reaches(amount: Decimal, threshold: Decimal, readings: dict) -> bool:
    return amount > threshold or (amount == threshold and readings["threshold_reach"] == "at_least")


def tier_of(
    amount: Decimal, class_code: str | None, in_rating_scope: bool, readings: dict = SHIPPED
) -> str:
    outside = readings["out_of_scope_tier"]
    if not in_rating_scope and outside != "judged":
        return outside
    normal = class_code == "1" or (
        class_code is None and readings["class_without_loan"] == "normal"
    )
    any_class = class_code is not None and readings["value_at_risk_tier"] == "core"
    if (normal or any_class) and reaches(amount, CORE_FROM, readings):
        return "core"
    if normal and reaches(amount, BASIC_FROM, readings):
        return "basic"
    return "potential"


def judged_amounts(
    bank: Bank, contributions: Rows, of_year: dict, readings: dict
) -> dict[str, Decimal]:
    """What each customer's tier is judged by."""
    amounts = {}
    for row in contributions:
        customer_id, fees = row["customer_id"], row["fee_income_amount"]
        kinds = [of_year[kind][customer_id] for kind in ("deposit", "loan")]
        days = readings["day_count"]
        if readings["contribution_form"] == "daily":
            amount = fees
            for months in kinds:
                priced = [m.contribution for m in months if m.contribution is not None]
                if days != bank.readings["day_count"]:
                    priced = [
                        contribution_of(m, days) for m in months if m.contribution is not None
                    ]
                amount += round_fraction(sum(map(Fraction, priced), Fraction(0)), 2)
        elif readings["contribution_form"] == "account_average":
            amount = round_fraction(account_plug_in(kinds, days) + Fraction(fees), 2)
        else:
            amount = round_fraction(customer_plug_in(kinds, days) + Fraction(fees), 2)
        if readings["contribution_parts"] == "without_fees":
            amount -= fees
        amounts[customer_id] = amount
    return amounts


def customer_tier(bank: Bank, contributions: Rows, of_year: dict, readings: dict) -> Rows:
    rows = []
    key = ("classes", readings["class_loans"])
    if key not in bank.known:
        bank.known[key] = {} if bank.as_of is None else worst_classes(bank, bank.as_of, readings)
    classes = bank.known[key]
    parts = ("contribution_form", "contribution_parts", "day_count")
    key = ("amounts", *(readings[name] for name in parts))
    if key not in bank.known:
        bank.known[key] = judged_amounts(bank, contributions, of_year, readings)
    amounts = bank.known[key]
    for customer_id, amount in amounts.items():
        class_code = classes.get(customer_id)
        in_scope = bool(bank.customers.get(customer_id, {}).get("in_rating_scope"))
        rows.append(
            {
                "customer_id": customer_id,
                "as_of_date": bank.as_of,
                "contribution_amount": amount,
                "class_code": class_code,
                "in_rating_scope": in_scope,
                "tier_code": tier_of(amount, class_code, in_scope, readings),
                "is_core_value_at_risk": in_scope
                and reaches(amount, CORE_FROM, readings)
                and class_code in ("2", "3", "4", "5"),
            }
        )
    return rows


def customer_monthly_tier(bank: Bank, deposits: list[Month], loans: list[Month]) -> Rows:
    """Every customer at every month end, by what the twelve months up to it brought."""
    found = {part: defaultdict(list) for part in ("deposit", "loan", "fee")}
    for part, months in (("deposit", deposits), ("loan", loans)):
        for month in months:
            if month.contribution is not None:
                found[part][month.customer_id].append((month.month_end_date, month.contribution))
    ends = [month.month_end_date for month in (*deposits, *loans)]
    for fee in bank.fees:
        booked, end = fee["booked_date"], month_end(fee["booked_date"])
        ends.append(end)
        amount = bank.in_reporting_currency(fee["amount"], bank.currency(fee), booked)
        if amount is not None:
            found["fee"][fee["customer_id"]].append((end, amount))
    rows = []
    end = min(ends, default=None)
    while end is not None and end <= month_end(bank.as_of):
        classes = worst_classes(bank, min(end, bank.as_of), bank.readings)
        number = 12 * end.year + end.month
        for customer_id in customer_ids(bank):
            amount = ZERO
            for part, values in found.items():
                if part == "fee" and bank.readings["contribution_parts"] == "without_fees":
                    continue
                amounts = [
                    Fraction(value)
                    for day, value in values[customer_id]
                    if 0 <= number - (12 * day.year + day.month) <= 11
                ]
                amount += round_fraction(sum(amounts, Fraction(0)), 2)
            in_scope = bool(bank.customers.get(customer_id, {}).get("in_rating_scope"))
            class_code = classes.get(customer_id)
            rows.append(
                {
                    "customer_id": customer_id,
                    "month_end_date": end,
                    "contribution_amount": amount,
                    "class_code": class_code,
                    "tier_code": tier_of(amount, class_code, in_scope, bank.readings),
                }
            )
        end = month_end(end + timedelta(days=1))
    return rows


def tier_migration(monthly_tiers: Rows) -> Rows:
    """From which tier to which, month by month; the amount is that of the later month."""
    tiers = defaultdict(dict)
    for row in monthly_tiers:
        tiers[row["month_end_date"]][row["customer_id"]] = row
    rows = []
    for earlier, later in itertools.pairwise(sorted(tiers)):
        for origin, goal in itertools.product(TIER_CODES, repeat=2):
            amounts = [
                row["contribution_amount"]
                for customer_id, row in tiers[later].items()
                if row["tier_code"] == goal and tiers[earlier][customer_id]["tier_code"] == origin
            ]
            rows.append(
                {
                    "month_end_date": later,
                    "from_tier_code": origin,
                    "to_tier_code": goal,
                    "customer_count": len(amounts),
                    "contribution_amount": sum(amounts, ZERO),
                }
            )
    return rows


EFFECTS = ["volume", "rate", "ftp", "tax", "fee", "mix"]
NOUGHT = Decimal(0)


@dataclasses.dataclass
class Step:
    """What one contract, or one fee, brings more than in the month before."""

    change: Decimal
    volume: Decimal = NOUGHT
    rate: Decimal = NOUGHT
    ftp: Decimal = NOUGHT
    tax: Decimal = NOUGHT
    fee: Decimal = NOUGHT
    # Of a contract that goes on: balance-days more, those before, and what they brought.
    balance: Decimal = NOUGHT
    earlier_size: Decimal = NOUGHT
    earlier_spread: Decimal = NOUGHT


def step(earlier: Month | None, later: Month, is_loan: bool, day_count: int) -> Step:
    """Balances at the old rates, then the client's rate, then tax, then the transfer rate."""
    sides = [side if side and side.contribution is not None else None for side in (earlier, later)]
    earned = [side.contribution if side else NOUGHT for side in sides]
    balances = [side.balance_sum if side else NOUGHT for side in sides]
    change = earned[1] - earned[0]
    if not all(balances) or abs(balances[0]) != sum(map(abs, sides[0].by_terms.values())):
        return Step(change, volume=change)
    rates = [side.interest / side.balance_sum for side in sides]
    funds = [side.funding / side.balance_sum for side in sides]
    factors = [side.factor if is_loan else 1 for side in sides]
    weight = balances[1] / day_count if is_loan else -balances[1] / day_count
    spread = (rates[0] * factors[0] - funds[0]) / (day_count if is_loan else -day_count)
    return Step(
        change,
        volume=(balances[1] - balances[0]) * spread,
        rate=weight * (rates[1] - rates[0]) * factors[0],
        tax=weight * rates[1] * (factors[1] - factors[0]),
        ftp=weight * (funds[0] - funds[1]),
        balance=balances[1] - balances[0],
        earlier_size=abs(balances[0]),
        earlier_spread=spread * abs(balances[0]),
    )


def contribution_change(
    bank: Bank, deposits: list[Month], loans: list[Month], tiers: Rows, population: list
) -> Rows:
    """Month against month before: every contract's steps and every fee, at five levels."""
    tier_codes = {row["customer_id"]: row["tier_code"] for row in tiers}
    segments = {loan.loan_id: loan.segment_code for loan in population if loan.segment_code}
    steps = defaultdict(list)
    months_seen = set()

    def add(customer_id: str, segment_code: str, branch: str | None, end: date, one: Step):
        branch = branch or bank.customers.get(customer_id, {}).get("branch_code") or "unknown"
        for level in (
            ("total", "total"), ("tier", tier_codes[customer_id]), ("segment", segment_code),
            ("branch", branch), ("customer", customer_id),
        ):  # fmt: skip
            steps[(*level, end)].append(one)

    for is_loan, months in ((False, deposits), (True, loans)):
        by_key = {(month.contract_id, month.month_end_date): month for month in months}
        for month in months:
            end = month.month_end_date
            contract = (bank.loans if is_loan else bank.accounts)[month.contract_id]
            earlier = by_key.get((month.contract_id, end.replace(day=1) - timedelta(days=1)))
            segment_code = segments.get(month.contract_id, "none") if is_loan else "none"
            one = step(earlier, month, is_loan, bank.readings["day_count"])
            add(month.customer_id, segment_code, contract["branch_code"], end, one)
            months_seen.add(end)
    for fee in bank.fees:
        booked, end = fee["booked_date"], month_end(fee["booked_date"])
        amount = bank.in_reporting_currency(fee["amount"], bank.currency(fee), booked) or NOUGHT
        months_seen.add(end)
        for day, more in ((end, amount), (month_end(end + timedelta(days=1)), -amount)):
            add(fee["customer_id"], "none", None, day, Step(more, fee=more))
    rows = []
    for (level_code, level_value, end), found in steps.items():
        if end == min(months_seen) or end > month_end(bank.as_of):
            continue
        effects = {name: sum(getattr(one, name) for one in found) for name in EFFECTS[:-1]}
        going_on = [one for one in found if one.earlier_size]
        effects["mix"] = NOUGHT
        if going_on:
            common = sum(one.balance for one in going_on)
            common *= sum(one.earlier_spread for one in going_on)
            common /= sum(one.earlier_size for one in going_on)
            effects["mix"] = sum(one.volume for one in going_on) - common
            effects["volume"] -= effects["mix"]
        rows.append(
            {"level_code": level_code, "level_value": level_value, "month_end_date": end}
            | {f"{name}_effect_amount": round_decimal(effects[name], 2) for name in EFFECTS}
            | {"change_amount": round_decimal(sum(one.change for one in found), 2)}
        )
    return rows


def share_of_total(part: Decimal, total: Decimal) -> float | None:
    return float(Fraction(part) / Fraction(total)) if total > 0 else None


def total_to_share(amounts: list[Decimal], readings: dict) -> Decimal:
    """What tiers have shares of."""
    if readings["share_base"] == "positive":
        amounts = [max(amount, ZERO) for amount in amounts]
    return sum(amounts, ZERO)


def tier_summary(tiers: Rows, readings: dict) -> Rows:
    total = total_to_share([row["contribution_amount"] for row in tiers], readings)
    rows = []
    for tier_code in TIER_CODES:
        amounts = [row["contribution_amount"] for row in tiers if row["tier_code"] == tier_code]
        rows.append(
            {
                "tier_code": tier_code,
                "customer_count": len(amounts),
                "contribution_amount": sum(amounts, ZERO),
                "contribution_share": share_of_total(sum(amounts, ZERO), total),
            }
        )
    return rows


def contribution_concentration(tiers: Rows) -> Rows:
    """How much of the profit the best p percent of customers bring."""
    if not tiers:
        return []
    ranked = sorted(tiers, key=lambda r: (-r["contribution_amount"], r["customer_id"].encode()))
    amounts = [row["contribution_amount"] for row in ranked]
    rows = []
    for percentile in range(1, 101):
        count = -(-percentile * len(amounts) // 100)
        rows.append(
            {
                "percentile": percentile,
                "cumulative_customer_share": count / len(amounts),
                "cumulative_contribution_share": share_of_total(
                    sum(amounts[:count], ZERO), sum(amounts, ZERO)
                ),
            }
        )
    return rows


# ----------------------------------------------------------------------------------------------
# From contribution to value
# ----------------------------------------------------------------------------------------------

POLICY = pathlib.Path(__file__).resolve().parents[2] / "seeds" / "policy"


@functools.cache
def policy_of(name: str, day: date) -> Rows:
    """The rows of a shipped policy that hold on a day, cells as text."""
    with (POLICY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if row["valid_from"] <= day.isoformat() <= row["valid_to"]]


def fits(row: dict, **values: str | None) -> bool:
    """Each cell of the row is empty or the value."""
    return all(row[name] in ("", value) for name, value in values.items())


def loss_rate(bank: Bank, loan: dict) -> Decimal:
    """PD × LGD, the policy's LGD where only a PD is stated; without a PD the provision by class."""
    if loan["probability_of_default"] is not None:
        given = loan["loss_given_default"]
        if given is None:
            policies = policy_of("loss_given_default", bank.as_of)
            guarantee = loan["guarantee_type_code"]
            own = [row for row in policies if guarantee and row["guarantee_type_code"] == guarantee]
            general = [row for row in policies if not row["guarantee_type_code"]]
            given = float((own or general)[0]["loss_given_default_pct"]) / 100
        default = round_decimal(Decimal(repr(loan["probability_of_default"])), RATE_PLACES)
        loss = round_decimal(Decimal(repr(given)), RATE_PLACES)
        return round_decimal(EXACT.multiply(default, loss), RATE_PLACES)
    history = bank.loan_classes.get(loan["loan_id"])
    class_code = (history.on(bank.as_of) if history else None) or "unclassified"
    [row] = [
        row for row in policy_of("provision_rate", bank.as_of) if row["class_code"] == class_code
    ]
    rate = (Decimal(row["specific_rate_pct"]) + Decimal(row["general_rate_pct"])) / 100
    return min(rate, Decimal(1))


def capital_rate(bank: Bank, customer: dict) -> Decimal:
    """Risk weight of the borrower's class, which the most specific row names, × capital ratio."""
    values = {
        "customer_id": customer.get("customer_id"),
        "enterprise_size_code": enterprise_size(customer) if customer else None,
        "customer_type_code": customer.get("customer_type_code"),
    }
    classes = [row for row in policy_of("exposure_class", bank.as_of) if fits(row, **values)]
    chosen = max(classes, key=lambda row: [bool(row[name]) for name in values])
    [weight] = [
        row
        for row in policy_of("risk_weight", bank.as_of)
        if row["exposure_class_code"] == chosen["exposure_class_code"]
    ]
    [policy] = policy_of("profitability_policy", bank.as_of)
    product = Decimal(weight["risk_weight_pct"]) * Decimal(policy["capital_ratio_pct"])
    return round_decimal(product / 10000, RATE_PLACES)


def customer_profitability(
    bank: Bank, deposits: list[Month], loans: list[Month], contributions: Rows, tiers: Rows
) -> Rows:
    """Contribution less costs, expected loss, tax and what the capital must earn."""
    as_of = bank.as_of
    tier_codes = {row["customer_id"]: row["tier_code"] for row in tiers}
    costs, losses, capital = (defaultdict(Fraction) for _ in range(3))
    elapsed = days = 1
    policy = {"hurdle_rate_pct": "0", "income_tax_rate_pct": "0"}
    if as_of is not None:
        elapsed = as_of.timetuple().tm_yday
        days = date(as_of.year, 12, 31).timetuple().tm_yday
        [policy] = policy_of("profitability_policy", as_of)
    for kind, months in (("deposit", deposits), ("loan", loans)):
        contracts = bank.accounts if kind == "deposit" else bank.loans
        by_contract = defaultdict(list)
        for month in months:
            if month.month_end_date.year == as_of.year:
                by_contract[month.contract_id].append(month)
        for contract_id, of_year in by_contract.items():
            contract = contracts[contract_id]
            customer_id = contract["customer_id"]
            known = [Fraction(m.balance_sum) for m in of_year if m.balance_sum is not None]
            total = max(sum(known, Fraction(0)), Fraction(0))
            cost = Fraction(0)
            for row in policy_of("operating_cost", as_of):
                if row["contract_kind_code"] == kind and fits(
                    row,
                    product_code=contract["product_code"],
                    product_family_code=bank.products.get(contract["product_code"], {}).get(
                        "product_family_code"
                    ),
                    channel_code=contract.get("channel_code"),
                ):
                    open_days = sum(month.balance_days for month in of_year)
                    cost += Fraction(row["annual_amount"] or 0) * open_days
                    cost += Fraction(row["balance_cost_pct"] or 0) / 100 * total
            costs[customer_id] += Fraction(round_fraction(cost / days, RATE_PLACES))
            if kind == "loan":
                loss = total * Fraction(loss_rate(bank, contract)) / days
                losses[customer_id] += Fraction(round_fraction(loss, RATE_PLACES))
                held = Fraction(capital_rate(bank, bank.customers.get(customer_id, {})))
                tied = round_fraction(total * held / elapsed, RATE_PLACES)
                capital[customer_id] += Fraction(tied)
    rows = []
    for contribution in contributions:
        customer_id = contribution["customer_id"]
        cost, loss, tied = (
            round_fraction(part[customer_id], 2) for part in (costs, losses, capital)
        )
        pre_tax = contribution["contribution_amount"] - cost - loss
        tax = round_fraction(Fraction(pre_tax) * Fraction(policy["income_tax_rate_pct"]) / 100, 2)
        asked = Fraction(tied) * Fraction(policy["hurdle_rate_pct"]) / 100 * elapsed / days
        charge = round_fraction(asked, 2)
        after_tax = pre_tax - tax
        rows.append(
            {
                "customer_id": customer_id,
                "as_of_date": as_of,
                "tier_code": tier_codes[customer_id],
                "is_value_destroying": after_tax - charge < 0,
                "contribution_amount": contribution["contribution_amount"],
                "operating_cost_amount": cost,
                "expected_loss_amount": loss,
                "income_tax_amount": tax,
                "economic_capital_amount": tied,
                "capital_charge_amount": charge,
                "raroc": float(Fraction(after_tax) * days / (Fraction(tied) * elapsed))
                if tied
                else None,
                "eva_amount": after_tax - charge,
            }
        )
    return rows


# ----------------------------------------------------------------------------------------------
# Segmentation: one k-means candidate with three segments
# ----------------------------------------------------------------------------------------------

STARTS = 10
MAX_ITERATIONS = 300


@dataclasses.dataclass
class SegmentedLoan:
    loan_id: str
    term_days: int | None
    amount: Decimal | None
    rate_pct: Decimal | None
    segment_code: str | None = None
    own_distance: float | None = None
    other_distance: float | None = None
    silhouette: float | None = None

    @property
    def is_complete(self) -> bool:
        return None not in (self.term_days, self.amount, self.rate_pct)


def is_left_out(customer: dict, readings: dict) -> bool:
    sizes = {"all": (), "without_large": ("large", "unclassified"), "without_micro": ("micro",)}
    return (
        (
            customer.get("customer_type_code") == "retail"
            and not readings["segmentation_include_retail"]
        )
        or enterprise_size(customer) in sizes[readings["population_sizes"]]
        or (customer.get("industry_section") == "J" and not readings["population_includes_finance"])
    )


def loans_to_segment(bank: Bank, first: date, last: date, readings: dict):
    population = []
    for loan_id, loan in sorted(bank.loans.items(), key=lambda pair: pair[0].encode()):
        customer = bank.customers.get(loan["customer_id"], {})
        if not first <= loan["start_date"] <= last or is_left_out(customer, readings):
            continue
        maturity, rate = loan["maturity_date"], loan["annual_rate_pct"]
        if rate is None and loan_id in bank.loan_rates:
            rate = bank.loan_rates[loan_id].on(loan["start_date"])
        population.append(
            SegmentedLoan(
                loan_id=loan_id,
                term_days=None if maturity is None else (maturity - loan["start_date"]).days,
                amount=bank.in_reporting_currency(
                    loan["contract_amount"], bank.currency(loan), loan["start_date"]
                ),
                rate_pct=rate,
            )
        )
    return population


def scale(features: np.ndarray) -> np.ndarray:
    """Each feature from 0 to 1; one that never varies says nothing and becomes 0."""
    lowest, spread = features.min(axis=0), np.ptp(features, axis=0)
    return np.where(spread > 0, (features - lowest) / np.where(spread > 0, spread, 1), 0.0)


def distances(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.sqrt(((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2))


def farthest_first(points: np.ndarray, start: int, count: int) -> np.ndarray:
    chosen = [start]
    while len(chosen) < count:
        nearest = distances(points, points[chosen]).min(axis=1)
        chosen.append(int(nearest.argmax()))
    return points[chosen].copy()


def lloyd(points: np.ndarray, weights: np.ndarray, centres: np.ndarray) -> np.ndarray:
    labels = None
    for _ in range(MAX_ITERATIONS):
        new_labels = distances(points, centres).argmin(axis=1)
        if labels is not None and (new_labels == labels).all():
            break
        labels = new_labels
        for cluster in range(len(centres)):
            members = labels == cluster
            if members.any():
                centres[cluster] = np.average(points[members], axis=0, weights=weights[members])
    return labels


def measure(points: np.ndarray, labels: np.ndarray, weights: np.ndarray):
    """Distances to the own and the nearest other centre, and the silhouette of each point."""
    clusters = sorted(set(labels.tolist()))
    centres = np.array(
        [np.average(points[labels == c], axis=0, weights=weights[labels == c]) for c in clusters]
    )
    spans = distances(points, centres)
    column = np.array([clusters.index(label) for label in labels])
    rows = np.arange(len(points))
    own = spans[rows, column]
    if len(clusters) == 1:
        return own, None, None
    spans[rows, column] = np.inf
    other = spans.min(axis=1)
    longest = np.maximum(own, other)
    silhouette = np.where(longest > 0, (other - own) / np.where(longest > 0, longest, 1), 0.0)
    return own, other, silhouette


def k_means(loans_in_space: np.ndarray, count: int) -> np.ndarray:
    """Labels of the loans (given in loan_id order) by the best of ten fixed starts."""
    points, first_seen, inverse, sizes = np.unique(
        loans_in_space, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = first_seen.argsort()
    points, weights = points[order], sizes[order].astype(float)
    position = order.argsort()[inverse.ravel()]
    best = None
    for start in range(STARTS):
        first = start * len(points) // STARTS
        labels = lloyd(points, weights, farthest_first(points, first, count))
        own, _, silhouette = measure(points, labels, weights)
        mean = -2.0 if silhouette is None else float(np.average(silhouette, weights=weights))
        inertia = float((weights * own**2).sum())
        rank = (-round(mean, 9), inertia, start)
        if best is None or rank < best[0]:
            best = (rank, labels)
    return best[1][position]


def mean_eta_squared(points: np.ndarray, labels: np.ndarray) -> float | None:
    """How much of each feature's variation lies between the segments, averaged."""
    shares = []
    for feature in points.T:
        total = ((feature - feature.mean()) ** 2).sum()
        if np.ptp(feature) == 0:
            continue
        between = sum(
            (labels == c).sum() * (feature[labels == c].mean() - feature.mean()) ** 2
            for c in set(labels.tolist())
        )
        shares.append(between / total)
    return float(np.mean(shares)) if shares else None


def segment(population: list[SegmentedLoan], count: int = 3) -> Rows:
    """Give every complete loan its segment and distances; return the candidate's figures."""
    complete = [loan for loan in population if loan.is_complete]
    if not complete:
        return [
            {
                "cluster_count": 0,
                "loan_count": 0,
                "covered_share": None,
                "silhouette": None,
                "smallest_share": None,
                "largest_share": None,
                "smallest_to_largest_ratio": None,
                "mean_eta_squared": None,
            }
        ]
    space = scale(
        np.array(
            [[float(loan.rate_pct), float(loan.term_days), float(loan.amount)] for loan in complete]
        )
    )
    labels = k_means(space, count)
    members = defaultdict(list)
    for loan, label in zip(complete, labels.tolist(), strict=True):
        members[label].append(loan)
    by_size = sorted(members.values(), key=lambda m: (-len(m), m[0].loan_id.encode()))
    for number, loans in enumerate(by_size, start=1):
        for loan in loans:
            loan.segment_code = f"S{number}"
    own, other, silhouette = measure(space, labels, np.ones(len(complete)))
    for position, loan in enumerate(complete):
        loan.own_distance = float(own[position])
        if other is not None:
            loan.other_distance = float(other[position])
            loan.silhouette = float(silhouette[position])
    sizes = [len(loans) for loans in by_size]
    return [
        {
            "cluster_count": len(sizes),
            "loan_count": len(complete),
            "covered_share": 1.0,
            "silhouette": mean([loan.silhouette for loan in complete]),
            "smallest_share": sizes[-1] / len(complete),
            "largest_share": sizes[0] / len(complete),
            "smallest_to_largest_ratio": sizes[-1] / sizes[0],
            "mean_eta_squared": mean_eta_squared(space, labels),
        }
    ]


def mean(values: list[float | None]) -> float | None:
    if not values or None in values:
        return None
    return math.fsum(values) / len(values)


def loan_segment(population: list[SegmentedLoan]) -> Rows:
    return [
        {
            "loan_id": loan.loan_id,
            "segment_code": loan.segment_code,
            "term_days": loan.term_days,
            "contract_amount": loan.amount,
            "annual_rate_pct": loan.rate_pct,
            "own_centre_distance": loan.own_distance,
            "nearest_other_centre_distance": loan.other_distance,
            "silhouette": loan.silhouette,
        }
        for loan in population
    ]


def segment_profile(population: list[SegmentedLoan]) -> Rows:
    segmented = [loan for loan in population if loan.segment_code]
    rows = []
    for code in segment_codes(segmented):
        loans = [loan for loan in segmented if loan.segment_code == code]
        amount = sum((Fraction(loan.amount) for loan in loans), Fraction(0))
        rate = sum((Fraction(loan.rate_pct) for loan in loans), Fraction(0))
        rows.append(
            {
                "segment_code": code,
                "loan_count": len(loans),
                "loan_share": len(loans) / len(segmented),
                "mean_term_days": sum(loan.term_days for loan in loans) / len(loans),
                "mean_contract_amount": round_fraction(amount / len(loans), 2),
                "mean_annual_rate_pct": float(rate / len(loans)),
                "silhouette": mean([loan.silhouette for loan in loans]),
            }
        )
    return rows


BENCHMARKS = pathlib.Path(__file__).parents[2] / "seeds" / "reference" / "benchmark_rate.csv"


def benchmark_rate(official: Rows, day: date, term_days: int) -> Decimal | None:
    """The official rate of the day for a term, in percent."""
    for row in official:
        in_time = row["valid_from"] <= day.isoformat() <= row["valid_to"]
        if in_time and int(row["minimum_term_days"]) <= term_days <= int(row["maximum_term_days"]):
            return Decimal(row["annual_rate_pct"])
    return None


def weighted_mean(pairs: list[tuple[Decimal, Decimal]]) -> float | None:
    weight = sum((Fraction(amount) for amount, _ in pairs), Fraction(0))
    value = sum((Fraction(amount) * Fraction(value) for amount, value in pairs), Fraction(0))
    return float(value / weight) if weight else None


def segment_price(bank: Bank, population: list[SegmentedLoan]) -> Rows:
    """What the loans of a segment cost on their first day, in three readings."""
    segmented = [loan for loan in population if loan.segment_code]
    _, official = read_csv_file(BENCHMARKS)
    rows = []
    for code in segment_codes(segmented):
        readings = {name: [] for name in ("annual_rate_pct", "benchmark_multiple", "ftp_margin")}
        loans = [loan for loan in segmented if loan.segment_code == code]
        for loan in loans:
            contract = bank.loans[loan.loan_id]
            start, currency = contract["start_date"], bank.currency(contract)
            readings["annual_rate_pct"].append((loan.amount, loan.rate_pct))
            is_yuan = currency == "CNY"
            benchmark = benchmark_rate(official, start, loan.term_days) if is_yuan else None
            if benchmark is not None:
                multiple = round_fraction(Fraction(loan.rate_pct) / Fraction(benchmark), 10)
                readings["benchmark_multiple"].append((loan.amount, multiple))
            ftp_rate = bank.curves.matched(currency, start, loan.term_days)
            if ftp_rate is not None:
                kept = Fraction(loan.rate_pct) / 100 * Fraction(net_interest_factor(start))
                margin = round_fraction(kept - Fraction(ftp_rate), RATE_PLACES)
                readings["ftp_margin"].append((loan.amount, margin))
        row = {"segment_code": code, "loan_count": len(loans)}
        for name, pairs in readings.items():
            row[f"mean_{name}"] = weighted_mean([(Decimal(1), value) for _, value in pairs])
            row[f"weighted_{name}"] = weighted_mean(pairs)
        row["no_benchmark_loan_count"] = len(loans) - len(readings["benchmark_multiple"])
        row["no_ftp_margin_loan_count"] = len(loans) - len(readings["ftp_margin"])
        rows.append(row)
    return rows


def segment_codes(loans) -> list[str]:
    return sorted({loan.segment_code for loan in loans})


# ----------------------------------------------------------------------------------------------
# Enterprise size
# ----------------------------------------------------------------------------------------------

# Industry scope, then for each measure its lower bounds for large, medium and small; revenue and
# assets in units of 10,000 yuan. Staff, revenue and assets are the columns of `customer`.
STAFF, REVENUE, ASSETS = "employee_count", "annual_revenue", "total_assets"
SIZE_RULES = [
    ("A", {REVENUE: (20000, 500, 50)}),
    ("B C D", {STAFF: (1000, 300, 20), REVENUE: (40000, 2000, 300)}),
    ("E", {REVENUE: (80000, 6000, 300), ASSETS: (80000, 5000, 300)}),
    ("F51", {STAFF: (200, 20, 5), REVENUE: (40000, 5000, 1000)}),
    ("F52", {STAFF: (300, 50, 10), REVENUE: (20000, 500, 100)}),
    ("G54 G55 G56 G57 G58", {STAFF: (1000, 300, 20), REVENUE: (30000, 3000, 200)}),
    ("G59", {STAFF: (200, 100, 20), REVENUE: (30000, 1000, 100)}),
    ("G60", {STAFF: (1000, 300, 20), REVENUE: (30000, 2000, 100)}),
    ("H61 H62", {STAFF: (300, 100, 10), REVENUE: (10000, 2000, 100)}),
    ("I63 I64", {STAFF: (2000, 100, 10), REVENUE: (100000, 1000, 100)}),
    ("I65", {STAFF: (300, 100, 10), REVENUE: (10000, 1000, 50)}),
    ("K7010", {REVENUE: (200000, 1000, 100), ASSETS: (10000, 5000, 2000)}),
    ("K7020", {STAFF: (1000, 300, 100), REVENUE: (5000, 1000, 500)}),
    ("L", {STAFF: (300, 100, 10), ASSETS: (120000, 8000, 100)}),
    ("M N O Q85 R K703 K709", {STAFF: (300, 100, 10)}),
]


def industry_code(customer: dict) -> str | None:
    """Section letter and as many digits as the bank knows, like F51 or K7010."""
    section = customer.get("industry_section")
    if section is None:
        return None
    digits = customer.get("industry_class_code") or customer.get("industry_division") or ""
    return section + digits.removeprefix(section)


def size_step(value: Decimal | int, bounds: tuple, unit: int) -> int:
    return next((3 - i for i, bound in enumerate(bounds) if value >= bound * unit), 0)


def enterprise_size(customer: dict) -> str:
    """The bank's own code, else the official thresholds on today's measures."""
    if customer.get("enterprise_size_code"):
        return customer["enterprise_size_code"]
    industry = industry_code(customer)
    if industry is None:
        return "unknown"
    for scopes, measures in SIZE_RULES:
        if any(industry.startswith(scope) for scope in scopes.split()):
            if any(customer.get(name) is None for name in measures):
                return "unknown"
            steps = [
                size_step(customer[name], bounds, 1 if name == STAFF else 10000)
                for name, bounds in measures.items()
            ]
            return ["micro", "small", "medium", "large"][min(steps)]
    every_scope = " ".join(scopes for scopes, _ in SIZE_RULES).split()
    if any(scope.startswith(industry) for scope in every_scope):
        return "unknown"  # the section alone does not say which rule holds
    return "unclassified"


# ----------------------------------------------------------------------------------------------
# Composition and coverage
# ----------------------------------------------------------------------------------------------

DIMENSIONS = [
    "enterprise_size", "industry_section", "ownership", "loan_type", "tier", "product",
    "guarantee_type",
]  # fmt: skip


@dataclasses.dataclass
class DescribedLoan:
    weight: int | Fraction
    segment_code: str
    customer_id: str
    tier_code: str
    is_specialised: bool
    values: dict[str, str]


def coverage_weights(
    bank: Bank, population: list[SegmentedLoan], readings: dict
) -> dict[str, int | Fraction]:
    """What each segmented loan counts for."""
    segmented = [loan for loan in population if loan.segment_code is not None]
    if readings["coverage_base"] == "amount":
        return {loan.loan_id: Fraction(loan.amount) for loan in segmented}
    if readings["coverage_base"] == "loans":
        return {loan.loan_id: 1 for loan in segmented}
    latest = {}
    for segmented_loan in segmented:
        loan = bank.loans[segmented_loan.loan_id]
        order = (loan["start_date"], loan["loan_id"].encode())
        latest[loan["customer_id"]] = max(order, latest.get(loan["customer_id"], order))
    last = {loan_id.decode() for _, loan_id in latest.values()}
    return {loan.loan_id: int(loan.loan_id in last) for loan in segmented}


def describe_loans(bank: Bank, population: list[SegmentedLoan], tiers: Rows, readings: dict):
    tier_codes = {row["customer_id"]: row["tier_code"] for row in tiers}
    weights = coverage_weights(bank, population, readings)
    described = []
    for segmented in population:
        if segmented.segment_code is None:
            continue
        loan = bank.loans[segmented.loan_id]
        customer = bank.customers.get(loan["customer_id"], {})
        product = bank.products.get(loan["product_code"], {})
        tier_code = tier_codes[loan["customer_id"]]
        described.append(
            DescribedLoan(
                weight=weights[segmented.loan_id],
                segment_code=segmented.segment_code,
                customer_id=loan["customer_id"],
                tier_code=tier_code,
                is_specialised=bool(product.get("is_specialised")),
                values={
                    "enterprise_size": enterprise_size(customer),
                    "industry_section": customer.get("industry_section") or "unknown",
                    "ownership": customer.get("ownership_code") or "unknown",
                    "loan_type": loan["loan_type_code"],
                    "tier": tier_code,
                    "product": loan["product_code"],
                    "guarantee_type": loan["guarantee_type_code"] or "unknown",
                },
            )
        )
    return described


def ratio(part: int | Fraction, whole: int | Fraction) -> Fraction | None:
    return Fraction(part) / Fraction(whole) if whole else None


def as_float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def values_seen(loans: list[DescribedLoan], dimension: str) -> list[str]:
    return sorted({loan.values[dimension] for loan in loans})


Z_VALUE = statistics.NormalDist().inv_cdf(0.975)  # for intervals of 95 %
SMALL_COUNT = 30


def wilson(part: int, whole: int) -> tuple[float | None, float | None]:
    """Wilson's score interval: the shares from which what was seen is under z standard errors."""
    if not whole:
        return None, None
    share, spread = part / whole, Z_VALUE**2 / whole
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return centre - half, centre + half


def adjusted_residual(cell: int, row: int, column: int, whole: int) -> float | None:
    """How many standard errors a cell lies above what its margins alone would give."""
    if row in (0, whole) or column in (0, whole):
        return None
    expected = Fraction(row * column, whole)
    variance = expected * (1 - Fraction(row, whole)) * (1 - Fraction(column, whole))
    return float(cell - expected) / math.sqrt(variance)


def customers_of(loans: list[DescribedLoan]) -> int:
    return len({loan.customer_id for loan in loans})


def segment_composition(loans: list[DescribedLoan]) -> Rows:
    core = [loan for loan in loans if loan.tier_code == "core"]
    rows = []
    for population_code, population in (("all", loans), ("core", core)):
        for dimension in DIMENSIONS:
            for value in values_seen(loans, dimension):
                with_value = [loan for loan in population if loan.values[dimension] == value]
                for code in segment_codes(loans):
                    in_segment = [loan for loan in population if loan.segment_code == code]
                    cell = [loan for loan in with_value if loan.segment_code == code]
                    share_of_value = ratio(len(cell), len(with_value))
                    segment_share = ratio(len(in_segment), len(population))
                    lift = None
                    if share_of_value is not None and segment_share:
                        lift = share_of_value / segment_share
                    customers = customers_of(cell)
                    bases = len(with_value), len(in_segment), len(population)
                    of_value = wilson(len(cell), len(with_value))
                    of_segment = wilson(len(cell), len(in_segment))
                    rows.append(
                        {
                            "population_code": population_code,
                            "dimension_code": dimension,
                            "dimension_value": value,
                            "segment_code": code,
                            "loan_count": len(cell),
                            "value_loan_count": len(with_value),
                            "segment_loan_count": len(in_segment),
                            "share_of_value": as_float(share_of_value),
                            "share_of_value_lower": of_value[0],
                            "share_of_value_upper": of_value[1],
                            "share_of_segment": as_float(ratio(len(cell), len(in_segment))),
                            "share_of_segment_lower": of_segment[0],
                            "share_of_segment_upper": of_segment[1],
                            "value_loan_share": as_float(ratio(len(with_value), len(population))),
                            "lift": as_float(lift),
                            "adjusted_residual": adjusted_residual(len(cell), *bases),
                            "is_small_cell": min(bases) < SMALL_COUNT,
                            "customer_count": customers,
                            "customer_share_of_value": as_float(
                                ratio(customers, customers_of(with_value))
                            ),
                            "customer_share_of_segment": as_float(
                                ratio(customers, customers_of(in_segment))
                            ),
                            "value_customer_share": as_float(
                                ratio(customers_of(with_value), customers_of(population))
                            ),
                        }
                    )
    return rows


SIGNIFICANCE, LEAST_V = 0.01, 0.1
LEAST_EXPECTED, USUAL_EXPECTED, FEW_ALLOWED = 1, 5, Fraction(1, 5)


def segment_validity(loans: list[DescribedLoan]) -> Rows:
    """Whether a dimension's values fall into the segments otherwise than by chance."""
    rows = []
    segments, count = segment_codes(loans), len(loans)
    for dimension in DIMENSIONS if loans else []:
        values = values_seen(loans, dimension)
        cells = Counter((loan.values[dimension], loan.segment_code) for loan in loans)
        of_value = Counter(loan.values[dimension] for loan in loans)
        of_segment = Counter(loan.segment_code for loan in loans)
        expected = {
            (value, code): Fraction(of_value[value] * of_segment[code], count)
            for value in values
            for code in segments
        }
        few = sum(cell < USUAL_EXPECTED for cell in expected.values())
        chi_square = freedom = chance = plain = corrected = None
        sides = len(values) - 1, len(segments) - 1
        if min(sides) > 0:
            exact = sum((cells[key] - cell) ** 2 / cell for key, cell in expected.items())
            chi_square, freedom = float(exact), sides[0] * sides[1]
            chance = float(chdtrc(freedom, chi_square))
            plain = math.sqrt(exact / count / min(sides))
            excess = max(Fraction(0), exact / count - Fraction(freedom, count - 1))
            smaller = min(side - Fraction(side**2, count - 1) for side in sides)
            corrected = math.sqrt(excess / smaller) if smaller else None
        row = {
            "dimension_code": dimension,
            "is_valid": corrected is not None and chance < SIGNIFICANCE and corrected >= LEAST_V,
            "cramers_v": corrected,
            "uncorrected_cramers_v": plain,
            "chi_square": chi_square,
            "degrees_of_freedom": freedom,
            "p_value": chance,
            "loan_count": count,
            "value_count": len(values),
            "segment_count": len(segments),
            "smallest_expected_count": float(min(expected.values())),
            "small_expected_share": few / len(expected),
            "has_small_expected_counts": min(expected.values()) < LEAST_EXPECTED
            or Fraction(few, len(expected)) > FEW_ALLOWED,
        }
        residuals = []
        for value, code in expected:
            residual = adjusted_residual(
                cells[value, code], of_value[value], of_segment[code], count
            )
            if residual is not None:
                residuals.append((round(residual, 9), value.encode(), code.encode(), residual))
        for name, sign in (("highest", -1), ("lowest", 1)):
            ranked = sorted((sign * places[0], *places[1:]) for places in residuals)
            _, value, code, residual = ranked[0] if ranked else (None, b"", b"", None)
            row[f"{name}_residual_value"] = value.decode() or None
            row[f"{name}_residual_segment_code"] = code.decode() or None
            row[f"{name}_residual"] = residual
        rows.append(row)
    return rows


def coverage_populations(loans: list[DescribedLoan]) -> dict[str, list[DescribedLoan]]:
    populations = {"all": loans}
    for tier_code in TIER_CODES:
        populations[tier_code] = [loan for loan in loans if loan.tier_code == tier_code]
    for dimension in DIMENSIONS:
        if dimension != "tier":
            for value in values_seen(loans, dimension):
                populations[f"{dimension}:{value}"] = [
                    loan for loan in loans if loan.values[dimension] == value
                ]
    return populations


def coverage_of(loans: list[DescribedLoan]) -> Fraction | None:
    specialised = [loan for loan in loans if loan.is_specialised]
    return ratio(weight_of(specialised), weight_of(loans))


def weight_of(loans: list[DescribedLoan]) -> Fraction:
    return Fraction(sum(loan.weight for loan in loans))


def product_coverage(loans: list[DescribedLoan]) -> Rows:
    rows = []
    for population_code, population in coverage_populations(loans).items():
        for code in [*segment_codes(loans), "total"]:
            part = [loan for loan in population if code in ("total", loan.segment_code)]
            products = Counter(loan.values["product"] for loan in part)
            rows.append(
                {
                    "population_code": population_code,
                    "segment_code": code,
                    "loan_count": len(part),
                    "specialised_loan_count": sum(loan.is_specialised for loan in part),
                    "coverage_weight": round_fraction(weight_of(part), 2),
                    "coverage_rate": as_float(coverage_of(part)),
                    "product_count": len(products),
                    "specialised_product_count": len(
                        {loan.values["product"] for loan in part if loan.is_specialised}
                    ),
                    "product_concentration": as_float(
                        ratio(sum(count**2 for count in products.values()), len(part) ** 2)
                    ),
                }
            )
    return rows


def coverage_gap(loans: list[DescribedLoan]) -> Rows:
    """A population's distance from the whole, split into where it stands and how it is served."""
    rows = []
    reference = coverage_of(loans)
    for population_code, population in coverage_populations(loans).items():
        coverage = coverage_of(population)
        gap = mix = within = None
        if coverage is not None:
            gap, mix, within = coverage - reference, Fraction(0), Fraction(0)
            for code in segment_codes(loans):
                everyone = [loan for loan in loans if loan.segment_code == code]
                here = [loan for loan in population if loan.segment_code == code]
                if not weight_of(everyone):
                    continue
                weight = weight_of(here) / weight_of(population)
                mix += (weight - weight_of(everyone) / weight_of(loans)) * coverage_of(everyone)
                if weight_of(here):
                    within += weight * (coverage_of(here) - coverage_of(everyone))
        rows.append(
            {
                "population_code": population_code,
                "loan_count": len(population),
                "coverage_rate": as_float(coverage),
                "reference_coverage_rate": None if coverage is None else as_float(reference),
                "expected_coverage_rate": None if coverage is None else as_float(reference + mix),
                "gap": as_float(gap),
                "mix_effect": as_float(mix),
                "within_segment_effect": as_float(within),
                "mix_share": as_float(mix / gap if gap else None),
            }
        )
    return rows


# ----------------------------------------------------------------------------------------------
# What a definition costs
# ----------------------------------------------------------------------------------------------

REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "seeds" / "reference"


def reading_codes() -> dict[tuple[str, str], str]:
    with open(REFERENCE / "reading.csv", encoding="utf-8", newline="") as file:
        return {
            (row["setting_code"], row["setting_value"]): row["reading_code"]
            for row in csv.DictReader(file)
        }


def definition_sensitivity(
    bank: Bank,
    contributions: Rows,
    of_year: dict,
    population: list[SegmentedLoan],
    window: tuple[date, date] | None,
) -> Rows:
    """Every other reading by itself, from the start: tiers, shares and coverage."""
    segmented = {loan.loan_id: loan.segment_code for loan in population}

    def measured(readings: dict) -> tuple:
        tiers = customer_tier(bank, contributions, of_year, readings)
        amounts = [row["contribution_amount"] for row in tiers]
        core = [row["contribution_amount"] for row in tiers if row["tier_code"] == "core"]
        key = ("loans", *(readings[name] for name in readings if "population" in name))
        key += (readings["segmentation_include_retail"],)
        if key not in bank.known:
            loans = loans_to_segment(bank, *window, readings) if window else []
            for loan in loans:
                outside = "any" if loan.is_complete else None
                loan.segment_code = segmented.get(loan.loan_id, outside)
            bank.known[key] = loans
        loans = bank.known[key]
        described = describe_loans(bank, loans, tiers, readings)
        return tiers, {
            "core_customer_count": len(core),
            "total_contribution_amount": sum(amounts, ZERO),
            "core_contribution_share": share_of_total(
                sum(core, ZERO), total_to_share(amounts, readings)
            ),
            "population_loan_count": len(described),
            "population_coverage_rate": as_float(coverage_of(described)),
            "core_coverage_rate": as_float(
                coverage_of([loan for loan in described if loan.tier_code == "core"])
            ),
        }

    rows = []
    chosen_tiers, chosen = measured(bank.readings)
    codes = reading_codes()
    for name, values in READINGS.items():
        for value in values:
            if value == bank.readings[name]:
                continue
            tiers, found = measured(bank.readings | {name: value})
            moved = [
                (before, after["tier_code"])
                for before, after in zip(chosen_tiers, tiers, strict=True)
                if before["tier_code"] != after["tier_code"]
            ]
            rows.append(
                {
                    "reading_code": codes[name, str(value).lower()],
                    "setting_code": name,
                    "chosen_value_code": str(bank.readings[name]).lower(),
                    "alternative_value_code": str(value).lower(),
                    "customer_count": len(moved),
                    "contribution_amount": sum(
                        (before["contribution_amount"] for before, _ in moved), ZERO
                    ),
                    "gained_core_customer_count": sum(after == "core" for _, after in moved),
                    "lost_core_customer_count": sum(
                        before["tier_code"] == "core" for before, _ in moved
                    ),
                    "contribution_change_amount": found["total_contribution_amount"]
                    - chosen["total_contribution_amount"],
                }
                | found
                | {f"chosen_{column}": measure for column, measure in chosen.items()}
            )
    return rows


# ----------------------------------------------------------------------------------------------
# Products of a customer
# ----------------------------------------------------------------------------------------------


def is_account_open(_: Bank, account: dict, day: date) -> bool:
    closed = account["close_date"]
    return account["open_date"] <= day and (closed is None or closed > day)


def customer_product_holding(bank: Bank, deposits: list[Month], loans: list[Month]) -> Rows:
    """Every product of every customer, from its first contract on."""
    elapsed_days = None if bank.as_of is None else bank.as_of.timetuple().tm_yday
    months = defaultdict(list)
    for kind, of_kind in (("deposit", deposits), ("loan", loans)):
        for month in of_kind:
            if month.month_end_date.year == bank.as_of.year:
                months[kind, month.contract_id].append(month)
    held = defaultdict(list)
    for kind, contracts in (("deposit", bank.accounts), ("loan", bank.loans)):
        for contract_id, contract in contracts.items():
            held[contract["customer_id"], contract["product_code"]].append((kind, contract_id))
    rows = []
    for (customer_id, product_code), contracts in held.items():
        product = bank.products.get(product_code, {})
        starts, balances, of_year, amounts = [], [], [], []
        counts = dict.fromkeys(
            ("open_deposit_count", "open_loan_count", "deposit_count", "loan_count"), 0
        )
        for kind, contract_id in contracts:
            is_loan = kind == "loan"
            contract = (bank.loans if is_loan else bank.accounts)[contract_id]
            starts.append(contract["start_date" if is_loan else "open_date"])
            counts[f"{kind}_count"] += 1
            if bank.as_of is not None:
                is_live = is_open if is_loan else is_account_open
                counts[f"open_{kind}_count"] += is_live(bank, contract, bank.as_of)
            histories_of_kind = bank.loan_balances if is_loan else bank.deposit_balances
            balance = ZERO
            if contract_id in histories_of_kind:
                balance = histories_of_kind[contract_id].on(bank.as_of) or ZERO
            if balance != 0:
                balance = bank.in_reporting_currency(balance, bank.currency(contract), bank.as_of)
            balances.append(balance)
            own_months = months[kind, contract_id]
            of_year += own_months
            priced = [m.contribution for m in own_months if m.contribution is not None]
            if priced or not own_months:
                amounts.append(sum(priced, Decimal(0)))
        known = [balance for balance in balances if balance is not None]
        rows.append(
            {
                "customer_id": customer_id,
                "product_code": product_code,
                "product_family_code": product.get("product_family_code"),
                "is_specialised": bool(product.get("is_specialised")),
                "is_held": counts["open_deposit_count"] + counts["open_loan_count"] > 0,
                "first_start_date": min(starts),
                "latest_start_date": max(starts),
                **counts,
                "balance_amount": sum(known, ZERO) if known else None,
                "average_daily_balance": year_average(of_year, elapsed_days),
                "contribution_amount": sum(amounts, Decimal(0)) if amounts else None,
            }
        )
    return rows


def customer_segments(bank: Bank, population: list[SegmentedLoan]) -> dict[str, str]:
    """A customer is in the segment of its latest segmented loan."""
    latest = {}
    for segmented in population:
        if segmented.segment_code is not None:
            loan = bank.loans[segmented.loan_id]
            order = (loan["start_date"], segmented.loan_id.encode())
            if order >= latest.get(loan["customer_id"], (order,))[0]:
                latest[loan["customer_id"]] = (order, segmented.segment_code)
    return {customer_id: code for customer_id, (_, code) in latest.items()}


def customer_product_coverage(
    bank: Bank, holdings: Rows, segments: dict[str, str], tiers: Rows
) -> Rows:
    held_by, starts_by = defaultdict(list), defaultdict(list)
    for row in holdings:
        if row["is_held"]:
            held_by[row["customer_id"]].append(row)
    for loan in bank.loans.values():
        if bank.as_of is not None and loan["start_date"] <= bank.as_of:
            starts_by[loan["customer_id"]].append(loan["start_date"])
    rows = []
    for tier in tiers:
        customer_id = tier["customer_id"]
        held, starts = held_by[customer_id], starts_by[customer_id]
        families = set()
        for kind in ("deposit", "loan"):
            families |= {
                row["product_family_code"] or kind for row in held if row[f"open_{kind}_count"]
            }
        of_year = [day for day in starts if day.year == bank.as_of.year]
        rows.append(
            {
                "customer_id": customer_id,
                "segment_code": segments.get(customer_id),
                "tier_code": tier["tier_code"],
                "product_count": len(held),
                "product_family_count": len(families),
                "specialised_product_count": sum(row["is_specialised"] for row in held),
                "year_loan_count": len(of_year),
                "has_deposit": any(row["open_deposit_count"] for row in held),
                "has_loan": any(row["open_loan_count"] for row in held),
                "is_cross_sold": len(families) > 1,
                "is_repeat_borrower": bool(of_year) and len(starts) > 1,
            }
        )
    return rows


def product_holding_rate(customers: Rows, codes: list[str]) -> Rows:
    rows = []
    for segment_code in [*codes, "none", "total"]:
        for tier_code in [*TIER_CODES, "total"]:
            here = [
                row
                for row in customers
                if segment_code in ("total", row["segment_code"] or "none")
                and tier_code in ("total", row["tier_code"])
            ]
            holders = [row for row in here if row["product_count"]]
            borrowers = [row for row in here if row["year_loan_count"]]
            crossed = sum(row["is_cross_sold"] for row in here)
            repeated = sum(row["is_repeat_borrower"] for row in here)
            rows.append(
                {
                    "segment_code": segment_code,
                    "tier_code": tier_code,
                    "customer_count": len(here),
                    "holder_count": len(holders),
                    "cross_sold_count": crossed,
                    "cross_sell_rate": as_float(ratio(crossed, len(holders))),
                    "borrower_count": len(borrowers),
                    "repeat_borrower_count": repeated,
                    "repeat_rate": as_float(ratio(repeated, len(borrowers))),
                }
            )
    return rows


# ----------------------------------------------------------------------------------------------
# The study's figures
# ----------------------------------------------------------------------------------------------

PRINTED = """
    90 1 9.1 284.5 546.6 6.9 1991.6 6079.2 7.25 405.3 4165.2 6.5 8 3 0.75
    99.93 0.07 0 99.79 0.21 0 57.54 3.62 38.84 100 >90
    96.23 95.51 93.42 93.31 11.11 8.2 4.55 33.33 29.55 23.39 21.31 19.24 9.86 5.71 30+ 90 80
    2.64 55.85 41.51 0 32 20 10 1000000 200000 5.5 360
"""


def named_segments(population: list[SegmentedLoan], profile: Rows) -> dict[str, str]:
    """The largest segment of each profile, by its means over everybody's."""
    segmented = [loan for loan in population if loan.segment_code]
    named = {}
    for row in sorted(profile, key=lambda row: (-row["loan_count"], row["segment_code"])):
        ratios = []
        for feature in ("term_days", "amount", "rate_pct"):
            here = [loan for loan in segmented if loan.segment_code == row["segment_code"]]
            mean_here, mean_of_all = (
                sum(Fraction(getattr(loan, feature)) for loan in loans) / len(loans)
                for loans in (here, segmented)
            )
            ratios.append(mean_here / mean_of_all if mean_of_all else None)
        term, amount, rate = ratios
        if term is not None and amount is not None and term >= 2 and amount >= 2:
            name = "funds"
        elif amount is not None and amount >= 1 and rate is not None and rate < 1:
            name = "saving"
        elif amount is not None and amount < 1:
            name = "basic"
        else:
            name = "dear"
        named.setdefault(name, row["segment_code"])
    return named


def agrees(printed: str, value) -> bool | None:
    """Half a unit of the last digit printed, or the inequality that is."""
    if value is None:
        return None
    number, value = Fraction(printed.strip(">+")), Fraction(value)
    if printed.startswith(">"):
        return value > number
    if printed.endswith("+"):
        return value >= number
    digits = len(printed.partition(".")[2])
    return abs(value - number) <= Fraction(1, 2 * 10**digits)


def paper_figure(
    as_of: date | None, named: dict[str, str], marts: dict[str, Rows], day_count: int
) -> Rows:
    """What the study prints, of this bank: in the order it prints it."""

    def table(name: str, *keys: str) -> dict:
        return {tuple(row[key] for key in keys): row for row in marts[f"marts.{name}"]}

    profile = table("segment_profile", "segment_code")
    cells = table(
        "segment_composition", "population_code", "segment_code", "dimension_code",
        "dimension_value",
    )  # fmt: skip
    coverage = table("product_coverage", "population_code", "segment_code")
    (champion,) = marts["marts.segmentation_candidate"]
    core = table("tier_summary", "tier_code").get(("core",), {})
    basic, funds, saving = (named.get(name) for name in ("basic", "funds", "saving"))

    def percent(part, whole) -> Fraction | None:
        return Fraction(100 * part, whole) if whole else None

    def cell(measure: str, *key: str):
        row = cells.get(key, {})
        return percent(row.get("loan_count", 0), row.get(f"{measure}_loan_count"))

    def covered(population: str, segment: str | None) -> Fraction | None:
        row = coverage.get((population, segment), {})
        if row.get("coverage_weight") == row.get("loan_count"):
            return percent(row.get("specialised_loan_count", 0), row.get("loan_count"))
        return None if row["coverage_rate"] is None else 100 * Fraction(row["coverage_rate"])

    def share(value: float | None) -> float | None:
        return None if value is None else 100 * value

    segmented = sum(row["loan_count"] for row in profile.values())
    values = [
        percent(profile[(code,)]["loan_count"], segmented) if code else None
        for code in (basic, funds, saving)
    ]
    for code in (basic, funds, saving):
        row = profile.get((code,), {})
        amount = row.get("mean_contract_amount")
        values += [
            row.get("mean_term_days"),
            None if amount is None else Fraction(amount) / 10000,
            row.get("mean_annual_rate_pct"),
        ]
    values += [None, champion["cluster_count"], champion["silhouette"]]
    for size in ("micro", "small", "medium"):
        for code in (basic, funds, saving):
            values.append(cell("value", "all", code, "enterprise_size", size))
    values += [
        cell("segment", "all", code, "enterprise_size", "medium") for code in (funds, saving)
    ]
    for code, sections in ((basic, "OHAI"), (funds, "NDR"), (saving, "JBND")):
        values += [cell("value", "all", code, "industry_section", name) for name in sections]
    values += [covered("all", code) for code in (basic, funds, saving)]
    values.append(coverage[("all", "total")]["product_count"])
    of_core = covered("core", "total")
    values.append(None if of_core is None else 100 - of_core)
    values.append(share(core.get("contribution_share")))
    values += [cell("value", "core", code, "tier", "core") for code in (funds, saving, basic)]
    working_capital = cells.get(("core", funds, "loan_type", "WC"), {})
    values.append(working_capital.get("loan_count"))
    for ownership in ("159", "173", "110"):
        keys = [("core", code[0], "ownership", ownership) for code in profile]
        rows = [cells[key] for key in keys if key in cells]
        values.append(share(rows[0]["value_customer_share"]) if rows else None)
    if as_of is None:
        values += [None, None, None]
    else:
        values += [1000000, 200000, 100 - 100 * Fraction(net_interest_factor(as_of))]
    values.append(day_count)
    return [
        {
            "fact_id": f"F{number:03}",
            "published_value": printed,
            "recomputed_value": None if value is None else float(value),
            "agrees": agrees(printed, value),
        }
        for number, (printed, value) in enumerate(
            zip(PRINTED.split(), values, strict=True), start=1
        )
    ]


# ----------------------------------------------------------------------------------------------
# Everything at once
# ----------------------------------------------------------------------------------------------


def monthly_rows(months: list[Month], is_loan: bool) -> Rows:
    rows = []
    for month in months:
        row = {
            "loan_id" if is_loan else "account_id": month.contract_id,
            "month_end_date": month.month_end_date,
            "customer_id": month.customer_id,
            "days": month.days,
            "average_daily_balance": month.average,
        }
        if is_loan:
            row["net_interest_factor"] = month.factor
        row["contribution_amount"] = month.contribution
        rows.append(row)
    return rows


def compute(
    extracts: pathlib.Path,
    as_of_date: date | None = None,
    reporting_currency: str = "CNY",
    *,
    segmentation_start_date: date | None = None,
    segmentation_end_date: date | None = None,
    **readings,
) -> dict[str, Rows]:
    """Every checked mart as rows, computed from a folder of extracts; `readings` as READINGS."""
    with decimal.localcontext(EXACT):
        door = open_door(pathlib.Path(extracts))
        as_of = as_of_date or latest_date(door.accepted)
        bank = Bank(door.accepted, as_of, reporting_currency, readings)
        deposits = contract_months(bank, is_loan=False)
        loans = contract_months(bank, is_loan=True)
        contributions = customer_contribution(bank, deposits, loans)
        of_year = months_of_year(bank, deposits, loans)
        tiers = customer_tier(bank, contributions, of_year, bank.readings)
        monthly_tiers = customer_monthly_tier(bank, deposits, loans)
        population, window = [], None
        if as_of is not None:
            first_day = segmentation_start_date or as_of.replace(month=1, day=1)
            window = (first_day, segmentation_end_date or as_of)
            population = loans_to_segment(bank, *window, bank.readings)
        candidate = segment(population)
        described = describe_loans(bank, population, tiers, bank.readings)
        holdings = customer_product_holding(bank, deposits, loans)
        segments = customer_segments(bank, population)
        product_coverages = customer_product_coverage(bank, holdings, segments, tiers)
        marts = {
            "quality.extract_reconciliation": door.reconciliation,
            "quality.rejected_row": door.rejected,
            "quality.unpriced_balance": unpriced_contracts(bank, deposits, loans),
            "quality.ledger_reconciliation": ledger_reconciliation(bank),
            "marts.deposit_account_monthly_contribution": monthly_rows(deposits, False),
            "marts.loan_monthly_contribution": monthly_rows(loans, True),
            "marts.customer_contribution": contributions,
            "marts.customer_tier": tiers,
            "marts.customer_monthly_tier": monthly_tiers,
            "marts.tier_migration": tier_migration(monthly_tiers),
            "marts.customer_profitability": customer_profitability(
                bank, deposits, loans, contributions, tiers
            ),
            "marts.contribution_change": contribution_change(
                bank, deposits, loans, tiers, population
            ),
            "marts.tier_summary": tier_summary(tiers, bank.readings),
            "marts.definition_sensitivity": definition_sensitivity(
                bank, contributions, of_year, population, window
            ),
            "marts.contribution_concentration": contribution_concentration(contributions),
            "marts.segmentation_candidate": candidate,
            "marts.loan_segment": loan_segment(population),
            "marts.segment_profile": segment_profile(population),
            "marts.segment_price": segment_price(bank, population),
            "marts.segment_composition": segment_composition(described),
            "marts.segment_validity": segment_validity(described),
            "marts.product_coverage": product_coverage(described),
            "marts.coverage_gap": coverage_gap(described),
            "marts.customer_product_holding": holdings,
            "marts.customer_product_coverage": product_coverages,
            "marts.product_holding_rate": product_holding_rate(
                product_coverages, segment_codes(described)
            ),
        }
        named = named_segments(population, marts["marts.segment_profile"])
        figures = paper_figure(as_of, named, marts, bank.readings["day_count"])
        return marts | {"marts.paper_figure": figures}


# ----------------------------------------------------------------------------------------------
# Comparing with a warehouse
# ----------------------------------------------------------------------------------------------

KEYS = {
    "quality.extract_reconciliation": ["extract_name"],
    "quality.ledger_reconciliation": ["as_of_date", "account_class_code", "currency_code"],
    "marts.deposit_account_monthly_contribution": ["account_id", "month_end_date"],
    "marts.loan_monthly_contribution": ["loan_id", "month_end_date"],
    "marts.customer_contribution": ["customer_id"],
    "marts.customer_tier": ["customer_id"],
    "marts.customer_monthly_tier": ["customer_id", "month_end_date"],
    "marts.tier_migration": ["month_end_date", "from_tier_code", "to_tier_code"],
    "marts.customer_profitability": ["customer_id"],
    "marts.contribution_change": ["level_code", "level_value", "month_end_date"],
    "marts.tier_summary": ["tier_code"],
    "marts.definition_sensitivity": ["reading_code"],
    "marts.contribution_concentration": ["percentile"],
    "marts.loan_segment": ["loan_id"],
    "marts.segment_profile": ["segment_code"],
    "marts.segment_price": ["segment_code"],
    "marts.segment_composition": [
        "population_code", "dimension_code", "dimension_value", "segment_code",
    ],
    "marts.segment_validity": ["dimension_code"],
    "marts.product_coverage": ["population_code", "segment_code"],
    "marts.coverage_gap": ["population_code"],
    "marts.customer_product_holding": ["customer_id", "product_code"],
    "marts.customer_product_coverage": ["customer_id"],
    "marts.product_holding_rate": ["segment_code", "tier_code"],
    "marts.paper_figure": ["fact_id"],
}  # fmt: skip

# Promised for later than the first release: compared once they are there.
LATER_COLUMNS = {"plug_in_contribution_amount", "plug_in_error_amount", "mean_eta_squared"}
RATE_COLUMNS = {"net_interest_factor"}
# In the warehouse it takes what the rounding of the other effects leaves.
ROUNDED_APART = {
    "volume_effect_amount": Decimal("0.03"),
    # Made of spreads of ten decimals: within a thousandth of a cent, so on either side of half one.
    "mix_effect_amount": Decimal("0.01"),
}
LINES_PER_MART = 10
TOLERANCE = 1e-9


def same(expected, found, column: str) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(expected, float) or column in RATE_COLUMNS:
        if isinstance(found, bool) or not isinstance(found, float | int | Decimal):
            return False
        return abs(float(expected) - float(found)) <= TOLERANCE * max(1, abs(float(expected)))
    if isinstance(expected, Decimal):
        apart = ROUNDED_APART.get(column, 0)
        return isinstance(found, Decimal) and abs(expected - found) <= apart
    if isinstance(expected, datetime.date) and isinstance(found, datetime.datetime):
        return False
    return type(expected) is type(found) and expected == found


def read_table(connection, name: str) -> Rows | None:
    schema, table = name.split(".")
    exists = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchone()[0]
    if not exists:
        return None
    result = connection.execute(f'select * from "{schema}"."{table}"')
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def compare_keyed(expected: Rows, found: Rows, keys: list[str]) -> list[str]:
    lines = []
    wanted = {tuple(row[key] for key in keys): row for row in expected}
    present = {tuple(row.get(key) for key in keys): row for row in found}
    if len(present) < len(found):
        lines.append(f"{len(found) - len(present)} duplicate keys")
    columns = [name for name in (expected[0] if expected else {}) if name not in keys]
    if found:
        for name in columns:
            if name not in found[0] and name not in LATER_COLUMNS:
                lines.append(f"column {name} is missing")
        columns = [name for name in columns if name in found[0]]
    lines += [f"missing {show(key)}" for key in wanted if key not in present]
    lines += [f"extra {show(key)}" for key in present if key not in wanted]
    for key, row in wanted.items():
        for name in columns if key in present else []:
            if not same(row[name], present[key][name], name):
                lines.append(
                    f"{show(key)} {name}: expected {row[name]!s}, found {present[key][name]!s}"
                )
    return lines


def show(key: tuple) -> str:
    return "|".join(map(str, key))


def compare_bags(expected: list[tuple], found: list[tuple]) -> list[str]:
    """Rows without a key: the same ones, as often."""
    lines = []
    for row in sorted(set(expected) | set(found), key=str):
        if expected.count(row) != found.count(row):
            lines.append(
                f"{show(row)}: expected {expected.count(row)}, found {found.count(row)} times"
            )
    return lines


def compare_unpriced(expected: Rows, found: Rows) -> list[str]:
    """The table's own columns are free, so the contracts are looked for under likely names."""
    wanted = {(row["contract_kind_code"], row["contract_id"]) for row in expected}
    present = set()
    for row in found:
        loan_id, account_id = row.get("loan_id"), row.get("account_id")
        contract_id = row.get("contract_id") or loan_id or account_id
        kind = str(row.get("contract_kind_code") or ("loan" if loan_id else "deposit"))
        present.add(("loan" if "loan" in kind else "deposit", contract_id))
    reasons = {(row["contract_kind_code"], row["contract_id"]): row["reason"] for row in expected}
    lines = [f"missing {show(key)} ({reasons[key]})" for key in sorted(wanted - present)]
    return lines + [f"extra {show(key)}" for key in sorted(present - wanted, key=str)]


def compare_candidate(expected: Rows, found: Rows) -> list[str]:
    champions = [row for row in found if row.get("is_champion")] if len(found) > 1 else found
    if len(champions) != 1:
        return [f"expected one candidate, found {len(found)} with {len(champions)} champions"]
    keyed = [row | {"candidate": "the candidate"} for row in expected]
    return compare_keyed(keyed, [champions[0] | {"candidate": "the candidate"}], ["candidate"])


def compare(expected: dict[str, Rows], database: pathlib.Path) -> list[str]:
    """Readable differences between what must be there and what a warehouse file holds."""
    import duckdb

    report = []
    with duckdb.connect(str(database), read_only=True) as connection:
        for name, rows in expected.items():
            found = read_table(connection, name)
            if found is None:
                report.append(f"{name}: the table is missing")
                continue
            if name == "quality.rejected_row":
                columns = ("extract_name", "row_key", "reason_code")
                lines = compare_bags(
                    [tuple(row[column] for column in columns) for row in rows],
                    [tuple(row[column] for column in columns) for row in found],
                )
            elif name == "quality.unpriced_balance":
                lines = compare_unpriced(rows, found)
            elif name == "marts.segmentation_candidate":
                lines = compare_candidate(rows, found)
            elif name == "marts.paper_figure":
                # How many models compete is the policy's.
                both = [[row for row in some if row["fact_id"] != "F013"] for some in (rows, found)]
                lines = compare_keyed(*both, KEYS[name])
            else:
                lines = compare_keyed(rows, found, KEYS[name])
            report += [f"{name}: {line}" for line in lines[:LINES_PER_MART]]
            if len(lines) > LINES_PER_MART:
                report.append(f"{name}: and {len(lines) - LINES_PER_MART} more")
    return report
