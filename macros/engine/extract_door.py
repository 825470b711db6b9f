"""The extracts door on DuckDB: find the files of every extract, refuse what cannot be read.

dbt-duckdb loads this module as a plugin and gains two SQL functions, called once a run, before any
model: ``inspect_policy`` says whether the policy files can be taken, ``inspect_extracts`` describes
the extracts, and the ``raw`` views are built from its answer. CSV is parsed here, by Python's
own strict reader, and handed on as parquet text; parquet is read in place. Typing, ranges and
references are SQL (``macros/extracts``).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import itertools
import json
import os
import re
import shutil
import sys
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

import policy_check

EXTRACTS_VARIABLE = "BANKMART_EXTRACTS"
POLICY_VARIABLE = "BANKMART_POLICY"
THREADS_VARIABLE = "BANKMART_THREADS"
PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_POLICY = Path("seeds") / "policy"
DEFAULT_EXTRACTS = Path("demo_bank") / "extracts"
SUFFIXES = (".parquet", ".csv.gz", ".csv")
# A folder that holds this file says of itself that its rows are invented.
SYNTHETIC = "_SYNTHETIC"
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
# DuckDB gives its own columns these names; an extract's column of the name gets an underscore.
RESERVED = {"file_index", "file_row_number"}
BATCH_ROWS = 50_000

csv.field_size_limit(sys.maxsize)


class ExtractFault(Exception):
    """A file that cannot be read whole; the text is the one line the user sees."""

    def __init__(self, path: Path | str, fault: str, mend: str):
        super().__init__(" ".join(f"{path}: {fault}. {mend}".split()))


@dataclass
class Part:
    """One file of an extract, as DuckDB will read it."""

    path: str
    readable: str
    columns: dict[str, str]
    content_hash: str = ""
    hive: dict[str, str | None] = field(default_factory=dict)


class Plugin(BasePlugin):
    """dbt-duckdb plugin: registers ``inspect_extracts`` and ``inspect_policy``, JSON in and out."""

    def initialize(self, plugin_config: dict) -> None:
        """Take the profile's number of threads: a setting of DuckDB cannot be left empty."""
        self.threads = str(plugin_config.get("engine_threads", ""))

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register the functions; CSV is converted in a folder that belongs to this database."""
        if self.threads:
            if not re.fullmatch("[1-9][0-9]{0,3}", self.threads):
                raise DbtRuntimeError(
                    f"{THREADS_VARIABLE}={self.threads}: no number of threads. Set a whole number"
                    " from 1, or unset it"
                )
            conn.execute(f"set threads = {self.threads}")
        database = Path(self.creds.path).resolve()
        name = hashlib.sha256(str(database).encode()).hexdigest()[:12]
        scratch = Path("target") / "extracts" / name

        def inspect_extracts(specification: str) -> str:
            return json.dumps(inspect(json.loads(specification), scratch))

        def inspect_policy(specification: str) -> str:
            folder = Path(os.environ.get(POLICY_VARIABLE) or DEFAULT_POLICY)
            return policy_check.check(folder, json.loads(specification)) or ""

        for function in (inspect_extracts, inspect_policy):
            conn.create_function(
                function.__name__, function, ["VARCHAR"], "VARCHAR", side_effects=True
            )
        conn.create_function("project_version", project_version, [], "VARCHAR", side_effects=True)


def project_version() -> str:
    """A name for the code that prices: no build goes on from what other code priced."""
    sources = sorted(
        path
        for folder in ("macros", "models")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".sql", ".py", ".yml")
    )
    version = hashlib.sha256(duckdb.__version__.encode())
    for path in sources:
        version.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return version.hexdigest()


def inspect(extracts: dict[str, dict], scratch: Path) -> dict:
    """Find, check and, for CSV, convert the files of every extract.

    ``extracts`` maps an extract's name to its ``columns`` and ``required`` columns. The answer has
    ``fault`` (one line, or None), ``extracts`` (name -> list of readable parts) and ``findings``
    (files and columns nobody asked for). CSV parts become parquet of text under ``scratch``, which
    is replaced only when every file could be read.
    """
    fresh = scratch.with_name(scratch.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        folder = extracts_folder()
        findings = synthetic_extracts(folder) + unknown_files(folder, extracts)
        answer = {"fault": None, "extracts": {}, "findings": findings}
        for name, specification in extracts.items():
            parts = []
            for number, path in enumerate(find_files(folder, name)):
                part = read_part(folder, name, path, fresh / name / f"{number:06d}.parquet")
                check_columns(part, specification)
                parts.append(part)
            answer["extracts"][name] = [vars(part) for part in parts]
            answer["findings"] += extra_columns(name, parts, specification["columns"])
    except ExtractFault as fault:
        shutil.rmtree(fresh, ignore_errors=True)
        return {"fault": str(fault)}
    shutil.rmtree(scratch, ignore_errors=True)
    if fresh.exists():
        fresh.rename(scratch)
    for part in itertools.chain.from_iterable(answer["extracts"].values()):
        part["readable"] = part["readable"].replace(str(fresh.resolve()), str(scratch.resolve()))
    return answer


def extracts_folder() -> Path:
    """The folder that ``BANKMART_EXTRACTS`` names, or the demo bank's."""
    folder = Path(os.environ.get(EXTRACTS_VARIABLE) or DEFAULT_EXTRACTS)
    if not folder.is_dir():
        raise ExtractFault(
            folder, "no such folder of extracts", f"Set {EXTRACTS_VARIABLE} to a folder"
        )
    return folder


def find_files(folder: Path, name: str) -> list[Path]:
    """The files of one extract in bytewise path order; a table in two forms is a fault."""
    forms = [
        folder / (name + suffix) for suffix in SUFFIXES if (folder / (name + suffix)).is_file()
    ]
    parts = []
    if (folder / name).is_dir():
        parts = [
            path
            for path in (folder / name).rglob("*")
            if path.is_file()
            and path.name.endswith(SUFFIXES)
            and not is_hidden(path.relative_to(folder / name))
        ]
        if parts:
            forms.append(folder / name)
        if len({path.suffix == ".parquet" for path in parts}) > 1:
            raise ExtractFault(
                folder / name, "parquet and CSV parts in one folder", "Keep one of the two forms"
            )
    if len(forms) > 1:
        found = " and ".join(form.name for form in forms)
        raise ExtractFault(folder, f"{name} comes in two forms, {found}", "Keep one of them")
    files = parts or forms
    return sorted(files, key=lambda path: os.fsencode(path.relative_to(folder).as_posix()))


def synthetic_extracts(folder: Path) -> list[dict]:
    """What a folder of invented rows says of itself; a real bank's says nothing."""
    notice = folder / SYNTHETIC
    if not notice.is_file():
        return []
    text = notice.read_text(encoding="utf-8", errors="replace").strip() or "Every row is invented."
    return [
        {
            "finding_code": "synthetic_extracts",
            "extract_name": None,
            "detail": text.splitlines()[0],
        }
    ]


def unknown_files(folder: Path, extracts: dict) -> list[dict]:
    """Entries of the folder that no extract claims: likely a misspelt name, so they are listed."""
    forms = {name + suffix for name in extracts for suffix in SUFFIXES}
    unclaimed = []
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name in extracts:
            parts = sorted(path for path in entry.rglob("*") if not path.is_dir())
            unclaimed += [path for path in parts if not path.name.endswith(SUFFIXES)]
        elif not (entry.is_file() and entry.name in forms):
            unclaimed.append(entry)
    return [
        {"finding_code": "unknown_file", "extract_name": None, "detail": path.as_posix()}
        for path in (path.relative_to(folder) for path in unclaimed)
        if not is_hidden(path)
    ]


def is_hidden(path: Path) -> bool:
    """Whether a relative path is one of the files that tools leave beside data, like _SUCCESS."""
    return any(piece.startswith((".", "_")) for piece in path.parts)


def read_part(folder: Path, name: str, path: Path, converted: Path) -> Part:
    """Read one file to its end and describe it."""
    shown = path.relative_to(folder).as_posix()
    if path.stat().st_size == 0:
        raise ExtractFault(shown, "the file is empty (0 bytes)", "Export it again or remove it")
    if path.name.endswith(".parquet"):
        columns = parquet_columns(path, shown)
        if RESERVED.isdisjoint(map(str.lower, columns)):
            part = Part(shown, glob_escaped(path.resolve()), columns)
        else:
            part = Part(shown, str(converted.resolve()), rename_reserved(path, columns, converted))
    else:
        part = Part(shown, str(converted.resolve()), convert_csv(path, shown, converted))
    with path.open("rb") as file:
        part.content_hash = hashlib.file_digest(file, "sha256").hexdigest()
    for piece in (
        path.relative_to(folder / name).parts[:-1] if folder / name in path.parents else ()
    ):
        key, equals, value = piece.partition("=")
        if equals and key.lower() not in map(str.lower, part.columns):
            part.hive[key] = None if value == HIVE_NULL else unquote(value)
    return part


def parquet_columns(path: Path, shown: str) -> dict[str, str]:
    """Column names and DuckDB types of a parquet file, after decoding every page of it."""
    try:
        refuse_duplicates(pq.read_schema(path).names, shown)
        with duckdb.connect() as connection:
            rows = read_parquet(connection, path)
            columns = dict(zip(rows.columns, map(str, rows.types), strict=True))
            # Only a value that is used is decoded.
            rows.aggregate(
                ", ".join(f"bit_xor(hash({quoted(name)}))" for name in columns)
            ).fetchall()
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise ExtractFault(
            shown, f"not a readable parquet file ({reason})", "Export it again"
        ) from error
    return columns


def rename_reserved(path: Path, columns: dict[str, str], converted: Path) -> dict[str, str]:
    """Write a parquet file again with an underscore behind every reserved column name."""
    converted.parent.mkdir(parents=True, exist_ok=True)
    renamed = ", ".join(f"{quoted(name)} as {quoted(unreserved(name))}" for name in columns)
    with duckdb.connect() as connection:
        read_parquet(connection, path).project(renamed).write_parquet(str(converted))
    return {unreserved(name): type_name for name, type_name in columns.items()}


def read_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    """A parquet file as the raw views read it."""
    return connection.read_parquet(
        glob_escaped(path), hive_partitioning=False, binary_as_string=True
    )


def unreserved(name: str) -> str:
    """A column's name, with an underscore behind where DuckDB needs the name itself."""
    return name + "_" if name.lower() in RESERVED else name


def quoted(name: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def glob_escaped(path: Path) -> str:
    """A path that DuckDB takes as it is, and not as a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def convert_csv(path: Path, shown: str, converted: Path) -> dict[str, str]:
    """Check a CSV file to its last line and write it as parquet text; returns its columns."""
    with open_text(path) as text:
        reader = csv.reader(text, strict=True)
        records = numbered_records(reader, shown)
        header = next(records, None)
        if header is None:
            raise ExtractFault(shown, "no header row", "Export it again with column names")
        names = column_names(header[1], shown)
        schema = pa.schema([(unreserved(name), pa.string()) for name in names])
        converted.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(converted, schema, compression="snappy") as writer:
            while batch := list(itertools.islice(records, BATCH_ROWS)):
                for line, record in batch:
                    if len(record) != len(names):
                        raise ExtractFault(
                            shown,
                            f"line {line} has {len(record)} fields, the header has {len(names)}",
                            "Quote fields that hold commas or line breaks",
                        )
                columns = zip(*(record for _, record in batch), strict=True)
                arrays = [pa.array(column, pa.string()) for column in columns]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
    return {name: "VARCHAR" for name in schema.names}


def open_text(path: Path) -> io.TextIOWrapper:
    """The text of a plain or gzipped CSV file, without byte-order mark, line ends as they are."""
    binary = gzip.open(path) if path.name.endswith(".gz") else path.open("rb")
    return io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")


def numbered_records(reader, shown: str):
    """Yield (first line, record) of every record that is not a wholly empty line."""
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise ExtractFault(
                shown, f"not UTF-8 text{likely_encoding(error)}", UTF8_MEND
            ) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ExtractFault(shown, f"damaged gzip file ({error})", "Export it again") from error
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                fault = f"the quote opened in the record of line {line} is never closed"
            else:
                fault = f"text after a closing quote in the record of line {line}"
            raise ExtractFault(shown, fault, 'Write a quote inside a field as ""') from error
        if record:
            yield line, record


UTF8_MEND = "Export it as UTF-8"


def likely_encoding(error: UnicodeDecodeError) -> str:
    """A guess at what the bytes around the fault are, for the message."""
    if error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or 0 in error.object:
        return ", it looks like UTF-16"
    if error.reason == "unexpected end of data":
        return ", it ends inside a character"
    try:
        codecs.getincrementaldecoder("gb18030")().decode(error.object)
    except UnicodeDecodeError:
        return ""
    return ", it looks like GB18030 (Chinese Windows)"


def column_names(header: list[str], shown: str) -> list[str]:
    """Trimmed header names; a name that comes twice is a fault, a blank one gets its position."""
    names = [name.strip() or f"column_{number}" for number, name in enumerate(header, start=1)]
    refuse_duplicates(names, shown)
    return names


def refuse_duplicates(names: list[str], shown: str) -> None:
    """Two columns whose names differ at most in case cannot be told apart in SQL."""
    twice = [name for name, count in Counter(map(str.lower, names)).items() if count > 1]
    if twice:
        raise ExtractFault(shown, f"column {twice[0]} comes twice", "Keep one of the two columns")


def check_columns(part: Part, specification: dict) -> None:
    """Names in any case count as the contract's; every required column must be there."""
    names = [*part.columns, *part.hive]
    refuse_duplicates(names, part.path)
    present = {name.lower() for name in names}
    missing = [name for name in specification["required"] if name not in present]
    if missing:
        raise ExtractFault(
            part.path,
            f"required column {missing[0]} is missing",
            f"Add it; the file has {', '.join(names)}",
        )


def extra_columns(name: str, parts: list[Part], columns: list[str]) -> list[dict]:
    """Columns that the contract does not know are ignored, and listed once per extract."""
    seen = dict.fromkeys(column for part in parts for column in (*part.columns, *part.hive))
    return [
        {
            "finding_code": "extra_column",
            "extract_name": name,
            "detail": column[:-1] if column[:-1].lower() in RESERVED else column,
        }
        for column in seen
        if column.lower() not in columns
    ]
