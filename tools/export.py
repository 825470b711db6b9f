"""Export the published copy as an Excel workbook: a sheet per mart, the first explains them all."""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import xlsxwriter

# What Excel can hold: rows of a sheet, characters of a sheet's name and of a cell.
EXCEL_ROWS, NAME_LENGTH, TEXT_LENGTH = 1_048_576, 31, 32_767
# Marts of more rows are for tools that query: nobody reads so many, and nobody could mail the file.
MANY_ROWS = 20_000
SAMPLE_ROWS, WIDEST = 200, 60
BATCH_ROWS = 10_000
# A text that begins so would be a formula if it were typed in.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

SHARE = re.compile(r"(^|_)(share|rate|coverage|precision|recall|gap|effect|raroc|margin_rate)(_|$)")
NUMBER_FORMATS = {
    "amount": "#,##0.00",
    "count": "#,##0",
    "whole": "0",
    "share": "0.00%",
    "percent": '0.00"%"',
    "measure": "0.0000",
    "date": "yyyy-mm-dd",
}


@dataclass
class Sheet:
    """A table of the copy, and what becomes of it in the workbook."""

    table: str
    name: str
    description: str
    columns: list[tuple[str, str, str]]
    rows: int
    is_written: bool

    @property
    def shown(self) -> int:
        """Rows on the sheet: Excel's limit, less the header and the line that says so."""
        return self.rows if self.rows < EXCEL_ROWS else EXCEL_ROWS - 2

    @property
    def note(self) -> str:
        """What the reader must know of the rows."""
        if not self.is_written:
            return (
                f"left out: more than {MANY_ROWS:,} rows; make export EXPORT='--mart {self.table}'"
            )
        if self.shown < self.rows:
            return f"cut off: the first {self.shown:,} of {self.rows:,} rows, Excel holds no more"
        return ""


def kind(column: str, data_type: str) -> str | None:
    """How a column's numbers are shown; None for texts and booleans."""
    if data_type == "DATE":
        return "date"
    is_whole = data_type.endswith("INT") or data_type == "INTEGER"
    if is_whole:
        return "count" if column.endswith(("_count", "days", "rows")) else "whole"
    if data_type != "DOUBLE" and not data_type.startswith(("DECIMAL", "FLOAT")):
        return None
    if column.endswith("_pct"):
        return "percent"
    if column.endswith(("_amount", "balance")):
        return "amount"
    if SHARE.search(column):
        return "share"
    return "amount" if data_type.startswith("DECIMAL") and ",2)" in data_type else "measure"


def read_sheets(
    connection: duckdb.DuckDBPyConnection, chosen: list[str], is_everything: bool
) -> list[Sheet]:
    """The tables of the copy, marts before quality."""
    tables = connection.execute(
        "select schema_name || '.' || table_name, coalesce(comment, '') from duckdb_tables()"
        " where database_name = current_database() order by schema_name, table_name"
    ).fetchall()
    unknown = set(chosen) - {name for table, _ in tables for name in (table, table.split(".")[1])}
    if unknown:
        raise SystemExit(
            f"{', '.join(sorted(unknown))}: no such mart. Their names are in the README"
        )
    sheets, names = [], {"contents"}
    for table, description in tables:
        columns = connection.execute(
            "select column_name, data_type, coalesce(comment, '') from duckdb_columns()"
            " where database_name = current_database() and schema_name || '.' || table_name = ?"
            " order by column_index",
            [table],
        ).fetchall()
        [(count,)] = connection.execute(f"select count(*) from {table}").fetchall()
        short = table.split(".")[1]
        is_chosen = {table, short} & set(chosen) if chosen else is_everything or count <= MANY_ROWS
        sheets.append(
            Sheet(table, name_of(short, names), description, columns, count, bool(is_chosen))
        )
    return sheets


def name_of(table: str, taken: set[str]) -> str:
    """The sheet's name: the table's, cut to what Excel takes, and no name twice."""
    name, number = table[:NAME_LENGTH], 2
    while name.lower() in taken:
        tail = f"~{number}"
        name, number = table[: NAME_LENGTH - len(tail)] + tail, number + 1
    taken.add(name.lower())
    return name


def write_workbook(connection: duckdb.DuckDBPyConnection, sheets: list[Sheet], path: Path) -> None:
    """The contents, then a sheet per table; rows stream, so memory does not grow with them."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": NUMBER_FORMATS["date"],
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        looks = {name: workbook.add_format({"num_format": f}) for name, f in NUMBER_FORMATS.items()}
        looks["head"] = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        looks["title"] = workbook.add_format({"bold": True, "font_size": 14})
        looks["wrap"] = workbook.add_format({"text_wrap": True, "valign": "top"})
        looks["link"] = workbook.add_format({"font_color": "blue", "underline": 1})
        # Stays a text when somebody edits the cell.
        looks["quoted"] = workbook.add_format({"quote_prefix": True})
        write_contents(workbook.add_worksheet("contents"), sheets, looks)
        for sheet in sheets:
            if sheet.is_written:
                write_table(connection, workbook.add_worksheet(sheet.name), sheet, looks)
                told = f", {sheet.note}" if sheet.note else ""
                print(f"  {sheet.table}: {sheet.shown:,} rows{told}", flush=True)


def write_contents(worksheet, sheets: list[Sheet], looks: dict) -> None:
    """What the sheets and their columns are."""
    widths = (38, 44, 18, 90)
    for column, width in enumerate(widths):
        worksheet.set_column(column, column, width)
    worksheet.write_string(0, 0, "bankmart: marts of the published copy", looks["title"])
    for row, text in enumerate(
        (
            "Keys of customers and contracts are pseudonyms. A row with is_suppressed has no"
            " measures: it speaks of one to four customers, or would give away a row that does.",
            "Excel keeps 15 digits of a number; the published copy has every cent.",
        ),
        start=1,
    ):
        worksheet.write_string(row, 0, text)
    row = 4
    for column, text in enumerate(("sheet", "table", "rows", "what a row is")):
        worksheet.write_string(row, column, text, looks["head"])
    for sheet in sheets:
        row += 1
        if sheet.is_written:
            worksheet.write_url(
                row, 0, f"internal:'{sheet.name}'!A1", looks["link"], string=sheet.name
            )
        worksheet.write_string(row, 1, sheet.table)
        worksheet.write_number(row, 2, sheet.rows, looks["count"])
        told = f"{sheet.description} ({sheet.note})" if sheet.note else sheet.description
        worksheet.write_string(row, 3, told, looks["wrap"])
    row += 2
    for column, text in enumerate(("sheet", "column", "type", "what it is")):
        worksheet.write_string(row, column, text, looks["head"])
    for sheet in sheets:
        for name, data_type, description in sheet.columns if sheet.is_written else ():
            row += 1
            for column, text in enumerate((sheet.name, name, data_type.lower())):
                worksheet.write_string(row, column, text)
            worksheet.write_string(row, 3, description, looks["wrap"])


def write_table(connection, worksheet, sheet: Sheet, looks: dict) -> None:
    """Header, rows in the copy's order, widths from the first of them."""
    kinds = [kind(name, data_type) for name, data_type, _ in sheet.columns]
    answer = connection.execute(f"select * from {sheet.table} limit {sheet.shown}")
    batch = answer.fetchmany(SAMPLE_ROWS)
    for column, (name, *_) in enumerate(sheet.columns):
        texts = [shown_length(row[column], kinds[column]) for row in batch]
        width = min(max([len(name) + 3, *texts]) + 1, WIDEST)
        worksheet.set_column(column, column, width, looks.get(kinds[column]))
    head = 0
    if sheet.shown < sheet.rows:
        worksheet.write_string(0, 0, sheet.note, looks["title"])
        head = 1
    for column, (name, *_) in enumerate(sheet.columns):
        worksheet.write_string(head, column, name, looks["head"])
    worksheet.freeze_panes(head + 1, 1)
    worksheet.autofilter(head, 0, head + sheet.shown, len(sheet.columns) - 1)
    place = head
    while batch:
        for row in batch:
            place += 1
            for column, value in enumerate(row):
                write_cell(worksheet, place, column, value, looks.get(kinds[column]), looks)
        batch = answer.fetchmany(BATCH_ROWS)


def write_cell(worksheet, row: int, column: int, value: object, look, looks: dict) -> None:
    """One value as what it is: never a text as a formula, a link or a number."""
    if value is None:
        return
    if isinstance(value, bool):
        worksheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float, Decimal)) and math.isfinite(value):
        worksheet.write_number(row, column, value, look)
    elif hasattr(value, "isoformat"):
        worksheet.write_datetime(row, column, value, look)
    else:
        text = str(value)[:TEXT_LENGTH]
        worksheet.write_string(
            row, column, text, looks["quoted"] if text.startswith(FORMULA_STARTS) else None
        )


def shown_length(value: object, kind_of_value: str | None) -> int:
    """How wide a value is."""
    if value is None:
        return 0
    if kind_of_value in ("amount", "count"):
        return len(f"{value:,.2f}")
    if kind_of_value:
        return 11
    # Chinese characters are twice as wide.
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value)[:WIDEST])


def main() -> None:
    """Command line: export.py PUBLISHED WORKBOOK [--mart NAME ...] [--all]."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"Without options: every mart of up to {MANY_ROWS:,} rows.",
    )
    parser.add_argument("published", type=Path, help="the copy that `make build` published")
    parser.add_argument("workbook", type=Path, help="the .xlsx file to write")
    parser.add_argument(
        "--mart", action="append", default=[], metavar="NAME",
        help="only this mart, however large; may be repeated",
    )  # fmt: skip
    parser.add_argument("--all", action="store_true", help="every mart, however large")
    arguments = parser.parse_args()
    if not arguments.published.exists():
        parser.exit(2, f"{arguments.published}: no such copy. Run `make build` first\n")
    fresh = arguments.workbook.with_name(arguments.workbook.name + ".new")
    try:
        with duckdb.connect(str(arguments.published), read_only=True) as connection:
            sheets = read_sheets(connection, arguments.mart, arguments.all)
            write_workbook(connection, sheets, fresh)
        fresh.replace(arguments.workbook)
    finally:
        fresh.unlink(missing_ok=True)
    for sheet in sheets:
        if not sheet.is_written and not arguments.mart:
            print(f"  {sheet.table}: {sheet.note}")
    print(f"Wrote {sum(sheet.is_written for sheet in sheets)} sheets to {arguments.workbook}")


if __name__ == "__main__":
    main()
