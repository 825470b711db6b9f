"""What the page says, in Chinese and in English, and how it writes numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")
# A count that is missing was withheld from the copy: it speaks of too few customers.
MISSING = "–"


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        """The text in a language."""
        return {"zh": self.zh, "en": self.en}[language]


def both(zh: str, en: str) -> Text:
    """A text in both languages."""
    return Text(zh, en)


WITHHELD = both("不公布", "withheld")


@cache
def labels() -> dict[tuple[str, str], Text]:
    """Names of codes, by domain and code."""
    path = Path(__file__).with_name("labels.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["domain"], row["code"]): Text(row["zh"], row["en"]) for row in csv.DictReader(file)
        }


def label(domain: str, code: object, language: str) -> str:
    """The name of a code; a code without a name is its own."""
    if code is None:
        return MISSING
    key = str(code).lower() if isinstance(code, bool) else str(code)
    named = labels().get((domain, key))
    return named[language] if named else key


@dataclass(frozen=True)
class Unit:
    """What amounts are divided by and called, so that a column or axis has few digits."""

    divisor: Decimal
    name: Text


def money_unit(values: list[Decimal], currency: str, language: str) -> Unit:
    """亿 and 万 as Chinese bankers count, billions and millions in English, by the largest."""
    largest = max((abs(value) for value in values), default=Decimal(0))
    powers = {
        "zh": ((8, "亿"), (4, "万")),
        "en": ((9, " bn"), (6, " m"), (3, " k")),
    }[language]
    power, name = next(((p, n) for p, n in powers if largest >= 10**p), (0, ""))
    yuan = {"zh": "元", "en": "CNY"}[language] if currency == "CNY" else currency
    shown = f"{name}{yuan}" if language == "zh" and currency == "CNY" else f"{yuan}{name}"
    if language == "zh" and currency != "CNY":
        shown = f"{name} {yuan}".strip()
    return Unit(Decimal(10) ** power, both(shown, shown))


def fixed(value: object, places: int) -> str:
    """A number with thousands separators, rounded half away from zero."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{rounded + 0:,}" if rounded else f"{abs(rounded):,}"


def plain(value: object) -> str:
    """A value as the copy has it, for whoever compares the page with the copy."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
