"""A card: one question, the query that answers it, and how the answer is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import altair as alt
import duckdb

from dashboard.column import Column
from dashboard.text import LANGUAGES, WITHHELD, Text, Unit, both, plain, width

# Rows of a table that are shown; the copy has the rest.
SHOWN_ROWS = 60
# Latin letters from which a text is a sentence.
LONG_TEXT = 28

NO_ROWS = both("没有可显示的内容。", "There is nothing to show.")
NO_MART = both("这份数据没有 {}。", "This copy has no {}.")
NO_COLUMN = both("这份数据缺少 {} 列。", "This copy has no column {}.")
NO_EXTRACT = {
    "loan_contract": both("抽取数据中没有贷款。", "There are no loans in the extracts."),
    "deposit_account": both("抽取数据中没有存款账户。", "There are no deposits in the extracts."),
    "customer": both("抽取数据中没有客户。", "There are no customers in the extracts."),
    "ledger_control": both("抽取数据中没有总账。", "There is no ledger in the extracts."),
}


@dataclass(frozen=True)
class Card:
    """One question with its answer.

    Without `draw` the rows are shown as a table, or as `tiles`: one row, a tile for each column. A
    chart has its rows as a table underneath. `needs` are the extracts without which there is no
    answer, `nothing` is what no rows mean otherwise.
    """

    code: str
    question: Text
    sql: str
    columns: tuple[Column, ...]
    draw: Callable[[View], alt.TopLevelMixin] | None = None
    note: Text | None = None
    needs: tuple[str, ...] = ()
    nothing: Text = NO_ROWS
    tiles: bool = False
    width: str = "half"


@dataclass(frozen=True)
class Page:
    """A page of cards; what it is for and whom to ask."""

    code: str
    name: Text
    cards: tuple[Card, ...]


@dataclass
class View:
    """An answer in one language, as charts take it."""

    columns: dict[str, Column]
    units: dict[str, Unit]
    answer: list[dict]
    language: str
    context: dict[str, object]

    @property
    def rows(self) -> list[dict]:
        """The rows with names for codes and amounts in the column's unit."""
        return [
            {
                name: column.drawn(
                    column.value(row, self.language), self.units[name], self.language
                )
                for name, column in self.columns.items()
            }
            for row in self.answer
        ]

    @property
    def withheld(self) -> list[bool]:
        """Whether the copy withholds the row: a count of it is missing."""
        counts = [name for name, column in self.columns.items() if column.kind == "count"]
        return [any(row[name] is None for name in counts) for row in self.answer]

    def say(self, text: Text) -> str:
        """A text in this language."""
        return text[self.language]

    def title(self, name: str) -> str:
        """A column's header with its unit."""
        return self.columns[name].title(self.units[name], self.language)

    def unit(self, name: str) -> str:
        """What a column's values are counted in."""
        return self.units[name].name

    def chart(self, rows: list[dict] | None = None) -> alt.Chart:
        """A chart of the rows, as wide as its place on the page."""
        return alt.Chart(alt.Data(values=self.rows if rows is None else rows)).properties(
            width="container"
        )

    def type_of(self, name: str) -> str:
        """The Vega-Lite type of a column."""
        return "quantitative" if self.columns[name].number else "nominal"

    def axis(self, name: str, **options) -> alt.Axis:
        """An axis with the column's header and number format."""
        if number := self.columns[name].number:
            options.setdefault("format", number.axis)
        return alt.Axis(**{"title": self.title(name), **options})

    def order(self, name: str) -> list:
        """The values of a column in the order of the rows."""
        return list(dict.fromkeys(row[name] for row in self.rows))

    def long(self, key: str, *names: str) -> list[dict]:
        """A row for each row's `key` and column: `measure` is what the column is called, `value`
        its number, `place` its place among the columns."""
        return [
            {key: row[key], "measure": self.say(self.columns[name].header), "place": place}
            | {"value": row[name]}
            for row in self.rows
            for place, name in enumerate(names)
            if row[name] is not None
        ]

    def long_tooltip(self, key: str, name: str) -> list[alt.Tooltip]:
        """What is shown at a mark of `long` rows, whose values are written like a column's."""
        number = self.columns[name].number
        return [
            *self.tooltip(key),
            alt.Tooltip("measure:N", title=self.say(both("项目", "What"))),
            alt.Tooltip("value:Q", title=self.say(both("数值", "Value")), format=number.mark),
        ]

    def shown(self) -> list[str]:
        """The columns that a reader sees."""
        return [name for name, column in self.columns.items() if not column.is_drawn_only]

    def tooltip(self, *names: str) -> list[alt.Tooltip]:
        """What is shown at a mark: some columns, or all."""
        marks = []
        for name in names or self.shown():
            number = self.columns[name].number
            mark = alt.Tooltip(field=name, type=self.type_of(name), title=self.title(name))
            marks.append(mark.format(number.mark) if number else mark)
        return marks


@dataclass
class Answer:
    """What the copy says to a card's question."""

    card: Card
    rows: list[dict]
    sources: list[str]
    empty: Text | None
    context: dict[str, object] = field(default_factory=dict)

    def view(self, language: str) -> View:
        """The answer in one language."""
        columns = {column.name: column for column in self.card.columns}
        units = {
            name: column.unit(self.rows, str(self.context["reporting_currency"]), language)
            for name, column in columns.items()
        }
        return View(columns, units, self.rows, language, self.context)

    def spec(self, language: str) -> dict | None:
        """The chart as Vega-Lite, if there is one."""
        if self.card.draw is None or self.empty:
            return None
        drawn = self.card.draw(self.view(language)).to_dict(validate=False)
        # What a screen reader says.
        return {**drawn, "description": self.card.question[language]}

    def cells(self, language: str) -> list[list[dict]]:
        """The rows as a table: text, exact value, and whether it is a number."""
        view = self.view(language)
        table = []
        for row, is_withheld in list(zip(self.rows, view.withheld, strict=True))[:SHOWN_ROWS]:
            cells = []
            for name, column in view.columns.items():
                value = column.value(row, language)
                written = column.written(value, view.units[name], language)
                if self.card.tiles and column.kind == "money" and value is not None:
                    written = view.units[name].pattern.format(written)
                cells.append(
                    {
                        "text": WITHHELD[language] if is_withheld and value is None else written,
                        "value": plain(value),
                        "looks": looks(column, written),
                        "column": name,
                    }
                )
            table.append([cell for cell in cells if not view.columns[cell["column"]].is_drawn_only])
        return table


def looks(column: Column, written: str) -> str:
    """How a cell is set: numbers to the right, sentences with room."""
    if column.number:
        return "number"
    return "long" if width(written) > LONG_TEXT else "text"


def ask(connection: duckdb.DuckDBPyConnection, card: Card, context: dict[str, object]) -> Answer:
    """Run a card's query on the copy; a mart that is not there is an empty answer."""
    sources = sources_of(card.sql)
    missing = [source for source in sources if source not in context["marts"]]
    if missing:
        return Answer(card, [], sources, filled(NO_MART, missing[0]), context)
    try:
        cursor = connection.execute(card.sql)
    except duckdb.BinderException as error:
        # A copy of another version, or a column that readers do not get.
        column = re.search(r'column(?: named)? "(\w+)"', str(error))
        if column is None:
            raise
        return Answer(card, [], sources, filled(NO_COLUMN, column[1]), context)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    empty = None
    if not rows:
        absent = [name for name in card.needs if name in context["empty_extracts"]]
        empty = NO_EXTRACT[absent[0]] if absent else card.nothing
    return Answer(card, rows, sources, empty, context)


def filled(text: Text, word: str) -> Text:
    """A text with a word in its place."""
    return both(*(text[language].format(word) for language in LANGUAGES))


def sources_of(sql: str) -> list[str]:
    """The marts a query reads, in the order of their names."""
    [(tree,)] = duckdb.execute("select json_serialize_sql(?)", [sql]).fetchall()
    parsed = json.loads(tree)
    if parsed["error"]:
        raise ValueError(f"{parsed['error_message']}\n{sql}")
    found = set()

    def visit(node) -> None:
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE" and node.get("schema_name"):
                found.add(f"{node['schema_name']}.{node['table_name']}")
            for child in node.values():
                visit(child)
        elif isinstance(node, list):
            for child in node:
                visit(child)

    visit(parsed)
    return sorted(found)
