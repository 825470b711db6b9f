"""Columns of an answer: what they are called, and how their values are written and drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from dashboard.text import MISSING, WITHHELD, Text, Unit, fixed, label, money_unit, plain

# How a kind of number is written in tables (decimals, and by how much percents are multiplied)
# and in charts (d3 formats).
PLACES = {
    "money": 2, "count": 0, "whole": 0, "days": 0, "number": 2, "ratio": 3, "share": 1, "points": 2,
}  # fmt: skip
AXIS_FORMATS = {
    "money": ",.2~f",
    "count": ",.0f",
    "whole": ",.0f",
    "number": ",.2~f",
    "ratio": ".3~f",
    "share": ".1~%",
    "points": ".2~f",
    "days": ",.0f",
}
TOOLTIP_FORMATS = {**AXIS_FORMATS, "money": ",.2f", "ratio": ".3f", "share": ".2%", "points": ".2f"}
# Kinds of which the answer has one text in each language.
EITHER = ("either", "condition")
UNITS = {"days": Text("天", "days"), "points": Text("%", "%")}


@dataclass(frozen=True)
class Column:
    """A column of an answer.

    Kinds: money, count, whole, number, ratio, share (a fraction shown in percent), points (in
    percent already), days, text, either (the answer has name_zh and name_en), condition (either,
    with long numbers grouped), or the name of a domain in labels.csv whose codes it holds.
    `like` is the column whose unit it takes; one that `is_drawn_only` is left out of the table.
    """

    name: str
    header: Text
    kind: str = "text"
    like: str | None = None
    is_drawn_only: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is measured, not named."""
        return self.kind in PLACES

    def value(self, row: dict, language: str) -> object:
        """Its value in a row of the answer."""
        return row[f"{self.name}_{language}" if self.kind in EITHER else self.name]

    def unit(self, rows: list[dict], currency: str, language: str) -> Unit:
        """What its values are divided by and called."""
        if self.kind == "money":
            name = self.like or self.name
            values = [row[name] for row in rows if row[name] is not None]
            return money_unit(values, currency, language)
        return Unit(Decimal(1), UNITS.get(self.kind, Text("", "")))

    def title(self, unit: Unit, language: str) -> str:
        """Header with unit."""
        name = unit.name[language]
        brackets = "（{}）" if language == "zh" else " ({})"
        return self.header[language] + (brackets.format(name) if name else "")

    def written(self, value: object, unit: Unit, language: str) -> str:
        """A value as the reader sees it."""
        if value is None:
            return WITHHELD[language] if self.kind == "count" else MISSING
        if not self.is_number:
            if self.kind == "condition":
                return re.sub(r"\d{5,}", lambda number: f"{int(number[0]):,}", value)
            is_said = self.kind in ("text", "either")
            return plain(value) if is_said else label(self.kind, value, language)
        if self.kind == "share":
            return fixed(Decimal(str(value)) * 100, PLACES["share"]) + "%"
        return fixed(Decimal(str(value)) / unit.divisor, PLACES[self.kind])

    def drawn(self, value: object, unit: Unit, language: str) -> object:
        """A value as a chart takes it."""
        if value is None:
            return None
        if not self.is_number:
            return self.written(value, unit, language)
        number = Decimal(str(value)) / unit.divisor
        return int(number) if self.kind in ("count", "whole", "days") else float(round(number, 9))
