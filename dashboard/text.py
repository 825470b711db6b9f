"""What the page says, in Chinese and in English, and how it writes numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from unicodedata import east_asian_width

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


WITHHELD = both("不公布", "suppressed")


@cache
def labels() -> dict[tuple[str, str], Text]:
    """Names of codes, by domain and code."""
    path = Path(__file__).with_name("labels.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["domain"], row["code"]): Text(row["zh"], row["en"]) for row in csv.DictReader(file)
        }


def label(domain: str, code: object, language: str) -> str:
    """The name of a code in its domain or in any; a code without a name is its own."""
    if code is None:
        return MISSING
    key = str(code).lower() if isinstance(code, bool) else str(code)
    named = labels().get((domain, key)) or labels().get(("any", key))
    return named[language] if named else key


@dataclass(frozen=True)
class Unit:
    """What amounts are divided by and called, so that a column or axis has few digits."""

    divisor: Decimal = Decimal(1)
    name: str = ""
    # How a single amount is written with its unit.
    pattern: str = "{}"


def money_unit(values: list[Decimal], currency: str, language: str) -> Unit:
    """亿 and 万 as Chinese bankers count, billions and millions in English: by the largest amount,
    one step smaller where a third of the others would read as nought."""
    sizes = [abs(value) for value in values if value]
    powers = ((8, "亿"), (4, "万")) if language == "zh" else ((9, "bn"), (6, "m"), (3, "k"))
    steps = [step for step in powers if sizes and max(sizes) >= 10 ** step[0]] or [(0, "")]
    lost = [size for size in sizes if size < Decimal("0.005") * 10 ** steps[0][0]]
    if len(steps) > 1 and 3 * len(lost) >= len(sizes):
        steps = steps[1:]
    power, times = steps[0]
    divisor = Decimal(10) ** power
    if language == "zh":
        name = f"{times}元" if currency == "CNY" else f"{times} {currency}".strip()
        return Unit(divisor, name, f"{{}} {name}")
    return Unit(divisor, f"{currency} {times}".strip(), f"{currency} {{}} {times}".strip())


def fixed(value: object, places: int) -> str:
    """A number with thousands separators, rounded half away from zero; nought has no sign."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{rounded:,}".replace("-", "−" if rounded else "")


def width(text: str) -> int:
    """How wide a text is, in Latin letters."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def plain(value: object) -> str:
    """A value as the copy has it, for whoever compares the page with the copy."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
