"""Policy files are checked before any model, as extracts are: one line that says what to mend.

The rules stand in the seeds' YAML: under a column's ``meta`` required, minimum, maximum, above,
allowed, ``reserved_start`` (what no value begins with), ``words`` (some of the words that a value
of the column ``by`` has, in their order) and ``found_in`` (``file`` and ``column`` that must hold
the value, in a row ``where`` columns have values and the ``same`` columns agree; ``or`` what else
it may be); under a seed's ``meta`` ``unique`` (columns no two rows share), ``rows`` (how many there
must be), ``dated`` (by which columns rows follow each other in time, and for which values, or
``all``, every day must have one), ``requires`` (a list: which cells the values of columns need),
``products`` (what columns multiplied with one another may come to, in rows ``without`` a column if
it says so) and ``sums`` (what a column adds up to on every day that a key has rows).
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from math import prod
from pathlib import Path

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)


class PolicyFault(Exception):
    """A policy file that cannot be taken; the text is the one line the user sees."""

    def __init__(self, path: Path, line: int | None, fault: str, mend: str):
        place = f"{path}, line {line}" if line else str(path)
        super().__init__(" ".join(f"{place}: {fault}. {mend}".split()))


def check(folder: Path, seeds: dict[str, dict]) -> str | None:
    """The first fault of a policy folder, or None.

    ``seeds`` maps a file's name without .csv to its ``columns`` (name -> type and rules) and the
    rules of the whole file.
    """
    try:
        files = {name: check_file(folder / f"{name}.csv", seed) for name, seed in seeds.items()}
        for name, seed in seeds.items():
            check_found(folder / f"{name}.csv", files, name, seed["columns"])
    except PolicyFault as fault:
        return str(fault)
    return None


def check_file(path: Path, seed: dict) -> list[tuple[int, dict]]:
    """Every cell, then what rows must not have in common, then the days they leave out."""
    rows = read_rows(path, seed["columns"])
    typed = [
        (
            line,
            {
                name: cell(path, line, name, row[name], rules)
                for name, rules in seed["columns"].items()
            },
        )
        for line, row in rows
    ]
    if {"valid_from", "valid_to"} <= set(seed["columns"]):
        check_order_of_days(path, typed)
    for columns in seed.get("unique", []):
        check_unique(path, typed, columns)
    if "rows" in seed and len(typed) != seed["rows"]:
        raise PolicyFault(
            path, None, f"it has {len(typed)} rows, not {seed['rows']}", "Add or remove rows"
        )
    for rule in seed.get("requires", []):
        check_requires(path, typed, rule)
    for rule in seed.get("products", []):
        check_products(path, typed, rule)
    for name, rules in seed["columns"].items():
        if "words" in rules:
            check_words(path, typed, name, rules["words"])
    if "dated" in seed:
        check_days(path, typed, seed["dated"])
    if "sums" in seed:
        check_sums(path, typed, seed["sums"])
    return typed


def read_rows(path: Path, columns: dict) -> list[tuple[int, dict[str, str]]]:
    """The rows with their lines; a file that is missing, cut or of other columns is a fault."""
    if not path.is_file():
        raise PolicyFault(
            path, None, "the file is missing", "A policy folder holds every file of seeds/policy"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in columns if name not in header]
            if missing:
                raise PolicyFault(
                    path, 1, f"column {missing[0]} is missing", "Take the header of seeds/policy"
                )
            rows = []
            for row in reader:
                if row and len(row) != len(header):
                    raise PolicyFault(
                        path, reader.line_num,
                        f"it has {len(row)} fields, the header has {len(header)}",
                        "Quote fields that hold commas",
                    )  # fmt: skip
                if row:
                    rows.append(
                        (reader.line_num, dict(zip(header, map(str.strip, row), strict=True)))
                    )
            return rows
    except UnicodeDecodeError as error:
        raise PolicyFault(path, None, "not UTF-8 text", "Save it as UTF-8") from error
    except csv.Error as error:
        raise PolicyFault(path, None, f"not a CSV file ({error})", "Check its quotes") from error


def cell(path: Path, line: int, name: str, text: str, rules: dict):
    """The value of a cell, or a fault that names it."""
    if text == "":
        if rules.get("required"):
            raise PolicyFault(path, line, f"{name} is empty", "Fill it in")
        return None
    try:
        value = typed_value(text, rules["type"])
    except (ValueError, InvalidOperation):
        raise PolicyFault(
            path,
            line,
            f"{name} '{text}' is no {rules['type']}",
            "Write days as YYYY-MM-DD, numbers as 1.5",
        ) from None
    if rules.get("allowed") and text not in map(str, rules["allowed"]):
        raise PolicyFault(
            path,
            line,
            f"{name} '{text}' is unknown",
            f"Take one of {', '.join(map(str, rules['allowed']))}",
        )
    reserved = rules.get("reserved_start")
    if reserved and text.startswith(reserved):
        raise PolicyFault(
            path, line, f"{name} '{text}' begins with '{reserved}'", "Begin it with a letter"
        )
    below = rules.get("minimum") is not None and value < Decimal(str(rules["minimum"]))
    beyond = rules.get("maximum") is not None and value > Decimal(str(rules["maximum"]))
    if below or beyond:
        bounds = f"from {rules.get('minimum', 'any')} to {rules.get('maximum', 'any')}"
        raise PolicyFault(path, line, f"{name} {text} is out of range", f"Take a value {bounds}")
    if rules.get("above") is not None and value <= Decimal(str(rules["above"])):
        raise PolicyFault(
            path, line, f"{name} {text} is out of range", f"Take a value above {rules['above']}"
        )
    scale = scale_of(rules["type"])
    if scale is not None and value != round(value, scale):
        raise PolicyFault(path, line, f"{name} {text} has over {scale} decimals", "Round it")
    return value


def scale_of(data_type: str) -> int | None:
    """Decimals that a type keeps; a double keeps what is written."""
    return int(data_type.rstrip(")").split(",")[1]) if data_type.startswith("decimal(") else None


def typed_value(text: str, data_type: str):
    """Text as a date, boolean, whole number or decimal; anything else stays text."""
    kind = data_type.split("(")[0]
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if kind in ("integer", "bigint"):
        return int(text)
    if kind in ("decimal", "double"):
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
            raise ValueError(text)
        return Decimal(text)
    return text


def check_order_of_days(path: Path, rows: list) -> None:
    """No row ends before it begins; an empty end is none."""
    for line, row in rows:
        start, end = row["valid_from"], row["valid_to"]
        if start and end and end < start:
            raise PolicyFault(
                path, line, f"valid_to {end} is before valid_from {start}", "Swap them"
            )


def check_unique(path: Path, rows: list, columns: list[str]) -> None:
    """No two rows share the columns."""
    seen: dict[tuple, int] = {}
    for line, row in rows:
        key = tuple(row[name] for name in columns)
        if key in seen:
            raise PolicyFault(
                path,
                line,
                f"{' and '.join(columns)} are those of line {seen[key]}",
                "Keep one of the rows",
            )
        seen[key] = line


def check_found(path: Path, files: dict[str, list], name: str, columns: dict) -> None:
    """A code that names a row of another file names one that is there."""
    for column, rules in columns.items():
        if "found_in" not in rules:
            continue
        rule = rules["found_in"]
        other, where, same = rule["file"], rule.get("where", {}), rule.get("same", [])
        there = [row for _, row in files[other] if all(row[k] == v for k, v in where.items())]
        for line, row in files[name]:
            fitting = [known for known in there if all(known[k] == row[k] for k in same)]
            known = [*rule.get("or", []), *(known[rule["column"]] for known in fitting)]
            if row[column] is not None and row[column] not in known:
                which = " ".join([*where, *(str(row[k]) for k in same)])
                place = f"{other}.csv ({which})" if which else f"{other}.csv"
                raise PolicyFault(
                    path,
                    line,
                    f"{column} '{row[column]}' is not in {place}",
                    f"Take one of {', '.join(map(str, dict.fromkeys(known)))}",
                )


def check_words(path: Path, rows: list, name: str, rule: dict) -> None:
    """The cell's words are among those of its kind, each once and in their order."""
    for line, row in rows:
        words = rule[row[rule["by"]]]
        if row[name] != " ".join(word for word in words if word in row[name].split()):
            raise PolicyFault(
                path,
                line,
                f"{name} '{row[name]}' is none of a {row[rule['by']]}",
                f"Take some of {' '.join(words)}, in this order",
            )


def check_requires(path: Path, rows: list, rule: dict) -> None:
    """Each row has the cells its values need, and none that only other values need.

    ``values`` lists them per value of ``columns``, with a question mark where a cell may be empty;
    ``refused`` are values that do not go together, ``fixed`` numbers a value leaves no choice of.
    """
    some = {name.rstrip("?") for names in rule["values"].values() for name in names}
    for line, row in rows:
        parts = [key_part(row[name]) for name in rule["columns"]]
        value = " ".join(parts)
        if value in rule.get("refused", []):
            raise PolicyFault(
                path, line, f"{rule['columns'][-1]} {parts[-1]} does not go with {parts[0]}",
                "Change one of the two",
            )  # fmt: skip
        cells = rule["values"].get(value, [])
        for name in sorted(some):
            if name in cells and row[name] is None:
                raise PolicyFault(path, line, f"{name} is empty", f"{value} needs it")
            if name not in cells and f"{name}?" not in cells and row[name] is not None:
                raise PolicyFault(
                    path, line, f"{name} means nothing to {value}", "Leave the cell empty"
                )
        for name, number in rule.get("fixed", {}).get(value, {}).items():
            if row[name] != number:
                raise PolicyFault(
                    path, line, f"{name} {row[name]} does not go with {value}", f"Make it {number}"
                )


def check_products(path: Path, rows: list, rule: dict) -> None:
    """Columns multiplied with one another come to no more than they may; empty ones to nothing."""
    without = rule.get("without")
    for line, row in rows:
        values = [row[name] for name in rule["columns"]]
        if None in values or (without and row[without] is not None):
            continue
        if prod(values) > rule["maximum"]:
            fault = f"{' x '.join(rule['columns'])} is {prod(values)}"
            raise PolicyFault(
                path,
                line,
                f"{fault} without {without}" if without else fault,
                f"Make it {rule['maximum']} or less",
            )


def check_sums(path: Path, rows: list, rule: dict) -> None:
    """On every day that a key has rows their column adds up to what it must."""
    by_key = defaultdict(list)
    for _, row in rows:
        by_key[tuple(str(row[name]) for name in rule["by"])].append(row)
    for key, of_key in by_key.items():
        changes = {row["valid_from"] for row in of_key} | {
            row["valid_to"] + timedelta(days=1) for row in of_key if row["valid_to"] < LAST_DAY
        }
        for day in sorted(changes):
            valid = [row for row in of_key if row["valid_from"] <= day <= row["valid_to"]]
            total = sum((row[rule["column"]] for row in valid), Decimal(0))
            if valid and total != Decimal(str(rule["to"])):
                raise PolicyFault(
                    path,
                    None,
                    f"the {rule['column']} of {shown(key)} on {day} adds up to {total}",
                    f"Make it {rule['to']}",
                )


def check_days(path: Path, rows: list, rule: dict) -> None:
    """Rows of one key follow each other day upon day; named keys cover every day there is."""
    by_key = defaultdict(list)
    for line, row in rows:
        by_key[tuple(key_part(row[name]) for name in rule["by"])].append(
            (row["valid_from"], row["valid_to"], line)
        )
    every = rule.get("every", [])
    covered = set(by_key) if every == "all" else {tuple(map(key_part, key)) for key in every}
    for key in sorted(covered - set(by_key)):
        raise PolicyFault(path, None, f"no row for {shown(key)}", "Every day needs one")
    for key, intervals in by_key.items():
        previous = None
        for start, end, line in sorted(intervals):
            if previous and start <= previous:
                raise PolicyFault(
                    path,
                    line,
                    f"{shown(key)} has another row up to {previous}",
                    f"Begin after that day, not on {start}",
                )
            expected = previous + timedelta(days=1) if previous else FIRST_DAY
            if key in covered and start != expected:
                raise PolicyFault(
                    path, line, f"nothing holds for {shown(key)} from {expected} until {start}",
                    "Let the rows follow each other day upon day from 0001-01-01",
                )  # fmt: skip
            previous = end
        if key in covered and previous and previous != LAST_DAY:
            raise PolicyFault(
                path,
                line,
                f"nothing holds for {shown(key)} after {previous}",
                "Let the last row end on 9999-12-31",
            )


def key_part(value) -> str:
    """A part of a key as text; codes and keys are compared exactly."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(key) -> str:
    """A key as the message names it."""
    return " ".join(str(part) for part in key if part not in (None, "None")) or "the policy"
