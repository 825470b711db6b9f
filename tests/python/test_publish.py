"""What readers get: a copy that is whole, without what they must not see, swapped in at once."""

import subprocess
import sys

import duckdb

from publish import publish
from warehouse import ROOT


def test_the_copy_has_every_mart_and_no_row_text(demo, tmp_path):
    published = tmp_path / "published" / "bankmart.duckdb"
    count = publish(demo.database, published)
    with duckdb.connect(str(published), read_only=True) as copy:
        columns = copy.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
        ).fetchall()
        customers = copy.execute("select count(*) from marts.customer_tier").fetchone()
    assert len({column[:2] for column in columns}) == count
    assert {column[0] for column in columns} == {"marts", "quality"}
    assert "row_json" not in {column[2] for column in columns}
    assert [customers] == demo.rows("select count(*) from marts.customer_tier")


def test_a_reader_keeps_the_old_copy_while_a_new_one_is_swapped_in(demo, tmp_path):
    published = tmp_path / "bankmart.duckdb"
    publish(demo.database, published)
    with duckdb.connect(str(published), read_only=True) as reader:
        before = reader.execute("select count(*) from marts.loan_segment").fetchone()
        publish(demo.database, published)
        assert reader.execute("select count(*) from marts.loan_segment").fetchone() == before


def test_a_missing_database_is_one_clear_line(tmp_path):
    finished = subprocess.run(
        [sys.executable, "tools/publish.py", str(tmp_path / "no.duckdb"), str(tmp_path / "x")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "Run `dbt build` first" in finished.stderr
