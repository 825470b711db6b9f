"""Columns of an answer: what they are called, and how their values are written and drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from dashboard.text import MISSING, WITHHELD, Text, Unit, fixed, label, money_unit, plain


@dataclass(frozen=True)
class Number:
    """How a kind of number is written: decimals in tables, d3 formats on axes and at marks."""

    places: int
    axis: str
    mark: str
    is_percent: bool = False
    is_trimmed: bool = False
    unit: Text = Text("", "")  # noqa: RUF009


NUMBERS = {
    "money": Number(2, ",.2~f", ",.2f"),
    "count": Number(0, ",.0f", ",.0f"),
    "whole": Number(0, ",.0f", ",.0f"),
    "days": Number(0, ",.0f", ",.0f", unit=Text("天", "days")),
    "number": Number(2, ",.2~f", ",.2f"),
    # Of many units: no noughts at the end.
    "figure_value": Number(2, ",.2~f", ",.2~f", is_trimmed=True),
    "ratio": Number(3, ".3~f", ".3f"),
    # Fractions, shown in percent.
    "share": Number(1, ".1~%", ".2%", is_percent=True),
    "rate": Number(2, ".2~%", ".2%", is_percent=True),
    # In percent already.
    "points": Number(2, ".2~f", ".2f", unit=Text("%", "%")),
}
# Kinds that stand as they are; of the second and third the answer has one text in each language.
TEXTS = ("text", "either", "condition", "value_of")
EITHER = ("either", "condition")


@dataclass(frozen=True)
class Column:
    """A column of an answer.

    Kinds: one of NUMBERS (a count that is NULL was withheld from the copy); text; either (the
    answer has name_zh and name_en); condition (either, with long numbers grouped); value_of (a
    code, its domain in the column `like`); else the name of a domain in labels.csv. `like` is also
    the column whose unit an amount takes. One that `is_drawn_only` is left out of the table.
    """

    name: str
    header: Text
    kind: str = "text"
    like: str | None = None
    is_drawn_only: bool = False

    @property
    def number(self) -> Number | None:
        """How it is written, if it is measured and not named."""
        return NUMBERS.get(self.kind)

    def value(self, row: dict, language: str) -> object:
        """Its value in a row of the answer."""
        if self.kind == "value_of":
            return label(row[self.like], row[self.name], language)
        return row[f"{self.name}_{language}" if self.kind in EITHER else self.name]

    def unit(self, rows: list[dict], currency: str, language: str) -> Unit:
        """What its values are divided by and called."""
        if self.kind == "money":
            name = self.like or self.name
            values = [row[name] for row in rows if row[name] is not None]
            return money_unit(values, currency, language)
        return Unit(name=self.number.unit[language] if self.number else "")

    def title(self, unit: Unit, language: str) -> str:
        """Header with unit."""
        brackets = "（{}）" if language == "zh" else " ({})"
        return self.header[language] + (brackets.format(unit.name) if unit.name else "")

    def written(self, value: object, unit: Unit, language: str) -> str:
        """A value as the reader sees it."""
        if value is None:
            return WITHHELD[language] if self.kind == "count" else MISSING
        if self.number:
            times = 100 if self.number.is_percent else 1
            number = fixed(Decimal(str(value)) * times / unit.divisor, self.number.places)
            if self.number.is_trimmed and "." in number:
                number = number.rstrip("0").rstrip(".")
            return number + ("%" if self.number.is_percent else "")
        if self.kind == "condition":
            return re.sub(r"\d{5,}", lambda number: f"{int(number[0]):,}", str(value))
        return plain(value) if self.kind in TEXTS else label(self.kind, value, language)

    def drawn(self, value: object, unit: Unit, language: str) -> object:
        """A value as a chart takes it."""
        if value is None:
            return None
        if not self.number:
            return self.written(value, unit, language)
        number = Decimal(str(value)) / unit.divisor
        return int(number) if number == int(number) else float(round(number, 9))
