"""A small bank whose past is corrected, for tests that builds on a kept working file are right.

`make` draws the bank: a dozen contracts of every kind over a few months around a leap February.
`mutate` changes it as days and mistakes do: a new month, late, corrected, moved and deleted rows,
other rates, curves, contracts, settings and policies. Both are the same on every machine.
"""

from __future__ import annotations

import csv
import os
import pathlib
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from second_bank import Rows, write_csv, write_parquet
from warehouse import ROOT

SHIPPED_POLICY = ROOT / "seeds" / "policy"

HEADERS = {
    "customer": ["customer_id", "customer_type_code", "in_rating_scope"],
    "product": ["product_code", "product_name", "product_family_code"],
    "deposit_account": [
        "account_id", "customer_id", "product_code", "currency_code", "open_date",
        "maturity_date", "annual_rate_pct",
    ],
    "deposit_balance": ["account_id", "balance_date", "balance"],
    "deposit_rate": ["account_id", "effective_date", "annual_rate_pct"],
    "loan_contract": [
        "loan_id", "customer_id", "product_code", "loan_type_code", "currency_code",
        "contract_amount", "start_date", "maturity_date", "annual_rate_pct",
    ],
    "loan_balance": ["loan_id", "balance_date", "principal_balance"],
    "loan_rate": ["loan_id", "effective_date", "annual_rate_pct"],
    "loan_classification": ["loan_id", "effective_date", "class_code"],
    "fee_income": ["fee_id", "customer_id", "booked_date", "amount", "currency_code"],
    "ftp_curve": ["curve_code", "curve_date", "tenor_days", "annual_rate_pct"],
    "exchange_rate": ["currency_code", "rate_date", "rate_to_reporting"],
    "ledger_control": ["as_of_date", "account_class_code", "currency_code", "amount"],
}  # fmt: skip

# What a row is about, its day and its value.
DATED = {
    "deposit_balance": ("account_id", "balance_date", "balance"),
    "loan_balance": ("loan_id", "balance_date", "principal_balance"),
    "deposit_rate": ("account_id", "effective_date", "annual_rate_pct"),
    "loan_rate": ("loan_id", "effective_date", "annual_rate_pct"),
    "loan_classification": ("loan_id", "effective_date", "class_code"),
    "fee_income": ("customer_id", "booked_date", "amount"),
    "ftp_curve": ("curve_code", "curve_date", "annual_rate_pct"),
    "exchange_rate": ("currency_code", "rate_date", "rate_to_reporting"),
    "ledger_control": ("currency_code", "as_of_date", "amount"),
}
BALANCES = ("deposit_balance", "loan_balance")
MASTERS = {"deposit_account": "deposit_balance", "loan_contract": "loan_balance"}

NATIVE = {
    "balance_date": "date", "effective_date": "date", "open_date": "date",
    "start_date": "timestamp", "curve_date": "date", "rate_date": "timestamp",
    "booked_date": "date", "balance": "money", "principal_balance": "float", "amount": "money",
    "tenor_days": "int", "annual_rate_pct": "rate",
}  # fmt: skip

# Files come with one time stamp, as out of an archive: only their bytes tell them apart.
FILE_TIME = 1_500_000_000


@dataclass
class Bank:
    """Files, settings and policy as they stand; `last` is the end of the last month delivered."""

    first: date
    last: date
    files: dict[str, Rows] = field(default_factory=dict)
    policy: dict[str, Rows] = field(default_factory=dict)
    vars: dict[str, str] = field(default_factory=dict)

    def paths(self, table: str) -> list[str]:
        return sorted(path for path in self.files if table_of(path) == table)

    def places(self, table: str, key: str | None = None) -> list[tuple[str, int]]:
        """Where the rows of a table, or of one key of it, stand: file and position, by day."""
        column, day, _ = DATED.get(table, (HEADERS[table][0], HEADERS[table][0], None))
        places = [
            (path, n)
            for path in self.paths(table)
            for n, row in enumerate(self.files[path])
            if key is None or row[column] == key
        ]
        return sorted(places, key=lambda place: (self.at(place)[day], place))

    def at(self, place: tuple[str, int]) -> dict[str, str]:
        return self.files[place[0]][place[1]]

    def rows(self, table: str, key: str | None = None) -> Rows:
        return [self.at(place) for place in self.places(table, key)]

    def remove(self, places: list[tuple[str, int]]) -> None:
        for path, n in sorted(places, reverse=True):
            del self.files[path][n]

    def home(self, table: str, day: str) -> str:
        """The file a row of that day goes to: its month's part, the latest part, or the file."""
        paths = self.paths(table) or [f"{table}.csv"]
        monthly = [path for path in paths if f"/{day[:7]}." in path]
        return (monthly or paths[-1:])[0]

    def add(self, table: str, *cells: str, path: str | None = None) -> None:
        row = dict(zip(HEADERS[table], cells, strict=True))
        day = row[DATED[table][1]] if table in DATED else ""
        self.files.setdefault(path or self.home(table, day), []).append(row)

    def write(self, extracts: pathlib.Path, policy: pathlib.Path) -> None:
        """Lay the files down, in place of whatever the two folders held."""
        for folder in (extracts, policy):
            shutil.rmtree(folder, ignore_errors=True)
        extracts.mkdir(parents=True)
        for path, rows in self.files.items():
            if path.endswith(".parquet"):
                write_natively(extracts / path, rows)
            else:
                write_csv(extracts / path, rows, HEADERS[table_of(path)])
        shutil.copytree(SHIPPED_POLICY, policy)
        for name, rows in self.policy.items():
            with (policy / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, policy_header(name))
                writer.writeheader()
                writer.writerows(rows)
        for file in [*extracts.rglob("*"), *policy.rglob("*")]:
            if file.is_file():
                os.utime(file, (FILE_TIME, FILE_TIME))

    def policy_rows(self, name: str) -> Rows:
        """The rows of a policy file, to be changed."""
        if name not in self.policy:
            with (SHIPPED_POLICY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                self.policy[name] = list(csv.DictReader(file))
        return self.policy[name]


def policy_header(name: str) -> list[str]:
    with (SHIPPED_POLICY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def write_natively(path: pathlib.Path, rows: Rows) -> None:
    """Parquet with native types where every cell fits, else text; no rows, no file."""
    if not rows:
        return
    try:
        write_parquet(path, rows, NATIVE)
    except (ValueError, ArithmeticError):
        write_parquet(path, rows)


def table_of(path: str) -> str:
    return path.split("/")[0].split(".")[0]


def month_start(day: date) -> date:
    return day.replace(day=1)


def month_end(day: date) -> date:
    return month_start(month_start(day) + timedelta(days=31)) - timedelta(days=1)


def shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


# ------------------------------------------------------------------------------------- values


def draw_day(bank: Bank, random: Random, slack: int = 35) -> str:
    """Any day, often one on an edge: of a month, or beside a row that is there."""
    span = (bank.last - bank.first).days + 2 * slack
    day = bank.first + timedelta(days=random.randint(0, span) - slack)
    balances = [row["balance_date"] for table in BALANCES for row in bank.rows(table)]
    balances = [text for text in balances if text != "x"]
    edges = [day, day, month_start(day), month_end(day)]
    if balances:
        edges.append(date.fromisoformat(random.choice(balances)) + timedelta(random.randint(-1, 1)))
    return random.choice(edges).isoformat()


def draw_value(table: str, random: Random) -> str:
    if table in BALANCES:
        wanted = random.random()
        low, high = (0, 0) if wanted < 0.15 else (-90_000, -1) if wanted < 0.25 else (1, 5_000_000)
        return f"{random.uniform(low, high):.2f}"
    if table == "loan_classification":
        return random.choice("11234")
    if table == "exchange_rate":
        return f"{random.uniform(0.1, 9):.6f}"
    if table in ("fee_income", "ledger_control"):
        return f"{random.uniform(-100, 400_000):.2f}"
    return f"{random.uniform(-0.5, 9):.4f}"


def draw_cells(bank: Bank, random: Random, table: str, key: str, day: str) -> list[str]:
    """A whole row of a dated table."""
    value = draw_value(table, random)
    if table == "ftp_curve":
        return [key, day, random.choice(["1", "90", "365", "730"]), value]
    if table == "fee_income":
        number = max([int(row["fee_id"]) for row in bank.rows(table)], default=0) + 1
        return [str(number), key, day, value, random.choice(["", "USD", "EUR"])]
    if table == "ledger_control":
        return [day, random.choice(["deposit", "loan", "fee"]), key, value]
    return [key, day, value]


def draw_key(bank: Bank, random: Random, table: str) -> str:
    """Whom a new row is about; now and then somebody that no master knows."""
    if table in ("ftp_curve", "exchange_rate", "ledger_control"):
        return random.choice(["CNY", "USD", "EUR", "JPY"])
    master = "customer" if table == "fee_income" else next(
        name for name in MASTERS if HEADERS[name][0] == DATED[table][0]
    )  # fmt: skip
    known = [row[HEADERS[master][0]] for row in bank.rows(master)]
    return random.choice([*known, *known, "WAITING"])


# ---------------------------------------------------------------------------------- the bank

STARTS = [date(2015, 12, 1), date(2016, 1, 1), date(2019, 12, 1), date(2023, 11, 1)]
DEPOSITS = {
    # account: currency, matures, first balance so many days after the bank's first day
    "A-DEMAND": ("CNY", False, 0),
    "A-TERM": ("CNY", True, 9),
    "A-BLANK": ("", False, 20),
    "A-DOLLAR": ("USD", False, 30),
    "A-EURO": ("EUR", True, 3),
    "A-YEN": ("JPY", False, 14),
}
LOANS = {
    "L-TERM": ("CNY", True, 1),
    "L-OPEN": ("CNY", False, 12),
    "L-FLOAT": ("CNY", True, 0),
    "L-DOLLAR": ("USD", True, 40),
    "L-EURO": ("EUR", True, 5),
    "L-UNRATED": ("CNY", False, 8),
}


def make(seed: int, layout: dict[str, str] | None = None) -> Bank:
    """A bank drawn from a seed; `layout` says how a table's files come, else that is drawn too."""
    random = Random(f"bank {seed}")
    first = random.choice(STARTS)
    last = first
    for _ in range(random.randint(3, 4)):
        last = month_end(last) + timedelta(days=1)
    last -= timedelta(days=1)
    bank = Bank(first, last)

    for number in range(1, 6):
        bank.add("customer", f"C{number}", "corporate", "true" if number % 2 else "")
    for code, family in [("D1", "deposit"), ("D2", "saving"), ("P1", "loan"), ("P2", "special")]:
        bank.add("product", code, f"product {code}", family)
    for account_id, (currency, matures, start) in DEPOSITS.items():
        opened = first + timedelta(days=start - random.choice([0, 0, 40]))
        maturity = opened + timedelta(days=random.choice([90, 365, 500])) if matures else ""
        cells = [account_id, f"C{random.randint(1, 5)}", random.choice(["D1", "D2", "D3"])]
        rate = draw_value("deposit_rate", random)
        bank.add("deposit_account", *cells, currency, str(opened), str(maturity), rate)
        add_balances(bank, random, "deposit_balance", account_id, start)
    for loan_id, (currency, matures, start) in LOANS.items():
        started = first + timedelta(days=start - random.choice([0, 0, 70]))
        maturity = started + timedelta(days=random.choice([180, 365, 900])) if matures else ""
        cells = [loan_id, f"C{random.randint(1, 5)}", random.choice(["P1", "P2", "P3"]), "WC"]
        rate = "" if loan_id == "L-UNRATED" else draw_value("loan_rate", random)
        amount = f"{random.uniform(1000, 900_000):.2f}"
        bank.add("loan_contract", *cells, currency, amount, str(started), str(maturity), rate)
        add_balances(bank, random, "loan_balance", loan_id, start)
        if random.random() < 0.5:
            cells = [loan_id, draw_day(bank, random, 0), random.choice("12")]
            bank.add("loan_classification", *cells)
    bank.add("loan_contract", "L-SILENT", "C1", "P1", "WC", "CNY", "5000", str(first), "", "5")

    for days in (10, 47, 80):
        bank.add("loan_rate", "L-FLOAT", shifted(str(first), days), draw_value("loan_rate", random))
    bank.add("loan_rate", "L-UNRATED", shifted(str(first), 40), "6.1")
    bank.add("deposit_rate", "A-DEMAND", shifted(str(first), 33), draw_value("loan_rate", random))

    for code, days in [("CNY", (-50, 31, 65)), ("USD", (45, 75)), ("EUR", (-100,))]:
        for day in days:
            for tenor in random.sample(["1", "90", "365", "730"], random.randint(2, 4)):
                cells = [code, shifted(str(first), day), tenor, draw_value("ftp_curve", random)]
                bank.add("ftp_curve", *cells)
    for code, days in [("USD", (-20, 15, 60)), ("EUR", (34, 70)), ("CNY", (-20,))]:
        for day in days:
            rate = draw_value("exchange_rate", random)
            bank.add("exchange_rate", code, shifted(str(first), day), rate)
    for number in range(1, 5):
        key, day = f"C{number % 3 + 1}", draw_day(bank, random, 0)
        bank.add("fee_income", *draw_cells(bank, random, "fee_income", key, day))
    bank.add("ledger_control", str(last), "deposit", "CNY", "1000.00")

    for table in HEADERS:
        form = random.choice(["csv", "csv.gz", "parquet", "parts csv", "parts parquet"])
        lay_out(bank, table, (layout or {}).get(table, form if table in DATED else "csv"))
    # A day that two files tell: the later file's row stands.
    place = bank.places("deposit_balance", "A-BLANK")[1]
    repeat(bank, place, bank.paths("deposit_balance")[-1], "424242.42")
    return bank


def add_balances(bank: Bank, random: Random, table: str, key: str, start: int) -> None:
    """A first row, then few or many; an account may keep still for months."""
    span = (bank.last - bank.first).days
    days = {start, *random.sample(range(start + 1, span), random.choice([2, 2, 4, 9]))}
    for day in sorted(days):
        bank.add(table, key, shifted(str(bank.first), day), draw_value(table, random))


def lay_out(bank: Bank, table: str, form: str) -> None:
    """Cut a table's rows into files anew: one file, or a part by month (masters: by row)."""
    rows = [row for path in bank.paths(table) for row in bank.files.pop(path)]
    day = DATED[table][1] if table in DATED else None
    if form.startswith("parts "):
        suffix = form.removeprefix("parts ")
        for number, row in enumerate(rows):
            part = row[day][:7] if day else str(number)
            bank.files.setdefault(f"{table}/{part}.{suffix}", []).append(row)
    else:
        bank.files[f"{table}.{form}"] = rows


def repeat(bank: Bank, place: tuple[str, int], path: str, value: str) -> None:
    """The same key and day a second time, with another value."""
    column = DATED[table_of(place[0])][2]
    bank.files[path].append(dict(bank.at(place)) | {column: value})


def add_month(bank: Bank, random: Random) -> None:
    """The next month's rows: balances, and perhaps a curve, rates and a fee."""
    start, bank.last = bank.last + timedelta(days=1), month_end(bank.last + timedelta(days=1))
    for master, table in MASTERS.items():
        path = None
        if bank.paths(table) and "/" in bank.paths(table)[-1]:
            suffix = bank.paths(table)[-1].split(".", 1)[1]
            path = f"{table}/{start.isoformat()[:7]}.{suffix}"
        for row in bank.rows(master):
            for _ in range(random.choice([0, 1, 3])):
                day = start + timedelta(days=random.choice([0, random.randint(0, 27)]))
                cells = [row[HEADERS[master][0]], str(day), draw_value(table, random)]
                bank.add(table, *cells, path=path)
    for code in ("CNY", "USD"):
        day = str(start + timedelta(days=random.randint(0, 20)))
        bank.add("ftp_curve", code, day, "365", draw_value("ftp_curve", random))
        bank.add("exchange_rate", code, day, draw_value("exchange_rate", random))
    bank.add("fee_income", *draw_cells(bank, random, "fee_income", "C2", str(start)))
    bank.add("ledger_control", str(bank.last), "loan", "CNY", "7.00")


# ---------------------------------------------------------------------------------- mutations
#
# Each changes a bank and says what it did, or returns None where it has nothing to change.


def next_month(bank: Bank, random: Random, _: str) -> str:
    add_month(bank, random)
    if "as_of_date" in bank.vars and random.random() < 0.5:
        bank.vars["as_of_date"] = str(bank.last)
    return f"the month to {bank.last} comes"


def late_row(bank: Bank, random: Random, table: str) -> str:
    key, day = draw_key(bank, random, table), draw_day(bank, random)
    cells = draw_cells(bank, random, table, key, day)
    path = random.choice([None, *bank.paths(table)])
    bank.add(table, *cells, path=path)
    return f"{table} gains {cells} in {path or 'its file'}"


def corrected_row(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place = random.choice(bank.places(table))
    value = DATED[table][2]
    old = bank.at(place)[value]
    new = draw_value(table, random)
    if random.random() < 0.5 and old[-1:].isdigit() and table != "loan_classification":
        # As many bytes as before.
        new = old[:-1] + str((int(old[-1]) + 1) % 10)
    bank.at(place)[value] = new
    return f"{table} {place} {list(bank.at(place).values())}, was {old}"


def redated_row(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place = random.choice(bank.places(table))
    row, column = bank.at(place), DATED[table][1]
    old, row[column] = row[column], draw_day(bank, random)
    return f"{table} {place} {list(row.values())}, was of {old}"


def deleted_row(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place = random.choice(bank.places(table))
    said = f"{table} {place} {list(bank.at(place).values())} is gone"
    bank.remove([place])
    return said


def deleted_key(bank: Bank, random: Random, table: str) -> str | None:
    key = draw_key(bank, random, table)
    bank.remove(bank.places(table, key))
    return f"{table} has no rows of {key}"


def repeated_row(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place, path = random.choice(bank.places(table)), random.choice(bank.paths(table))
    repeat(bank, place, path, draw_value(table, random))
    return f"{table} {place} comes again in {path}: {list(bank.files[path][-1].values())}"


def moved_row(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place, path = random.choice(bank.places(table)), random.choice(bank.paths(table))
    row = bank.at(place)
    bank.remove([place])
    bank.files[path].insert(random.randint(0, len(bank.files[path])), row)
    return f"{table} {place} {list(row.values())} moves to {path}"


def spoilt_row(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place = random.choice(bank.places(table))
    bank.at(place)[random.choice(DATED[table][1:])] = "x"
    return f"{table} {place} becomes {list(bank.at(place).values())}"


def other_first_row(bank: Bank, random: Random, table: str) -> str | None:
    """A first row that is earlier, later, nought or not nought."""
    if not bank.places(table):
        return None
    key, day, value = DATED[table]
    name = bank.at(random.choice(bank.places(table)))[key]
    place = bank.places(table, name)[0]
    row, old = bank.at(place), dict(bank.at(place))
    try:
        date.fromisoformat(row[day])
    except ValueError:
        return None
    kind = random.choice(["added before", "earlier", "later", "nought", "other"])
    if kind == "added before":
        early = shifted(row[day], -random.randint(1, 45))
        bank.add(table, *draw_cells(bank, random, table, name, early))
        return f"{table} gains a first row {name} of {early}"
    if kind in ("earlier", "later"):
        row[day] = shifted(row[day], random.randint(1, 45) * (1 if kind == "later" else -1))
    elif kind == "nought":
        row[value] = "0.00"
    else:
        row[value] = draw_value(table, random)
    return f"{table} {place} first row {list(row.values())}, was {list(old.values())}"


def deleted_part(bank: Bank, random: Random, table: str) -> str | None:
    if len(bank.paths(table)) < 2:
        return None
    path = random.choice(bank.paths(table))
    del bank.files[path]
    return f"{path} is gone"


def renamed_part(bank: Bank, random: Random, table: str) -> str | None:
    """Sorted first or last by its new name, so that other rows decide duplicates."""
    path = random.choice(bank.paths(table) or [""])
    folder, slash, name = path.partition("/")
    renamed = f"{folder}/{random.choice(['0', 'z'])}{name}"
    if not slash or renamed in bank.files:
        return None
    bank.files[renamed] = bank.files.pop(path)
    return f"{path} is now {renamed}"


def shuffled_file(bank: Bank, random: Random, table: str) -> str | None:
    path = random.choice(bank.paths(table) or [""])
    if not path:
        return None
    random.shuffle(bank.files[path])
    return f"{path} is shuffled"


def recut_table(bank: Bank, random: Random, table: str) -> str:
    form = random.choice(["csv", "csv.gz", "parquet", "parts csv", "parts parquet"])
    lay_out(bank, table, form)
    return f"{table} comes as {form}"


ATTRIBUTES = {
    "deposit_account": ["currency_code", "product_code", "maturity_date", "customer_id",
                        "annual_rate_pct", "open_date"],
    "loan_contract": ["currency_code", "product_code", "maturity_date", "customer_id",
                      "annual_rate_pct", "start_date"],
}  # fmt: skip


def changed_contract(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    row = bank.at(random.choice(bank.places(table)))
    column = random.choice(ATTRIBUTES[table])
    old = row[column]
    row[column] = {
        "currency_code": lambda: random.choice(["CNY", "USD", "EUR", "JPY", ""]),
        "product_code": lambda: random.choice(["D1", "D2", "P1", "P2", "NONE"]),
        "customer_id": lambda: f"C{random.randint(1, 7)}",
        "annual_rate_pct": lambda: draw_value("loan_rate", random),
        "maturity_date": lambda: random.choice(
            ["", shifted(str(bank.last), random.randint(0, 900))]
        ),
    }.get(column, lambda: draw_day(bank, random))()
    return f"{table} {row[HEADERS[table][0]]} {column} {row[column] or 'empty'}, was {old}"


def rejected_contract(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    row = bank.at(random.choice(bank.places(table)))
    row["annual_rate_pct"] = "x" if row["annual_rate_pct"] != "x" else "3.3"
    return f"{table} {row[HEADERS[table][0]]} has rate {row['annual_rate_pct']}"


def repeated_contract(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place, path = random.choice(bank.places(table)), random.choice(bank.paths(table))
    bank.files[path].append(dict(bank.at(place)) | {"annual_rate_pct": "4.4444"})
    return f"{table} {bank.at(place)[HEADERS[table][0]]} comes again in {path} with another rate"


def removed_contract(bank: Bank, random: Random, table: str) -> str | None:
    if not bank.places(table):
        return None
    place = random.choice(bank.places(table))
    said = f"{table} {bank.at(place)[HEADERS[table][0]]} is gone"
    bank.remove([place])
    return said


def added_contract(bank: Bank, random: Random, table: str) -> str | None:
    """First of all those whose balances wait for them."""
    key = DATED[MASTERS[table]][0]
    known = {row[key] for row in bank.rows(table)}
    waiting = sorted({row[key] for row in bank.rows(MASTERS[table])} - known)
    key = random.choice(waiting or [f"NEW-{len(known)}"])
    started, rate = draw_day(bank, random), draw_value("loan_rate", random)
    currency = random.choice(["CNY", "USD", ""])
    if table == "deposit_account":
        bank.add(table, key, "C1", "D1", currency, started, "", rate)
    else:
        bank.add(table, key, "C2", "P2", "WC", currency, "1000", started, "", rate)
    return f"{table} gains {key}"


def removed_master(bank: Bank, random: Random, table: str) -> str | None:
    for path in bank.paths(table):
        del bank.files[path]
    return f"{table} is not delivered"


def changed_product(bank: Bank, random: Random, _: str) -> str | None:
    place = random.choice(bank.places("product") or [None])
    if place is None:
        return None
    code = bank.at(place)["product_code"]
    if random.random() < 0.3:
        bank.remove([place])
        return f"product {code} is gone"
    family = random.choice(["deposit", "saving", "loan", "special"])
    bank.at(place)["product_family_code"] = family
    return f"product {code} is of family {family}"


def changed_customer(bank: Bank, random: Random, _: str) -> str | None:
    place = random.choice(bank.places("customer") or [None])
    if place is None:
        return None
    said = bank.at(place)["customer_id"]
    if random.random() < 0.4:
        bank.remove([place])
        return f"customer {said} is gone"
    scope = random.choice(["true", "false", "x"])
    bank.at(place)["in_rating_scope"] = scope
    return f"customer {said} has in_rating_scope {scope}"


def other_day(bank: Bank, random: Random, _: str) -> str:
    """The reporting day goes on, back, into a month, before everything or is left to the data."""
    day = random.choice(
        [
            None,
            str(bank.last),
            shifted(str(bank.last), random.randint(1, 62)),
            shifted(str(bank.first), -1),
            *[draw_day(bank, random, 0) for _ in range(3)],
        ]
    )
    bank.vars.pop("as_of_date", None)
    if day:
        bank.vars["as_of_date"] = day
    return f"as_of_date {day}"


def other_currency(bank: Bank, random: Random, _: str) -> str:
    code = random.choice(["CNY", "USD", "EUR"])
    bank.vars["reporting_currency"] = code
    return f"reporting_currency {code}"


def other_tax(bank: Bank, random: Random, _: str) -> str:
    rows = bank.policy_rows("tax_regime")
    if random.random() < 0.5:
        row = random.choice(rows)
        row["tax_rate_pct"] = random.choice(["3", "5", "6", "9.5"])
        return f"tax_regime {row['regime_code']} has {row['tax_rate_pct']} %"
    start = month_start(bank.first + timedelta(days=random.choice([31, 62, 93])))
    rows[0]["valid_to"], rows[1]["valid_from"] = shifted(str(start), -1), str(start)
    return f"tax_regime changes on {start}"


def other_assignment(bank: Bank, random: Random, _: str) -> str:
    row = random.choice(bank.policy_rows("ftp_assignment"))
    column = random.choice(["weight", "tenor_days", "assignment_code", "second_weight"])
    if column == "second_weight" and not row["second_tenor_days"]:
        column = "weight"
    old = row[column]
    row[column] = {
        "weight": lambda: random.choice(["1", "0.9", "0.61"]),
        "tenor_days": lambda: random.choice(["90", "365", "400"]),
        "assignment_code": lambda: random.choice(["origination", "month_start"]),
        "second_weight": lambda: random.choice(["0.3", "0.39", "0"]),
    }[column]()
    return f"ftp_assignment {row['policy_code']} {column} {row[column]}, was {old}"


def split_assignment(bank: Bank, random: Random, _: str) -> str | None:
    """From a day on another weight; the row that held goes on before it."""
    rows = bank.policy_rows("ftp_assignment")
    row = random.choice(rows)
    day = max(draw_day(bank, random), shifted(row["valid_from"], 1))
    if day > row["valid_to"]:
        return None
    later = dict(row) | {"valid_from": day, "weight": "0.83"}
    row["valid_to"] = shifted(day, -1)
    rows.append(later)
    return f"ftp_assignment {row['policy_code']} has weight 0.83 from {day}"


def other_add_on(bank: Bank, random: Random, _: str) -> str:
    rows = bank.policy_rows("ftp_add_on")
    if rows and random.random() < 0.5:
        row = rows.pop(random.randrange(len(rows)))
        return f"ftp_add_on {row['add_on_code']} {row['product_family_code']} is gone"
    kind, family = random.choice(
        [("deposit", ""), ("deposit", "saving"), ("loan", ""), ("loan", "special")]
    )
    row = dict.fromkeys(policy_header("ftp_add_on"), "") | {
        "add_on_code": random.choice(["liquidity", "reserve_requirement", "strategic_incentive"]),
        "contract_kind_code": kind,
        "product_family_code": family,
        "valid_from": random.choice(["0001-01-01", draw_day(bank, random)]),
        "valid_to": "9999-12-31",
        "spread_pct": random.choice(["0.15", "-0.2", "0"]),
        "share_of_market_rate": random.choice(["0", "-0.08"]),
    }
    rows.append(row)
    return f"ftp_add_on gains {list(row.values())}"


def committed_line(product_code: str) -> dict[str, str]:
    return {
        "product_code": product_code,
        "valid_from": "0001-01-01",
        "valid_to": "9999-12-31",
        "draw_factor": "0.6",
        "premium_pct": "1.8",
        "decided_by": "test",
        "reason": "",
    }


def other_line(bank: Bank, random: Random, _: str) -> str:
    rows = bank.policy_rows("ftp_contingent_liquidity")
    code = random.choice(["P1", "P2", "P3"])
    rows[:] = [row for row in rows if row["product_code"] != code]
    if random.random() < 0.3:
        return f"{code} is no committed line"
    row = committed_line(code) | {
        "valid_from": random.choice(["0001-01-01", draw_day(bank, random)]),
        "draw_factor": random.choice(["0.6", "1"]),
    }
    rows.append(row)
    return f"ftp_contingent_liquidity gains {list(row.values())}"


def other_threshold(bank: Bank, random: Random, _: str) -> str:
    row = random.choice(bank.policy_rows("tier_threshold"))
    row["minimum_contribution_amount"] = random.choice(["100.00", "5000.00", "300000.00"])
    return f"tier_threshold {row['tier_code']} {row['minimum_contribution_amount']}"


def nothing(bank: Bank, random: Random, _: str) -> str:
    return "nothing changes"


ROW_MUTATIONS = [late_row, corrected_row, redated_row, deleted_row, deleted_key, repeated_row,
                 moved_row, spoilt_row, other_first_row]  # fmt: skip
FILE_MUTATIONS = [deleted_part, renamed_part, shuffled_file, recut_table]
CONTRACT_MUTATIONS = [changed_contract, changed_contract, rejected_contract, repeated_contract,
                      removed_contract, added_contract, added_contract]  # fmt: skip

# Kind of change, how often, what may happen and to which tables.
MUTATIONS = [
    (3, [next_month], [""]),
    (5, ROW_MUTATIONS, list(BALANCES)),
    (1.5, FILE_MUTATIONS, list(BALANCES)),
    (2, ROW_MUTATIONS, ["deposit_rate", "loan_rate", "loan_rate"]),
    (3, ROW_MUTATIONS, ["ftp_curve"]),
    (3, ROW_MUTATIONS, ["exchange_rate"]),
    (1, ROW_MUTATIONS + FILE_MUTATIONS, ["fee_income", "loan_classification", "ledger_control"]),
    (4, CONTRACT_MUTATIONS, list(MASTERS)),
    (0.3, [removed_master], [*MASTERS, "customer", "product"]),
    (1, [changed_product, changed_customer], [""]),
    (3, [other_day], [""]),
    (0.7, [other_currency], [""]),
    (3, [other_tax, other_assignment, split_assignment, other_add_on, other_threshold], [""]),
    (0.6, [other_line], [""]),
    (0.5, [nothing], [""]),
]


def mutate(bank: Bank, random: Random, count: int) -> list[str]:
    """Change a bank by so many mutations; returns what was done."""
    said = []
    while len(said) < count:
        _, changes, tables = random.choices(MUTATIONS, [weight for weight, *_ in MUTATIONS])[0]
        change, table = random.choice(changes), random.choice(tables)
        done = change(bank, random, table)
        if done:
            said.append(f"{change.__name__}: {done}")
    return said
