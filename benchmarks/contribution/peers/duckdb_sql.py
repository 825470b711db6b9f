"""The hand-written DuckDB script contribution.sql, run as it stands."""

import sys
from pathlib import Path

import duckdb


def main(folder: Path, as_of: str, out: Path) -> None:
    """Run the script over a folder of extracts; two parquet files are left in `out`."""
    script = Path(__file__).with_name("contribution.sql").read_text(encoding="utf-8")
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set variable folder = $1", [str(folder)])
    connection.execute("set variable as_of = cast($1 as date)", [as_of])
    connection.execute(script.replace("$OUT", str(out)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
