"""What readers get: a copy that is whole, tells on nobody, and is swapped in at once."""

import hashlib
import hmac
import os
import pathlib
import shutil
import subprocess
import sys

import duckdb
import pytest

import publish
import published
import small_cells
from warehouse import ROOT, manifest

SECRET = "a key of the tests"
# The copy leaves the other marts of this folder as they are, since their rows are customers.
COVERAGE = "models/marts/coverage/"


@pytest.fixture(scope="module")
def copy(demo, tmp_path_factory) -> pathlib.Path:
    """The demo bank's copy, with the descriptions of the project."""
    folder = tmp_path_factory.mktemp("published")
    manifest().write(str(folder / "manifest.json"))
    publish.publish(demo.database, folder / "bankmart.duckdb", SECRET, folder / "manifest.json")
    return folder / "bankmart.duckdb"


def rows(database: pathlib.Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def marts() -> list[dict]:
    """The models that are published, as the parsed project has them."""
    return [
        node.to_dict()
        for node in manifest().nodes.values()
        if node.resource_type == "model" and node.schema in publish.SCHEMAS
    ]


# ------------------------------------------------------------------------------------ columns


def test_the_copy_has_every_row_of_every_mart(demo, copy):
    tables = rows(
        demo.database,
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema in ('marts', 'quality') order by all",
    )
    assert len(tables) > 40
    count = " union all ".join(f"select '{table}', count(*) from {table}" for (table,) in tables)
    assert rows(copy, f"{count} order by all") == rows(demo.database, f"{count} order by all")
    schemas = rows(copy, "select distinct table_schema from information_schema.tables")
    assert {schema for (schema,) in schemas} == {"marts", "quality"}


def test_somebody_has_said_what_readers_get_of_every_column():
    """A new mart with a text or a key that nobody decided about ends here."""
    undecided = [
        f"{mart['name']}.{column['name']}"
        for mart in marts()
        for column in mart["columns"].values()
        if publish.treatment(column["name"], column["data_type"]) is None
    ]
    assert undecided == [], "say in COLUMNS of tools/publish.py what the copy holds of these"


@pytest.mark.parametrize(
    ("column", "data_type", "expected"),
    [
        ("segment_code", "varchar", publish.COPIED),
        ("contribution_amount", "decimal(18,2)", publish.COPIED),
        ("customer_id", "varchar", publish.PSEUDONYM),
        ("row_json", "varchar", publish.LEFT_OUT),
        ("remark", "varchar", None),
        ("remarks", "varchar[]", None),
        ("birth_date", "date", None),
        ("card_id", "bigint", None),
        ("holidays", "bigint", publish.COPIED),
    ],
)
def test_a_column_nobody_named_is_copied_only_if_it_can_tell_nothing(column, data_type, expected):
    assert publish.treatment(column, data_type) == expected


def test_what_nobody_decided_about_is_left_out_and_said(tmp_path):
    working = working_file(tmp_path / "working.duckdb", 1)
    with duckdb.connect(str(working)) as connection:
        connection.execute("alter table marts.first add column nickname varchar default 'Bob'")
    told = publish.publish(working, tmp_path / "copy.duckdb", SECRET)
    assert "first.nickname" in told[-1]
    assert "nickname" not in str(rows(tmp_path / "copy.duckdb", "describe marts.first"))


def test_no_key_name_or_id_number_is_in_any_text(demo, copy):
    """Looked for as texts, as words of texts and anywhere in sentences, rejected rows included."""
    keys = published.raw_texts(demo.database, published.KEYS)
    names = published.raw_texts(demo.database, published.NAMES)
    assert len(keys) > 18_000
    assert len(names) > 9_000
    assert published.leaks(published.text_cells(copy), keys, names) == []


def test_the_search_for_keys_and_names_finds_them():
    cells = {
        "a": {"C1", "of C2, and more"},
        "b": {"客户C3的"},
        "c": {"致张三丰先生"},
        "d": {"C9"},
    }
    found = published.leaks(cells, {"C1", "C2", "C3", "C4"}, {"张三丰"})
    assert sorted(found) == ["a: C1", "a: of C2, and more", "b: 客户C3的", "张三丰"]


def test_pseudonyms_are_keyed_and_the_same_in_every_table(demo, copy):
    def expected(key: str) -> str:
        digest = hmac.new(SECRET.encode(), key.encode(), hashlib.sha256).hexdigest()[:20]
        return digest.translate(str.maketrans("0123456789", "ghijklmnop"))

    amounts = "select customer_id, contribution_amount from marts.customer_contribution"
    assert dict(rows(copy, amounts)) == {
        expected(customer): amount for customer, amount in rows(demo.database, amounts)
    }
    joined = """
        select count(*), sum(contribution.contribution_amount), sum(loan.contribution_amount)
        from marts.customer_contribution as contribution
        inner join marts.customer_tier as tier on contribution.customer_id = tier.customer_id
        inner join marts.loan_monthly_contribution as loan
            on contribution.customer_id = loan.customer_id
        inner join marts.ftp_bridge as bridge
            on loan.loan_id = bridge.contract_id and loan.month_end_date = bridge.month_end_date"""
    assert rows(copy, joined) == rows(demo.database, joined) != [(0, None, None)]


def test_rows_are_not_in_the_order_of_the_keys(copy):
    """Else the third pseudonym would be the third customer."""
    for table, column in (("customer_tier", "customer_id"), ("loan_segment", "loan_id")):
        keys = [key for (key,) in rows(copy, f"select {column} from marts.{table}")]
        assert keys == sorted(keys)


def test_keys_inside_texts_become_pseudonyms(tmp_path):
    working = working_file(tmp_path / "working.duckdb", 1)
    with duckdb.connect(str(working)) as connection:
        connection.execute("create table quality.data_finding (row_key varchar, detail varchar)")
        connection.execute(
            "insert into quality.data_finding values"
            " ('F|1', '客户K1的贷款, K1; not K12'), (null, 'K2'), (null, 'nothing')"
        )
    publish.publish(working, tmp_path / "copy.duckdb", SECRET)
    [(one,), (two,)] = rows(
        tmp_path / "copy.duckdb", "select customer_id from marts.first order by n"
    )
    found = rows(tmp_path / "copy.duckdb", "select detail from quality.data_finding")
    assert set(found) == {(f"客户{one}的贷款, {one}; not K12",), (two,), ("nothing",)}


# ---------------------------------------------------------------------------------- few customers


def test_every_mart_that_counts_customers_is_a_cell_or_said_not_to_be():
    """A new mart of composition or coverage, or with a count of customers, ends here."""
    counting = {
        mart["name"]
        for mart in marts()
        if "customer_count" in mart["columns"]
        or (
            mart["original_file_path"].startswith(COVERAGE) and "customer_id" not in mart["columns"]
        )
    }
    said = {*small_cells.MARTS, *small_cells.NOT_CELLS}
    assert counting - said == set(), "say in tools/small_cells.py what a row of few customers loses"
    assert "segment_composition" in counting


def test_rows_of_few_customers_are_withheld_and_the_others_are_as_they_were(demo, copy):
    keys = "population_code, dimension_code, dimension_value, segment_code"
    is_small = {
        tuple(key): 0 < customers < 5
        for *key, customers in rows(
            demo.database, f"select {keys}, customer_count from marts.segment_composition"
        )
    }
    given = {
        tuple(key): (is_suppressed, *measures)
        for *key, is_suppressed, loans, customers, share in rows(
            copy,
            f"select {keys}, is_suppressed, loan_count, customer_count, share_of_value"
            " from marts.segment_composition",
        )
        for measures in [(loans, customers, share)]
    }
    assert sum(is_small.values()) > 50
    for key, small in is_small.items():
        assert given[key][0] or not small
        assert given[key][0] == (given[key][1] is None)
        assert not given[key][0] or set(given[key][1:]) == {None}
    for mart in ("segment_composition", "product_coverage"):
        shown = f"loan_count from marts.{mart} order by all"
        own = ", ".join(small_cells.MARTS[mart].keys)
        left = set(rows(copy, f"select {own}, {shown}"))
        assert {row for row in left if row[-1] is not None} <= set(
            rows(demo.database, f"select {own}, {shown}")
        )
    # Most of the table is for readers.
    assert sum(is_suppressed for is_suppressed, *_ in given.values()) < 0.4 * len(given)


def test_no_withheld_count_can_be_computed_from_totals(demo, copy):
    attack = published.Attack(copy, demo.database)
    assert len(attack.withheld) > 200
    assert attack.recomputed() == []
    # Without the rows beside them most small ones would be: they have totals.
    small = {
        ("cell", *key)
        for *key, customers in rows(
            demo.database,
            "select population_code, dimension_code, dimension_value, segment_code, customer_count"
            " from marts.segment_composition",
        )
        if 0 < customers < 5
    }
    attack.known = {
        one: count for one, count in attack.truth.items()
        if one not in small and one[0] in ("cell", "loans", "special", "segment", "value")
    }  # fmt: skip
    attack.withheld &= small
    assert len(attack.recomputed()) > 0.5 * len(attack.withheld)


def test_the_effect_of_the_mix_gives_no_withheld_count_back(copy):
    """It is one more sum over a population's segments."""
    left = rows(
        copy,
        """
        select count(*)
        from marts.coverage_gap as gap
        inner join marts.product_coverage as coverage
            on gap.population_code = coverage.population_code
        where coverage.is_suppressed and gap.mix_effect is not null""",
    )
    assert left == [(0,)]
    left = rows(
        copy,
        """
        select count(*)
        from marts.product_recommendation as recommendation
        inner join marts.product_coverage as coverage
            on coverage.population_code = case
                when recommendation.dimension_code = 'all' then recommendation.tier_code
                else recommendation.dimension_code || ':' || recommendation.dimension_value
            end
        where coverage.is_suppressed and recommendation.mix_share is not null""",
    )
    assert left == [(0,)]


def table_of(cells: dict[tuple[str, str], int], customers: dict | None = None) -> set[tuple]:
    """What is withheld of one dimension by two or three segments, each loan a customer's."""
    values = sorted({value for value, _ in cells})
    segments = sorted({segment for _, segment in cells})
    counted = [
        ("", f"d:{value}" if value else "", segment, sum(own), 0, sum(own))
        for value in [*values, ""]
        for segment in [*segments, ""]
        for own in [[
            count for (v, s), count in cells.items()
            if v == (value or v) and s == (segment or s)
        ]]
    ]  # fmt: skip
    rows_of = {
        "product_coverage": [
            {"population_code": (value.removeprefix("d:") and value) or "all",
             "segment_code": segment or "total"}
            for _, value, segment, *_ in counted
        ]
    }  # fmt: skip
    found = small_cells.withheld_of_family(small_cells.LOANS, rows_of, counted)
    return set(found["product_coverage"].rows)


def test_one_small_cell_takes_a_rectangle_with_it():
    """Its row and its column both have totals; the smallest that close the ring go."""
    cells = {("a", "S1"): 4, ("a", "S2"): 50, ("b", "S1"): 20, ("b", "S2"): 30,
             ("c", "S1"): 40, ("c", "S2"): 60}  # fmt: skip
    assert table_of(cells) == {("d:a", "S1"), ("d:a", "S2"), ("d:b", "S1"), ("d:b", "S2")}


def test_five_customers_are_shown_and_nobody_is_shown():
    cells = {("a", "S1"): 5, ("a", "S2"): 50, ("b", "S1"): 0, ("b", "S2"): 30}
    assert table_of(cells) == set()


def test_four_small_cells_hide_each_other():
    cells = {("a", "S1"): 4, ("a", "S2"): 3, ("b", "S1"): 2, ("b", "S2"): 1,
             ("c", "S1"): 40, ("c", "S2"): 60}  # fmt: skip
    assert {("d:a", "S1"), ("d:a", "S2"), ("d:b", "S1"), ("d:b", "S2")} <= table_of(cells)
    assert ("d:c", "S1") not in table_of(cells)


def test_a_bank_of_one_customer_publishes_no_cell():
    cells = {("a", "S1"): 1}
    assert table_of(cells) == {
        ("d:a", "S1"), ("d:a", "total"), ("all", "S1"), ("all", "total")
    }  # fmt: skip


# ---------------------------------------------------------------------------- the key, the command


def run(*arguments, **settings: str) -> subprocess.CompletedProcess:
    """The command, with an environment of its own."""
    environment = {name: value for name, value in os.environ.items() if "BANKMART" not in name}
    return subprocess.run(
        [sys.executable, "tools/publish.py", *map(str, arguments)],
        cwd=ROOT, env={**environment, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_missing_database_is_one_clear_line(tmp_path):
    finished = run(tmp_path / "no.duckdb", tmp_path / "x", BANKMART_KEY=SECRET)
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "Run `dbt build` first" in finished.stderr


def test_a_bank_without_a_key_is_stopped_before_and_after_its_build(tmp_path):
    """Before, by the folder of extracts; after, by the files that were read."""
    working = working_file(tmp_path / "working.duckdb", 1)
    for finished in (
        run("--check-key", BANKMART_EXTRACTS=str(tmp_path)),
        run(working, tmp_path / "copy.duckdb"),
    ):
        assert finished.returncode == 2
        assert finished.stderr.count("\n") == 1
        assert "export BANKMART_KEY=" in finished.stderr
    assert not (tmp_path / "copy.duckdb").exists()
    finished = run(working, tmp_path / "copy.duckdb", BANKMART_KEY=SECRET)
    assert finished.returncode == 0, finished.stderr
    assert run("--check-key", BANKMART_EXTRACTS=str(tmp_path), BANKMART_KEY=SECRET).returncode == 0


def test_the_demo_bank_needs_no_key_and_is_warned(demo, tmp_path):
    assert publish.is_demo_bank(demo.database)
    assert run("--check-key").returncode == 0
    assert run("--check-key", BANKMART_EXTRACTS="demo_bank/extracts").returncode == 0


def test_another_key_makes_other_pseudonyms(tmp_path):
    working = working_file(tmp_path / "working.duckdb", 1)
    found = []
    for key in ("one", "two", "long " * 20):
        publish.publish(working, tmp_path / "copy.duckdb", key)
        found += rows(tmp_path / "copy.duckdb", "select customer_id from marts.first")
    assert len(set(found)) == 6


# ------------------------------------------------------------------------------------ swapping in


def working_file(path: pathlib.Path, number: int) -> pathlib.Path:
    """A small working file that has its build's number in two marts."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in publish.SCHEMAS:
            connection.execute(f"create schema {schema}")
        for table in ("first", "last"):
            connection.execute(
                f"create table marts.{table} as select 'K' || n as customer_id, n,"
                f" {number} as build from range(1, 3) as t (n)"
            )
    return path


READER = """
import pathlib, sys, duckdb
copy, end = map(pathlib.Path, sys.argv[1:])
print("reading", flush=True)
numbers = []
while not end.exists():
    with duckdb.connect(str(copy), read_only=True) as connection:
        [first] = connection.execute("select distinct build from marts.first").fetchall()
        [last] = connection.execute("select distinct build from marts.last").fetchall()
    assert first == last, (first, last)
    numbers += [] if numbers[-1:] == [first] else [first]
assert numbers == sorted(numbers), numbers
print(len(numbers))
"""


def test_a_reader_sees_no_error_and_no_mixture_through_ten_builds(tmp_path):
    copy, end = tmp_path / "copy.duckdb", tmp_path / "end"
    publish.publish(working_file(tmp_path / "working.duckdb", 0), copy, SECRET)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(copy), str(end)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout.readline() == "reading\n"
    for number in range(1, 11):
        publish.publish(working_file(tmp_path / "working.duckdb", number), copy, SECRET)
    end.touch()
    output, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors
    assert int(output) > 3
    # Nothing half made is left beside the copy.
    assert {path.name for path in tmp_path.iterdir()} == {"copy.duckdb", "working.duckdb", "end"}


def test_a_reader_keeps_the_old_copy_while_a_new_one_is_swapped_in(tmp_path):
    copy = tmp_path / "copy.duckdb"
    publish.publish(working_file(tmp_path / "working.duckdb", 1), copy, SECRET)
    with duckdb.connect(str(copy), read_only=True) as reader:
        publish.publish(working_file(tmp_path / "working.duckdb", 2), copy, SECRET)
        assert reader.execute("select distinct build from marts.last").fetchall() == [(1,)]


def test_a_fault_while_publishing_leaves_the_copy_as_it_was(tmp_path, monkeypatch):
    copy = tmp_path / "copy.duckdb"
    publish.publish(working_file(tmp_path / "working.duckdb", 1), copy, SECRET)
    before = copy.read_bytes()

    def fails(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(publish, "describe", fails)
    with pytest.raises(OSError, match="no space"):
        publish.publish(working_file(tmp_path / "working.duckdb", 2), copy, SECRET)
    assert copy.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"copy.duckdb", "working.duckdb"}


def test_a_failing_build_publishes_nothing_and_says_so(tmp_path):
    """make build, with an environment whose dbt fails as it does on a broken test."""
    project = tmp_path / "project"
    (project / "published").mkdir(parents=True)
    (project / "published" / "bankmart.duckdb").write_text("the last good one")
    for name in ("Makefile", "tools", "seeds"):
        (project / name).symlink_to(ROOT / name)
    programs = project / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program, line in (("dbt", "exit 1"), ("python", f'exec "{sys.executable}" "$@"')):
        (programs / program).write_text(f"#!/bin/sh\n{line}\n")
        (programs / program).chmod(0o755)
    (project / "requirements.txt").touch()
    (project / ".venv" / ".installed").touch()
    environment = {name: value for name, value in os.environ.items() if "BANKMART" not in name}
    finished = subprocess.run(
        [shutil.which("make"), "-C", str(project), "build"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode != 0
    said = "The build did not pass: published/ stays as it was"
    assert finished.stdout.splitlines().count(said) == 1
    assert (project / "published" / "bankmart.duckdb").read_text() == "the last good one"


# ------------------------------------------------------------------------------------- the file


def test_older_clients_can_open_the_copy(copy):
    with duckdb.connect() as connection:
        connection.execute(f"attach '{copy}' as copy (read_only)")
        [(tags,)] = connection.execute(
            "select tags from duckdb_databases() where database_name = 'copy'"
        ).fetchall()
    assert tags["storage_version"].startswith("v1.0.0")


def test_tables_and_columns_say_what_they_are(copy):
    """Tools show the comments, so the copy needs no other documentation beside it."""
    silent = rows(
        copy,
        "select table_name, column_name from duckdb_columns()"
        " where schema_name in ('marts', 'quality') and comment is null",
    )
    assert silent == []
