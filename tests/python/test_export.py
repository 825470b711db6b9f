"""The published copy as a workbook that Excel shows as it is."""

import datetime
import pathlib
import subprocess
import sys

import duckdb
import openpyxl
import pytest

import export
from warehouse import ROOT

LONG = "deposit_account_monthly_contribution"
DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "=HYPERLINK(1)",
    "http://a.b",
    "007",
    "x",
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> pathlib.Path:
    """A published copy with every kind of column."""
    path = tmp_path_factory.mktemp("export") / "copy.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create schema quality")
        connection.execute("""
            create table marts.customer_tier as select * from (values
                ('abc', date '2015-12-31', 1234567.89::decimal(18,2), 12::bigint, 0.25::double,
                 6.9::double, true, 3.14159::double),
                ('客户', null, null, null, null, null, false, 'nan'::double)
            ) as t (customer_id, as_of_date, contribution_amount, customer_count, coverage_rate,
                    mean_annual_rate_pct, is_core, silhouette)""")
        connection.execute("comment on table marts.customer_tier is 'One row per customer.'")
        connection.execute("comment on column marts.customer_tier.customer_id is 'Whose it is.'")
        for table in (LONG, f"{LONG}_again", "large"):
            connection.execute(f"create table marts.{table} as select range as n from range(30)")
        connection.execute("create table quality.nothing (extract_name varchar)")
        connection.execute(
            "create table quality.texts as select unnest(?::varchar[]) as text", [DANGEROUS]
        )
    return path


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "tools/export.py", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def workbook(copy) -> openpyxl.Workbook:
    target = copy.with_name("copy.xlsx")
    finished = run(copy, target)
    assert finished.returncode == 0, finished.stderr
    assert "marts.customer_tier: 2 rows" in finished.stdout
    return openpyxl.load_workbook(target)


def test_every_kind_of_column_has_its_format(workbook):
    sheet = workbook["customer_tier"]
    assert [cell.value for cell in sheet[2]] == [
        "abc", datetime.datetime(2015, 12, 31), 1234567.89, 12, 0.25, 6.9, True, 3.14159
    ]  # fmt: skip
    assert [cell.number_format for cell in sheet[2]] == [
        "General", "yyyy-mm-dd", "#,##0.00", "#,##0", "0.00%", '0.00"%"', "General", "0.0000"
    ]  # fmt: skip
    assert [cell.value for cell in sheet[3]] == ["客户", *[None] * 5, False, "nan"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:H3"
    assert sheet.column_dimensions["C"].width > len("contribution_amount")


def test_the_first_sheet_explains_sheets_and_columns(workbook):
    sheet = workbook.worksheets[0]
    texts = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    assert ("customer_tier", "marts.customer_tier", 2, "One row per customer.") in texts
    assert ("customer_tier", "customer_id", "varchar", "Whose it is.") in texts
    links = {cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert "'customer_tier'!A1" in links


def test_no_text_is_a_formula_a_link_or_a_number(workbook):
    cells = [row[0] for row in workbook["texts"].iter_rows(min_row=2)]
    # A file cannot hold a bare carriage return; it is written as its code.
    assert [cell.value.replace("_x000D_", "\r") for cell in cells] == DANGEROUS
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    assert [cell.quotePrefix for cell in cells] == [True] * 7 + [False] * 3


def test_sheets_of_long_names_are_told_apart(workbook):
    assert {LONG[:31], LONG[:29] + "~2"} <= set(workbook.sheetnames)
    assert max(map(len, workbook.sheetnames)) <= 31


def test_large_marts_are_left_out_and_said_unless_they_are_asked_for(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "MANY_ROWS", 20)
    with duckdb.connect(str(copy), read_only=True) as connection:
        sheets = {sheet.table: sheet for sheet in export.read_sheets(connection, [], False)}
        assert not sheets["marts.large"].is_written
        assert "--mart marts.large" in sheets["marts.large"].note
        export.write_workbook(connection, list(sheets.values()), tmp_path / "some.xlsx")
        for chosen in (["large"], ["marts.large"]):
            sheets = export.read_sheets(connection, chosen, False)
            assert [sheet.table for sheet in sheets if sheet.is_written] == ["marts.large"]
        assert all(sheet.is_written for sheet in export.read_sheets(connection, [], True))
        with pytest.raises(SystemExit, match="no such mart"):
            export.read_sheets(connection, ["larg"], False)
    contents = openpyxl.load_workbook(tmp_path / "some.xlsx")["contents"]
    assert any("left out" in str(cell.value) for row in contents.iter_rows() for cell in row)


def test_what_excel_cannot_hold_is_cut_off_and_said(copy, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export, "EXCEL_ROWS", 12)
    with duckdb.connect(str(copy), read_only=True) as connection:
        sheets = export.read_sheets(connection, ["large"], False)
        export.write_workbook(connection, sheets, tmp_path / "cut.xlsx")
    said = "cut off: the first 10 of 30 rows, Excel holds no more"
    assert said in capsys.readouterr().out
    sheet = openpyxl.load_workbook(tmp_path / "cut.xlsx")["large"]
    assert [row[0].value for row in sheet.iter_rows()] == [said, "n", *range(10)]
    assert sheet.freeze_panes == "B3"


def test_the_limit_of_a_sheet_counts_the_header():
    most = export.Sheet("marts.a", "a", "", [], export.EXCEL_ROWS - 1, True)
    assert (most.shown, most.note) == (export.EXCEL_ROWS - 1, "")
    more = export.Sheet("marts.a", "a", "", [], export.EXCEL_ROWS, True)
    assert more.shown == export.EXCEL_ROWS - 2
    assert "cut off" in more.note


def test_without_a_copy_there_is_one_clear_line(tmp_path):
    finished = run(tmp_path / "no.duckdb", tmp_path / "no.xlsx")
    assert finished.returncode == 2
    assert finished.stderr == f"{tmp_path / 'no.duckdb'}: no such copy. Run `make build` first\n"
    assert run("--help").returncode == 0
