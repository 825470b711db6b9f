"""Publish the marts: write a copy of the warehouse for readers and swap it in, in one step.

The working file is locked while dbt builds and keeps what readers must not see. The copy holds the
schemas marts and quality only, without the rejected rows' full text; readers that have the old copy
open keep it until they close it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

SCHEMAS = ("marts", "quality")
LEFT_OUT = {("quality", "rejected_row"): ("row_json",)}
STORAGE_VERSION = "v1.4.0"


def publish(database: Path, published: Path) -> int:
    """Copy every mart and quality table of `database` to `published`; returns how many."""
    published.parent.mkdir(parents=True, exist_ok=True)
    fresh = published.with_name(published.name + ".new")
    fresh.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(database)} as warehouse (read_only)")
        connection.execute(f"attach {literal(fresh)} as copy (storage_version '{STORAGE_VERSION}')")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = 'warehouse' and table_schema in (?, ?) order by all",
            SCHEMAS,
        ).fetchall()
        for schema in SCHEMAS:
            connection.execute(f"create schema copy.{schema}")
        for schema, table in tables:
            left_out = LEFT_OUT.get((schema, table))
            columns = f"* exclude ({', '.join(left_out)})" if left_out else "*"
            connection.execute(
                f"create table copy.{schema}.{table} as"
                f" select {columns} from warehouse.{schema}.{table}"
            )
        connection.execute("detach copy")
    fresh.replace(published)
    return len(tables)


def literal(path: Path) -> str:
    """A path as an SQL text literal."""
    return "'" + str(path).replace("'", "''") + "'"


def main() -> None:
    """Command line: publish.py DATABASE PUBLISHED."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", type=Path, help="the working file dbt built")
    parser.add_argument("published", type=Path, help="the file readers open")
    arguments = parser.parse_args()
    if not arguments.database.exists():
        parser.exit(2, f"{arguments.database}: no such database. Run `dbt build` first\n")
    count = publish(arguments.database, arguments.published)
    print(f"Published {count} tables to {arguments.published}")


if __name__ == "__main__":
    main()
