"""What dashboard/connect.md tells readers to run does run, and changes nothing."""

import pathlib
import re
import shutil
import subprocess
import sys

import duckdb
import pytest

from warehouse import ROOT

PAGE = (ROOT / "dashboard" / "connect.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    """A place with a small published copy, of the columns the page asks for."""
    (tmp_path / "published").mkdir()
    with duckdb.connect(str(tmp_path / "published" / "bankmart.duckdb")) as connection:
        connection.execute("create schema marts; create schema quality")
        connection.execute(
            "create table marts.tier_summary as select * from (values"
            " ('core', 2, 1000000.00::decimal(18,2)), ('basic', 3, 200000.00))"
            " as t (tier_code, customer_count, contribution_amount)"
        )
        connection.execute("comment on table marts.tier_summary is '客户分层'")
        connection.execute(
            "create table marts.product_coverage as select * from (values"
            " ('all', 'S1', 0.5::double, false), ('core', 'S1', null, true))"
            " as t (population_code, segment_code, coverage_rate, is_suppressed)"
        )
    return tmp_path


@pytest.mark.parametrize("number", range(3))
def test_a_snippet_runs_as_it_stands(folder, number):
    assert len(SNIPPETS) == 3
    copy = folder / "published" / "bankmart.duckdb"
    before = copy.read_bytes()
    finished = subprocess.run(
        [sys.executable, "-c", SNIPPETS[number]],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert copy.read_bytes() == before
    if "tier_summary.csv" in SNIPPETS[number]:
        written = folder / "published" / "tier_summary.csv"
        assert written.read_text(encoding="utf-8-sig").splitlines() == [
            "tier_code,customer_count,contribution_amount",
            "core,2,1000000.00",
            "basic,3,200000.00",
        ]
    elif "adbc" in SNIPPETS[number]:
        assert finished.stdout == "1\n"
    else:
        assert "marts.tier_summary: 客户分层\n" in finished.stdout


def test_r_reads_the_workbook(folder):
    [snippet] = re.findall(r"```r\n(.*?readxl.*?)```", PAGE, re.DOTALL)
    has_readxl = (
        shutil.which("Rscript")
        and not subprocess.run(
            ["Rscript", "-e", "library(readxl)"], capture_output=True, check=False
        ).returncode
    )
    if not has_readxl:
        pytest.skip("no R with readxl on this machine")
    workbook = folder / "published" / "bankmart.xlsx"
    subprocess.run(
        [sys.executable, ROOT / "tools" / "export.py", workbook.with_suffix(".duckdb"), workbook],
        cwd=folder, capture_output=True, check=True,
    )  # fmt: skip
    finished = subprocess.run(
        ["Rscript", "-e", snippet], cwd=folder, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "[1] 1200000\n"
