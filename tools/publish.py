"""Publish the marts: write a copy of the warehouse for readers and swap it in, in one step.

The working file is locked while dbt builds and keeps what readers must not see. The copy holds the
schemas marts and quality only. Keys of customers and contracts are pseudonyms, the same in every
table, so that joins work; rows of one to four customers are withheld (`small_cells.py`). Readers
that have the old copy open keep it until they close it; a build that fails changes nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

import duckdb

import small_cells

PROJECT = Path(__file__).resolve().parents[1]
SCHEMAS = ("marts", "quality")
# Opened by every client since DuckDB 1.0; the format of 2.0 is by none older than itself.
STORAGE_VERSION = "v1.0.0"

# What the copy holds of a column, by the column's name in any table. Numbers, dates, flags and
# codes (…_code) are copied. A text column that is not named here is left out. Rounded is to two
# significant digits.
PSEUDONYM, TEXT, ROUNDED = "pseudonym", "text", "rounded"
COPIED, LEFT_OUT = "copied", "left out"
COLUMNS = {
    # Keys of customers, contracts and staff, and of the rows of extracts.
    "account_id": PSEUDONYM,
    "contract_id": PSEUDONYM,
    "customer_id": PSEUDONYM,
    "group_id": PSEUDONYM,
    "loan_id": PSEUDONYM,
    "relationship_manager_id": PSEUDONYM,
    "row_key": PSEUDONYM,
    # Texts and values that may hold such a key: a word that is one becomes its pseudonym.
    "detail": TEXT,
    "setting_value": TEXT,
    "evidence": TEXT,
    "evidence_zh": TEXT,
    "level_value": TEXT,
    "note": TEXT,
    # The row as read has names and id numbers.
    "row_json": LEFT_OUT,
    # With size and industry beside its pseudonym a customer of a withheld cell is found again, and
    # the reasons of a call name them and the manager.
    "enterprise_size": LEFT_OUT,
    "industry_section": LEFT_OUT,
    "reason_chain": LEFT_OUT,
    "reason_chain_zh": LEFT_OUT,
    # Squares of counts would solve what their sums leave open, and a residual is its cell's count.
    "chi_square": ROUNDED,
    "cramers_v": ROUNDED,
    "uncorrected_cramers_v": ROUNDED,
    "p_value": ROUNDED,
    "highest_residual": LEFT_OUT,
    "lowest_residual": LEFT_OUT,
    "product_concentration": LEFT_OUT,
    # What is left when some customers are left out tells of those, by size and industry.
    "chosen_core_coverage_rate": ROUNDED,
    "chosen_population_coverage_rate": ROUNDED,
    "core_coverage_rate": ROUNDED,
    "core_coverage_rate_change": LEFT_OUT,
    "population_coverage_rate": ROUNDED,
    "population_coverage_rate_change": LEFT_OUT,
    "population_loan_count": LEFT_OUT,
    # Names of segments and actions, figures of the study, rules, values, hashes of inputs, files.
    "action_en": COPIED,
    "action_zh": COPIED,
    "base": COPIED,
    "caution": COPIED,
    "decided_by": COPIED,
    "condition_en": COPIED,
    "condition_sql": COPIED,
    "condition_zh": COPIED,
    "dimension_value": COPIED,
    "exclusion_reason": COPIED,
    "extract_name": COPIED,
    "fact_id": COPIED,
    "file_path": COPIED,
    "highest_residual_value": COPIED,
    "input_hash": COPIED,
    "label_en": COPIED,
    "label_zh": COPIED,
    "library_versions": COPIED,
    "lost_because": COPIED,
    "override_decided_by": COPIED,
    "override_reason": COPIED,
    "lowest_residual_value": COPIED,
    "policy_hash": COPIED,
    "published_value": COPIED,
    "reading_en": COPIED,
    "reading_zh": COPIED,
    "run_id": COPIED,
    "segment_alias_zh": COPIED,
    "segment_name_en": COPIED,
    "segment_name_zh": COPIED,
    "summary_en": COPIED,
    "summary_zh": COPIED,
    "unit": COPIED,
}
# Columns of any type that speak of a person or a key unless COLUMNS says otherwise.
TELLING = re.compile(
    r"(^|_)(id|key|ids|keys|birth|birthday|phone|mobile|telephone|email|address|passport"
    r"|certificate|identity|person|json)(_|$)"
)

KEY_VARIABLE = "BANKMART_KEY"
EXTRACTS_VARIABLE = "BANKMART_EXTRACTS"
DEMO_EXTRACTS = PROJECT / "demo_bank" / "extracts"
# The demo bank is invented, so its pseudonyms need no secret.
DEMO_KEY = "the demo bank has no secrets"
NO_KEY = (
    f"{KEY_VARIABLE} is not set: pseudonyms of a bank of your own need a secret. Set one and keep"
    f" it: export {KEY_VARIABLE}=\"$(python3 -c 'import secrets; print(secrets.token_hex(32))')\""
)
# 80 bits: two keys of ten million share a pseudonym with a chance of one in 10^10; it is checked.
# The digits of the hash are written as letters, so that no pseudonym holds what looks like a key.
PSEUDONYM_LENGTH = 20
# Words of a text as keys are written.
WORD, WORD_END = r"[\w./-]*\w", r"[^A-Za-z0-9_./-]+|[./-]+(?:[^A-Za-z0-9_./-]|$)"
SUPPRESSED_TEXT = (
    "The measures of this row are withheld: it speaks of one to four customers, or would give away"
    " a row that does."
)


class PublishFault(Exception):
    """Why nothing was published; the text is the one line the user sees."""


def treatment(column: str, data_type: str) -> str | None:
    """What the copy holds of a column; None where nobody has said so."""
    if column in COLUMNS:
        return COLUMNS[column]
    is_text = data_type.upper() in ("VARCHAR", "TEXT", "BLOB") or "VARCHAR" in data_type.upper()
    if TELLING.search(column) or (is_text and not column.endswith("_code")):
        return None
    return COPIED


def publish(database: Path, published: Path, key: str, manifest: Path | None = None) -> list[str]:
    """Copy every mart and quality table of `database` to `published`; returns what to tell."""
    published.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=published.parent, prefix=".publishing-") as folder:
        fresh = Path(folder) / published.name
        with duckdb.connect() as connection:
            attach(connection, database)
            connection.execute(
                f"attach {literal(fresh)} as copy (storage_version '{STORAGE_VERSION}')"
            )
            told = copy_tables(connection, key)
            describe(connection, manifest)
            connection.execute("detach copy")
        # Readers find the old file or the new one, never a part.
        fresh.replace(published)
    return told


def attach(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Open the working file to read."""
    if not database.exists():
        raise PublishFault(f"{database}: no such database. Run `dbt build` first")
    try:
        connection.execute(f"attach {literal(database)} as warehouse (read_only)")
    except duckdb.Error as error:
        raise PublishFault(
            f"{database}: cannot be opened. Wait for other programs to close it ("
            f"{str(error).splitlines()[0]})"
        ) from None


def copy_tables(connection: duckdb.DuckDBPyConnection, key: str) -> list[str]:
    """Every table of the schemas that are published; returns lines about what was done."""
    tables: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, data_type in connection.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns"
        " where table_catalog = 'warehouse' and list_contains(?, table_schema)"
        " order by table_schema, table_name, ordinal_position",
        [list(SCHEMAS)],
    ).fetchall():
        tables.setdefault((schema, table), {})[column] = data_type
    make_pseudonyms(connection, tables, key)
    withheld = small_cells.withheld_rows(connection, "warehouse")
    for schema in SCHEMAS:
        connection.execute(f"create schema copy.{schema}")
    undecided = []
    for (schema, table), columns in tables.items():
        treatments = {column: treatment(column, columns[column]) for column in columns}
        undecided += [f"{table}.{column}" for column in columns if treatments[column] is None]
        rows = withheld.get(table) if schema == "marts" else None
        copy_table(connection, schema, table, treatments, rows)
    count = sum(len(one.rows) for one in withheld.values())
    told = [f"{len(tables)} tables, {count} rows of few customers or beside them withheld"]
    if undecided:
        told.append(
            "Left out, because tools/publish.py does not say what they hold: "
            + ", ".join(undecided)
        )
    return told


def make_pseudonyms(connection: duckdb.DuckDBPyConnection, tables: dict, key: str) -> None:
    """Table `pseudonym`: every key there is, with HMAC-SHA256 of it in letters."""
    sources = [
        f"select {quoted(column)} as original from warehouse.{schema}.{quoted(table)}"
        for (schema, table), columns in tables.items()
        for column, data_type in columns.items()
        if treatment(column, data_type) == PSEUDONYM
    ]
    connection.execute("create temp table pseudonym (original varchar, pseudonym varchar)")
    if not sources:
        return
    secret = key.encode()
    block = (hashlib.sha256(secret).digest() if len(secret) > 64 else secret).ljust(64, b"\0")
    connection.execute(
        "insert into pseudonym"
        " select original, translate(left(sha256(?::blob || unhex(sha256(?::blob ||"
        " encode(original)))), ?), '0123456789', 'ghijklmnop')"
        f" from ({' union '.join(sources)}) where original is not null",
        [bytes(b ^ 0x5C for b in block), bytes(b ^ 0x36 for b in block), PSEUDONYM_LENGTH],
    )
    [(keys, pseudonyms)] = connection.execute(
        "select count(*), count(distinct pseudonym) from pseudonym"
    ).fetchall()
    if keys != pseudonyms:
        raise PublishFault(f"Two keys share a pseudonym. Set another {KEY_VARIABLE}")


def copy_table(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    treatments: dict[str, str | None],
    withheld: small_cells.Withheld | None,
) -> None:
    """One table, its columns treated and its rows of few customers withheld."""
    source = f"warehouse.{schema}.{quoted(table)}"
    kept = [column for column, how in treatments.items() if how not in (LEFT_OUT, None)]
    mart = small_cells.MARTS[table] if withheld else None
    places = mart.keys if mart else ()
    selected, joins, disguised = [], [], []
    for number, column in enumerate(kept):
        value = f"source.{quoted(column)}"
        if treatments[column] in (PSEUDONYM, TEXT):
            joins.append(f"left join pseudonym as p{number} on {value} = p{number}.original")
            if treatments[column] == PSEUDONYM:
                value = f"p{number}.pseudonym"
                disguised.append(column)
            elif holds_keys(connection, source, column):
                value = f"coalesce(p{number}.pseudonym, reworded({value}))"
                disguised.append(column)
        if treatments[column] == ROUNDED:
            digits = f"1 - cast(floor(log10(abs(nullif({value}, 0)))) as integer)"
            value = f"coalesce(round({value}, {digits}), {value})"
        if mart and column not in places:
            beside = mart.beside.get(column, "false")
            value = (
                f"case when withheld.is_suppressed or withheld.is_suppressed = false and {beside}"
                f" then null else {value} end"
            )
        selected.append(f"{value} as {quoted(column)}")
    if mart:
        note_withheld(connection, source, places, withheld)
        equal = " and ".join(f"source.{quoted(c)} = withheld.{quoted(c)}" for c in places)
        joins.append(f"left join withheld on {equal}")
        selected.append("coalesce(withheld.is_suppressed, false) as is_suppressed")
    # The order of the rows would give away the order of the keys.
    first = [*disguised, *places]
    order = first + [column for column in kept if column not in first] if first else []
    connection.execute(
        f"create table copy.{schema}.{quoted(table)} as"
        f" select {', '.join(selected)} from {source} as source {' '.join(joins)}"
        + (f" order by {', '.join(map(quoted, order))}" if order else "")
    )


def note_withheld(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    places: tuple[str, ...],
    withheld: small_cells.Withheld,
) -> None:
    """Table `withheld`: the keys of the rows that lose all or some of their measures."""
    connection.execute(
        f"create or replace temp table withheld as select {', '.join(map(quoted, places))},"
        f" true as is_suppressed from {source} limit 0"
    )
    rows = [(*key, True) for key in withheld.rows]
    rows += [(*key, False) for key in sorted(set(withheld.beside) - set(withheld.rows))]
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into withheld values ({marks})", rows)


def holds_keys(connection: duckdb.DuckDBPyConnection, source: str, column: str) -> bool:
    """Whether a text has keys in it; then `reworded` puts their pseudonyms in their place."""
    words = dict(
        connection.execute(
            "select original, pseudonym from pseudonym where original in ("
            f" select unnest([{quoted(column)}] || regexp_split_to_array({quoted(column)}, ?))"
            f" from (select distinct {quoted(column)} from {source}))",
            [WORD_END],
        ).fetchall()
    )
    if not words:
        return False

    def reworded(text: str) -> str:
        return re.sub(WORD, lambda word: words.get(word[0], word[0]), text, flags=re.ASCII)

    with contextlib.suppress(duckdb.InvalidInputException):
        connection.remove_function("reworded")
    connection.create_function("reworded", reworded, ["VARCHAR"], "VARCHAR")
    return True


def describe(connection: duckdb.DuckDBPyConnection, manifest: Path | None) -> None:
    """Write the descriptions of tables and columns into the copy, as comments that tools show."""
    if manifest is None or not manifest.exists():
        return
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    models = {(node["schema"], node["name"]): node for node in nodes if node["name"]}
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = 'copy'"
    ).fetchall():
        columns.setdefault((schema, table), []).append(column)
    for (schema, table), names in columns.items():
        model = models.get((schema, table))
        if model is None:
            continue
        texts = {name: own["description"] for name, own in model["columns"].items()}
        texts["is_suppressed"] = SUPPRESSED_TEXT
        place = f"copy.{schema}.{quoted(table)}"
        connection.execute(f"comment on table {place} is {text_literal(model['description'])}")
        for name in names:
            if texts.get(name):
                connection.execute(
                    f"comment on column {place}.{quoted(name)} is {text_literal(texts[name])}"
                )


def demo_is_extracts_folder() -> bool:
    """Whether the next build reads the demo bank."""
    folder = os.environ.get(EXTRACTS_VARIABLE)
    return not folder or Path(folder).resolve() == DEMO_EXTRACTS


def is_demo_bank(database: Path) -> bool:
    """Whether a working file holds the demo bank: it read the very files of the demo's extracts."""
    with duckdb.connect() as connection:
        attach(connection, database)
        try:
            read = connection.execute(
                "select extract_name, content_hash from warehouse.raw.extract_file"
            ).fetchall()
        except duckdb.Error:
            return False
    demo = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in DEMO_EXTRACTS.rglob("*")
        if path.is_file()
    }
    return bool(read) and all(content_hash in demo for _, content_hash in read)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def literal(path: Path) -> str:
    """A path as an SQL text literal."""
    return "'" + str(path).replace("'", "''") + "'"


def main() -> None:
    """Command line: publish.py DATABASE PUBLISHED, or publish.py --check-key."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=f"{KEY_VARIABLE}: the secret that makes pseudonyms; the demo bank needs none.",
    )
    parser.add_argument("database", type=Path, nargs="?", help="the working file dbt built")
    parser.add_argument("published", type=Path, nargs="?", help="the file readers open")
    parser.add_argument(
        "--check-key", action="store_true",
        help=f"only say, before a build, whether {KEY_VARIABLE} is missing",
    )  # fmt: skip
    arguments = parser.parse_args()
    key = os.environ.get(KEY_VARIABLE, "")
    if arguments.check_key:
        if not key and not demo_is_extracts_folder():
            parser.exit(2, NO_KEY + "\n")
        return
    if not arguments.database or not arguments.published:
        parser.error("the working file and the file to publish are needed")
    try:
        if not key:
            if not is_demo_bank(arguments.database):
                raise PublishFault(NO_KEY)
            key = DEMO_KEY
            print(
                f"Warning: {KEY_VARIABLE} is not set, so the demo bank's pseudonyms are no secret"
            )
        manifest = Path(os.environ.get("DBT_TARGET_PATH") or "target") / "manifest.json"
        told = publish(arguments.database, arguments.published, key, manifest)
    except PublishFault as fault:
        parser.exit(2, f"{fault}\n")
    print(f"Published {arguments.published}: " + "\n".join(told))


if __name__ == "__main__":
    main()
