"""The dashboard for Superset: `python dashboard/superset/bundle.py published/bankmart.duckdb ZIP`.

The folder `bundle` is what Superset exports and imports, but for two things that are written here:
the path of the published copy, and the columns of its tables with their descriptions.
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

import duckdb
import yaml

SOURCE = Path(__file__).with_name("bundle")


def write(copy: Path, bundle: Path) -> None:
    """The bundle over one published copy, as a ZIP that Superset imports."""
    with duckdb.connect(str(copy), read_only=True) as connection:
        columns: dict[tuple[str, str], list[dict]] = {}
        for schema, table, column, data_type, comment in connection.execute(
            "select schema_name, table_name, column_name, data_type, comment from duckdb_columns()"
            " where not internal order by schema_name, table_name, column_index"
        ).fetchall():
            columns.setdefault((schema, table), []).append(
                {
                    "column_name": column,
                    "type": data_type,
                    "is_dttm": data_type in ("DATE", "TIMESTAMP"),
                    "description": comment,
                }
            )
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(SOURCE.rglob("*.yaml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if path.parent.name == "databases":
                content["sqlalchemy_uri"] = f"duckdb:///{copy.resolve()}"
            elif "table_name" in content:
                content["columns"] = columns.get((content["schema"], content["table_name"]), [])
            archive.writestr(
                f"bankmart/{path.relative_to(SOURCE).as_posix()}",
                yaml.safe_dump(content, sort_keys=False, allow_unicode=True),
            )


def main() -> None:
    """Command line: COPY ZIP."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("copy", type=Path, help="the published copy")
    parser.add_argument("bundle", type=Path, help="the ZIP to write")
    arguments = parser.parse_args()
    write(arguments.copy, arguments.bundle)


if __name__ == "__main__":
    main()
