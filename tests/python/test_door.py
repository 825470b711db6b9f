"""The door: what stops a build, what must not, and what becomes of every single row."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import os
import pathlib
import random
import shutil
import zlib
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dbt_common.exceptions import DbtRuntimeError

import bad_bank
import extract_door
from bad_bank import EXTRACTS, Part
from warehouse import Build, build

SPECIFICATION = {
    name: {"columns": list(extract.columns), "required": extract.having("required")}
    for name, extract in EXTRACTS.items()
}
QUALITY = ("--select", "+rejected_row", "+extract_reconciliation", "+data_finding")
HEADER = "fee_id,customer_id,booked_date,amount"
ROW = "F1,C1,2018-01-01,5.00"
FEES = f"{HEADER}\n{ROW}\n"
FEE_TABLE = pa.table(
    {name: [cell] for name, cell in zip(HEADER.split(","), ROW.split(","), strict=True)}
)


def parquet_bytes(table: pa.Table, **options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


FEE_PARQUET = parquet_bytes(FEE_TABLE)
MANY_FEES = pa.table(
    {
        name: [f"{name}-{zlib.crc32(f'{name}{n}'.encode())}" for n in range(4000)]
        for name in HEADER.split(",")
    }
)


@pytest.fixture
def door(tmp_path, monkeypatch):
    """Writes files into a folder of extracts and lets the door look at it."""

    def look(files: dict[str, bytes | str], folder: str = "extracts") -> dict:
        extracts = tmp_path / folder
        extracts.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = extracts / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        monkeypatch.setenv("BANKMART_EXTRACTS", str(extracts))
        return extract_door.inspect(SPECIFICATION, tmp_path / "scratch")

    return look


def rows_of(answer: dict, name: str = "fee_income") -> list[dict]:
    """Every row of an extract, read as the raw views read it."""
    assert answer["fault"] is None, answer["fault"]
    found = []
    for part in answer["extracts"][name]:
        read = duckdb.execute(
            "from read_parquet(?, hive_partitioning = false)", [[part["readable"]]]
        )
        names = [column[0] for column in read.description]
        found += [dict(zip(names, row, strict=True)) | part["hive"] for row in read.fetchall()]
    return found


# ------------------------------------------------------------------------- files that must stop


def flipped(content: bytes, start: int, length: int = 64) -> bytes:
    """The same bytes with some of them inverted."""
    return (
        content[:start]
        + bytes(byte ^ 0xFF for byte in content[start : start + length])
        + content[start + length :]
    )


def misencoded_parquet() -> bytes:
    """A parquet file that calls GB18030 bytes a string, as careless exporters do."""
    buffers = pa.array(["中国".encode("gb18030")]).buffers()
    return parquet_bytes(FEE_TABLE.set_column(1, "customer_id", pa.Array.from_buffers(
        pa.string(), 1, buffers
    )))  # fmt: skip


GOOD_GZIP = gzip.compress(FEES.encode() * 1, mtime=0)
LONG_GZIP = gzip.compress("".join(f"F{n},C{n * n},,\n" for n in range(3000)).encode(), mtime=0)
GB = f"{FEES}F2,中国工商银行客户,2018-01-01,5\n"

STOPS: dict[str, tuple[dict[str, bytes | str], list[str]]] = {
    "no bytes, csv": ({"fee_income.csv": b""}, ["fee_income.csv", "0 bytes"]),
    "no bytes, parquet": ({"fee_income.parquet": b""}, ["fee_income.parquet", "0 bytes"]),
    "no bytes, gzip": ({"fee_income.csv.gz": b""}, ["fee_income.csv.gz", "0 bytes"]),
    "no bytes, one part": (
        {"fee_income/a.csv": FEES, "fee_income/b.csv": b""}, ["fee_income/b.csv", "0 bytes"]
    ),
    "byte-order mark alone": ({"fee_income.csv": codecs.BOM_UTF8}, ["fee_income.csv", "header"]),
    "line ends alone": ({"fee_income.csv": "\r\n\n"}, ["fee_income.csv", "header"]),
    "nothing in the gzip": ({"fee_income.csv.gz": gzip.compress(b"")}, ["header"]),
    "header missing": ({"fee_income.csv": f"{ROW}\n"}, ["fee_income.csv", "fee_id"]),
    "not a parquet": ({"fee_income.parquet": FEES}, ["fee_income.parquet", "parquet"]),
    "parquet in name": ({"fee_income.parquet": b"PAR1" + bytes(99) + b"PAR1"}, ["parquet"]),
    "parquet cut short": (
        {"fee_income.parquet": FEE_PARQUET[:-5]}, ["fee_income.parquet", "parquet"]
    ),
    "parquet without its first half": (
        {"fee_income.parquet": parquet_bytes(MANY_FEES)[50_000:]}, ["fee_income.parquet"]
    ),
    "parquet without columns": (
        {"fee_income.parquet": parquet_bytes(pa.table({}))}, ["fee_income.parquet"]
    ),
    "parquet text not UTF-8": (
        {"fee_income.parquet": misencoded_parquet()}, ["fee_income.parquet"]
    ),
    "parquet column twice": (
        {"fee_income.parquet": parquet_bytes(
            FEE_TABLE.append_column("amount", pa.array(["6.00"])))},
        ["fee_income.parquet", "amount", "twice"],
    ),
    "parquet column twice in other case": (
        {"fee_income.parquet": parquet_bytes(
            FEE_TABLE.append_column("Amount", pa.array(["6.00"])))},
        ["fee_income.parquet", "amount", "twice"],
    ),
    "parquet column missing": (
        {"fee_income.parquet": parquet_bytes(FEE_TABLE.drop_columns("amount"))},
        ["fee_income.parquet", "amount", "missing"],
    ),
    "not gzip": ({"fee_income.csv.gz": FEES}, ["fee_income.csv.gz", "gzip"]),
    "gzip cut in its header": ({"fee_income.csv.gz": GOOD_GZIP[:3]}, ["gzip"]),
    "gzip cut short": ({"fee_income.csv.gz": GOOD_GZIP[:-9]}, ["fee_income.csv.gz", "gzip"]),
    "gzip without its sum": ({"fee_income.csv.gz": GOOD_GZIP[:-4]}, ["gzip"]),
    "gzip with a wrong sum": ({"fee_income.csv.gz": flipped(GOOD_GZIP, -8, 2)}, ["gzip"]),
    "gzip with damaged bytes": ({"fee_income.csv.gz": flipped(LONG_GZIP, 300)}, ["gzip"]),
    "gzip with junk behind": ({"fee_income.csv.gz": GOOD_GZIP + b"junk"}, ["gzip"]),
    "gzip named csv": ({"fee_income.csv": GOOD_GZIP}, ["fee_income.csv", "UTF-8"]),
    "GB18030": ({"fee_income.csv": GB.encode("gb18030")}, ["UTF-8", "GB18030"]),
    "GB18030 in gzip": (
        {"fee_income.csv.gz": gzip.compress(GB.encode("gb18030"))}, ["UTF-8", "GB18030"]
    ),
    "GB18030 far down": (
        {"fee_income.csv": (FEES + f"{ROW}\n" * 5000 + GB).encode("gb18030")}, ["GB18030"]
    ),
    "Latin-1": ({"fee_income.csv": FEES.replace("C1", "é").encode("latin-1")}, ["UTF-8"]),
    "UTF-16": ({"fee_income.csv": FEES.encode("utf-16")}, ["UTF-8", "UTF-16"]),
    "UTF-16 big end first": (
        {"fee_income.csv": codecs.BOM_UTF16_BE + FEES.encode("utf-16-be")}, ["UTF-16"]
    ),
    "UTF-8 cut inside a character": (
        {"fee_income.csv": (FEES + "F2,中").encode()[:-1]}, ["fee_income.csv", "UTF-8"]
    ),
    "too few fields": ({"fee_income.csv": f"{FEES}F2,C1\n"}, ["line 3", "2 fields", "4"]),
    "too many fields": ({"fee_income.csv": f"{FEES}{ROW},x\n"}, ["line 3", "5 fields", "4"]),
    "too many fields, all blank": ({"fee_income.csv": f"{FEES}{ROW},\n"}, ["line 3"]),
    "a line of blanks": ({"fee_income.csv": f"{FEES}  \n"}, ["line 3"]),
    "field count below a long record": (
        {"fee_income.csv": f'{HEADER}\r\n\r\nF1,"a\nb\r\nc",2018-01-01,5\nF2\n'}, ["line 6"]
    ),
    "thousands unquoted": (
        {"fee_income.csv": f"{HEADER}\nF1,C1,2018-01-01,1,000.00\n"}, ["line 2", "5 fields"]
    ),
    "unclosed quote": (
        {"fee_income.csv": f'{FEES}F2,"C1,2018-01-01,5\n{ROW}\n'}, ["line 3", "quote"]
    ),
    "unclosed quote in the header": ({"fee_income.csv": f'"{FEES}'}, ["line 1", "quote"]),
    "quote opened in the last byte": (
        {"fee_income.csv": f'{FEES}F2,C1,2018-01-01,"'}, ["line 3", "quote"]
    ),
    "text after a quote": (
        {"fee_income.csv": f'{FEES}F2,"C"1,2018-01-01,5\n'}, ["line 3", "after a closing quote"]
    ),
    "blank after a quote": (
        {"fee_income.csv": f'{FEES}F2,"C1" ,2018-01-01,5\n'}, ["line 3", "after a closing quote"]
    ),
    "column twice": (
        {"fee_income.csv": f"{HEADER},amount\n{ROW},6\n"}, ["fee_income.csv", "amount", "twice"]
    ),
    "column twice in other case": (
        {"fee_income.csv": f"{HEADER}, AMOUNT \n{ROW},6\n"}, ["amount", "twice"]
    ),
    "required column missing": (
        {"fee_income.csv": "fee_id,customer_id,amount\nF1,C1,5\n"}, ["booked_date", "missing"]
    ),
    "required column missing in one part": (
        {"fee_income/1.csv": FEES, "fee_income/2.csv": "fee_id\n"}, ["fee_income/2.csv", "missing"]
    ),
    "semicolons": ({"fee_income.csv": FEES.replace(",", ";")}, ["fee_income.csv", "missing"]),
    "csv and gzip": (
        {"fee_income.csv": FEES, "fee_income.csv.gz": GOOD_GZIP}, ["fee_income", "two forms"]
    ),
    "csv and parquet": (
        {"fee_income.csv": FEES, "fee_income.parquet": FEE_PARQUET}, ["fee_income", "two forms"]
    ),
    "csv and folder": (
        {"fee_income.csv": FEES, "fee_income/1.csv": FEES}, ["fee_income", "two forms"]
    ),
    "parquet and deep folder": (
        {"fee_income.parquet": FEE_PARQUET, "fee_income/a=1/b=2/1.csv": FEES}, ["two forms"]
    ),
    "csv and parquet parts": (
        {"fee_income/1.csv": FEES, "fee_income/d=1/1.parquet": FEE_PARQUET},
        ["fee_income", "parquet", "CSV"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STOPS)
def test_unreadable_file_stops(door, case):
    """One line that names the file, the fault and the mend."""
    files, words = STOPS[case]
    fault = door(files)["fault"]
    assert fault, "the door let it pass"
    assert "fee_income" in fault and "\n" not in fault
    assert [word for word in words if word not in fault] == [], fault
    said, _, mend = fault.partition(". ")
    assert said and mend, "no mend"


@pytest.mark.parametrize("codec", ["snappy", "gzip", "zstd"])
@pytest.mark.parametrize("nulls", [False, True], ids=["full", "with nulls"])
def test_damaged_parquet_page_stops(door, codec, nulls):
    """Damage that DuckDB meets when it reads the rows must be met before any model runs."""
    table = MANY_FEES.append_column("fee_type_code", pa.array(["x", None] * 2000))
    table = table if nulls else MANY_FEES
    content = parquet_bytes(table, compression=codec, use_dictionary=False)
    missed = []
    for seed in range(4):
        start = random.Random(seed).randrange(1000, len(content) * 3 // 4)
        damaged = flipped(content, start, 200)
        door_fault = door({"fee_income.parquet": damaged})["fault"]
        path = os.environ["BANKMART_EXTRACTS"] + "/fee_income.parquet"
        try:
            duckdb.execute("select sum(hash(columns(*))) from read_parquet(?)", [path]).fetchall()
        except duckdb.Error:
            if not door_fault:
                missed.append(start)
    assert missed == []


def test_fault_is_one_line_whatever_the_names(door):
    fault = door({"fee_income.csv": 'fee_id,"two\r\nlines"\nF1,x\n'})["fault"]
    assert "missing" in fault and not {"\n", "\r"} & set(fault)


def test_fault_leaves_the_converted_files(door, tmp_path):
    """The raw views of an earlier build read them."""
    (part,) = door({"fee_income.csv": FEES})["extracts"]["fee_income"]
    before = pathlib.Path(part["readable"]).read_bytes()
    assert door({"product.csv": "x"})["fault"]
    assert pathlib.Path(part["readable"]).read_bytes() == before
    assert [path.name for path in tmp_path.glob("scratch*")] == ["scratch"]


def test_no_folder_stops(tmp_path, monkeypatch):
    monkeypatch.setenv("BANKMART_EXTRACTS", str(tmp_path / "nowhere"))
    fault = extract_door.inspect(SPECIFICATION, tmp_path / "scratch")["fault"]
    assert "nowhere" in fault and "BANKMART_EXTRACTS" in fault


# --------------------------------------------------------------------- files that must not stop

FEE = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
NASTY = [
    "a b", 'a"b', "a;b", "a|b", "a,b", "a'b", "'); drop table x; --", "nul\0", "💰", "中文",
    "{{ 1/0 }}", "two\nlines", "cr\r\nlf", "x" * 1_000_000, "\\", "\u2028", "#", "=1", "\x0b\x1c",
]  # fmt: skip


def as_csv(rows: list[dict]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


PASSES: dict[str, tuple[dict[str, bytes | str], list[dict]]] = {
    "byte-order mark": ({"fee_income.csv": FEES.encode("utf-8-sig")}, [FEE]),
    "byte-order mark and quoted header": (
        {"fee_income.csv": FEES.replace("fee_id", '"fee_id"').encode("utf-8-sig")}, [FEE]
    ),
    "mixed line ends": (
        {"fee_income.csv": f"{HEADER}\r\n{ROW}\n{ROW}\r\n{ROW}"}, [FEE, FEE, FEE]
    ),
    "quote inside an unquoted field": (
        {"fee_income.csv": f'{HEADER}\nF1,Bob "Bo" 5" Ltd,2018-01-01,5.00\n'},
        [FEE | {"customer_id": 'Bob "Bo" 5" Ltd'}],
    ),
    "quote after a blank": (
        {"fee_income.csv": f'{HEADER}\nF1, "C1",2018-01-01,5.00\n'},
        [FEE | {"customer_id": ' "C1"'}],
    ),
    "header only": ({"fee_income.csv": HEADER}, []),
    "header only, gzip": ({"fee_income.csv.gz": gzip.compress(HEADER.encode())}, []),
    "header only, parquet": ({"fee_income.parquet": parquet_bytes(FEE_TABLE.slice(0, 0))}, []),
    "wholly empty lines": ({"fee_income.csv": f"\n\r\n{HEADER}\n\n\r\n{ROW}\n\n\n"}, [FEE]),
    "header padded and in capitals": (
        {"fee_income.csv": f" FEE_ID ,\tCustomer_Id,BOOKED_DATE , amount\n{ROW}\n"},
        [dict(zip(["FEE_ID", "Customer_Id", "BOOKED_DATE", "amount"], ROW.split(","),
                  strict=True))],
    ),
    "columns in another order, one too many": (
        {"fee_income.csv": "amount,x,booked_date,customer_id,fee_id\n5.00,?,2018-01-01,C1,F1\n"},
        [FEE | {"x": "?"}],
    ),
    "line ends in quotes": (
        {"fee_income.csv": f'{HEADER}\nF1,"two\nlines\r\nthree",2018-01-01,5.00\n'},
        [FEE | {"customer_id": "two\nlines\r\nthree"}],
    ),
    "doubled quotes": (
        {"fee_income.csv": f'{HEADER}\nF1,"""C""1""",2018-01-01,5.00\n'},
        [FEE | {"customer_id": '"C"1"'}],
    ),
    "cells that bite": (
        {"fee_income.csv": as_csv([FEE | {"customer_id": cell} for cell in NASTY])},
        [FEE | {"customer_id": cell} for cell in NASTY],
    ),
    "gzip of two members": ({"fee_income.csv.gz": gzip.compress(f"{HEADER}\n".encode())
                             + gzip.compress(ROW.encode())}, [FEE]),
    "folder without files": ({"fee_income/": ""}, []),
    "folder without files beside a file": ({"fee_income.csv": FEES, "fee_income/": ""}, [FEE]),
    "markers of other tools": (
        {"fee_income/_SUCCESS": b"", "fee_income/.part.csv.crc": b"\0", "fee_income/1.csv": FEES,
         "fee_income/_temporary/0/1.csv": "junk", "fee_income/.hidden/2.csv": "junk"},
        [FEE],
    ),
    "parts plain and gzipped": (
        {"fee_income/1.csv": FEES, "fee_income/2.csv.gz": GOOD_GZIP}, [FEE, FEE]
    ),
    "partitions": (
        {"fee_income/booked_date=2018-01-01/1.csv": "fee_id,customer_id,amount\nF1,C1,5.00\n"},
        [FEE],
    ),
    "partitions of parquet": (
        {"fee_income/booked_date=2018-01-01/x=1/1.parquet": parquet_bytes(
            FEE_TABLE.drop_columns("booked_date"))},
        [FEE | {"x": "1"}],
    ),
    "partitions percent-encoded": (
        {"fee_income/fee_type_code=a%2Fb%20%E4%B8%AD%3D'c/1.csv": FEES},
        [FEE | {"fee_type_code": "a/b 中='c"}],
    ),
    "partition of nothing": (
        {"fee_income/fee_type_code=__HIVE_DEFAULT_PARTITION__/1.csv": FEES},
        [FEE | {"fee_type_code": None}],
    ),
    "partition that the file has too": (
        {"fee_income/amount=9/1.csv": FEES}, [FEE]
    ),
    "partition that the file has in capitals": (
        {"fee_income/amount=9/1.csv": FEES.replace("amount", "AMOUNT")},
        [{name.replace("amount", "AMOUNT"): cell for name, cell in FEE.items()}],
    ),
    "odd part names": (
        {f"fee_income/{name}": FEE_PARQUET for name in
         ("it's.parquet", "a b.parquet", 'q"q.parquet', "分片.parquet", "[1].parquet",
          "loan (1).parquet", "{a,b}.parquet", "100%.parquet", "a;b.parquet")},
        [FEE] * 9,
    ),
    "part names like patterns": (
        {"fee_income/*.parquet": FEE_PARQUET, "fee_income/a.parquet": FEE_PARQUET,
         "fee_income/?.parquet": FEE_PARQUET, "fee_income/[a].parquet": FEE_PARQUET},
        [FEE] * 4,
    ),
    "odd csv part names": (
        {f"fee_income/{name}": FEES for name in ("it's.csv", "*.csv", "分 片.csv", "a[b.csv")},
        [FEE] * 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PASSES)
def test_readable_file_passes(door, case):
    files, expected = PASSES[case]
    assert rows_of(door(files)) == expected


def test_odd_folder_name(door):
    """People unpack extracts wherever they like."""
    files = {"fee_income.csv": FEES, "deposit_rate.parquet": parquet_bytes(pa.table(
        {"account_id": ["A"], "effective_date": ["2018-01-01"], "annual_rate_pct": ["1"]}
    ))}  # fmt: skip
    answer = door(files, folder="""it's "a" (copy) [2] 中文/100% * {x}; --""")
    assert rows_of(answer) == [FEE]
    assert len(rows_of(answer, "deposit_rate")) == 1


def test_parts_come_in_bytewise_order(door):
    """The order decides which of two rows with one key is kept."""
    names = ["Z.csv", "a.csv", "a/0.csv", "a0.csv", "b.csv", "ä.csv", "片.csv", "10.csv", "9.csv"]
    answer = door({f"fee_income/{name}": FEES for name in names})
    paths = [part["path"] for part in answer["extracts"]["fee_income"]]
    assert paths == sorted((f"fee_income/{name}" for name in names), key=str.encode)


def test_findings_name_what_nobody_asked_for(door):
    answer = door(
        {"fee_incomes.csv": FEES, "FEE_INCOME.CSV": FEES, "notes.txt": "x", "_SUCCESS": b"",
         "fee_income.csv": f"{HEADER},it's \"new\"\n{ROW},1\n"}
    )  # fmt: skip
    found = {
        (row["finding_code"], row["extract_name"], row["detail"]) for row in answer["findings"]
    }
    assert found == {
        ("unknown_file", None, "fee_incomes.csv"),
        ("unknown_file", None, "FEE_INCOME.CSV"),
        ("unknown_file", None, "notes.txt"),
        ("extra_column", "fee_income", 'it\'s "new"'),
    }


def test_only_a_folder_of_invented_rows_says_that_they_are(door):
    files = {"fee_income.csv": FEES}
    assert door(files)["findings"] == []
    finding = {"finding_code": "synthetic_extracts", "extract_name": None}
    notice = "Made up for a test (虚构数据).\nAnd more."
    assert door({**files, "_SYNTHETIC": notice}, folder="invented")["findings"] == [
        {**finding, "detail": "Made up for a test (虚构数据)."}
    ]
    assert door({**files, "_SYNTHETIC": ""}, folder="unsaid")["findings"] == [
        {**finding, "detail": "Every row is invented."}
    ]


@pytest.mark.parametrize(
    "name", ["fee_income.parquet/part-0.parquet", "fee_income/part-0.csv.zip", "fee_income/1.CSV"]
)
def test_data_is_never_passed_over_in_silence(door, name):
    """A folder named like a file, parts in an unknown form: read, stopped or listed."""
    answer = door({name: FEE_PARQUET})
    assert answer["fault"] or answer["extracts"]["fee_income"] or answer["findings"]


# ------------------------------------------------------------------------------ every row's fate


@pytest.fixture(scope="module")
def workdir(tmp_path_factory) -> pathlib.Path:
    """One for all builds: dbt parses the project once, and a rebuild is what banks do daily."""
    return tmp_path_factory.mktemp("door")


def built_copy(extracts: pathlib.Path, workdir: pathlib.Path, arguments: tuple[str, ...]) -> Build:
    """A build; its database is copied, for the next build writes to the same one."""
    built = build(extracts, workdir, arguments=arguments)
    copy = extracts.parent / f"{extracts.name}.duckdb"
    shutil.copy(built.database, copy)
    return replace(built, database=copy)


PARTS = bad_bank.parts()


@pytest.fixture(scope="module")
def bad_build(workdir, tmp_path_factory) -> Build:
    extracts = tmp_path_factory.mktemp("bad") / "bad_bank"
    for part in PARTS:
        part.write(extracts)
    built = built_copy(extracts, workdir, QUALITY)
    assert built.returncode == 0, built.output
    return built


def parts_of(name: str) -> list[Part]:
    """The parts of an extract in the order that decides duplicates."""
    found = [part for part in PARTS if part.extract.name == name]
    return sorted(found, key=lambda part: part.path.encode())


def fates(built: Build, name: str) -> dict[tuple[int, int], dict]:
    """Every row of an extract's base table by file number and row number."""
    model = EXTRACTS[name].base_model
    names = [column for (column, *_) in built.rows(f"describe {model}")]
    found = {}
    for row in built.rows(f"select * from {model}"):
        cells = dict(zip(names, row, strict=True))
        place = divmod(cells["file_order"], 1 << 40)
        assert place not in found
        found[place] = cells
    return found


def test_bad_bank_holds_every_possible_case():
    """The bank is worth building only while it has each reason in each extract that allows it."""
    held = {(part.extract.name, case.reason) for part in PARTS for case in part.cases}
    assert {pair for pair in held if pair[1]} == bad_bank.possible_reasons()
    assert len(EXTRACTS) == 18
    for name, extract in EXTRACTS.items():
        labels = {case.label for part in parts_of(name) for case in part.cases}
        for column in extract.having("required"):
            assert f"{column} blank 0" in labels
        for column in extract.references:
            assert f"{column} unknown" in labels


@pytest.mark.parametrize("name", EXTRACTS)
def test_every_row_meets_its_fate(bad_build, name):
    """Each row in its place: accepted with the expected cells, or rejected for the one reason."""
    found = fates(bad_build, name)
    wrong, places = [], set()
    for file_number, part in enumerate(parts_of(name)):
        for row_number, case in enumerate(part.cases):
            places.add((file_number, row_number))
            row = found[file_number, row_number]
            got = (row["reason_code"], {column: row[column] for column in case.typed})
            if got != (case.reason, case.typed):
                wrong.append((part.path, case.label, "expected", case.reason, case.typed, got))
    assert [tuple(str(word)[:80] for word in line) for line in wrong] == []
    assert set(found) == places


@pytest.mark.parametrize("name", EXTRACTS)
def test_rejected_rows_are_kept_whole(bad_build, name):
    """Key, reason, file, place and all columns as read."""
    expected = [
        (case.key_of(part.extract), case.reason, part.path, number)
        for part in parts_of(name)
        for number, case in enumerate(part.cases, start=1)
        if case.reason
    ]
    sql = f"from quality.rejected_row where extract_name = '{name}' order by file_path, row_number"
    found = bad_build.rows(f"select row_key, reason_code, file_path, row_number {sql}")
    assert Counter(found) == Counter(expected)
    cases = {
        (part.path, number): (part, case)
        for part in parts_of(name)
        for number, case in enumerate(part.cases, start=1)
    }
    for path, number, text in bad_build.rows(f"select file_path, row_number, row_json {sql}"):
        part, case = cases[path, number]
        as_read = json.loads(text)
        assert list(as_read) == part.columns
        for column, cell in part.cells_as_read(case).items():
            if cell is None or isinstance(cell, str | int | list | dict):
                assert as_read[column] == cell


@pytest.mark.parametrize("name", EXTRACTS)
def test_nothing_is_lost(bad_build, name):
    """read = accepted + rejected, in rows and in money, against sums made here."""
    extract = EXTRACTS[name]
    cases = [case for part in parts_of(name) for case in part.cases]
    rejected = [case for case in cases if case.reason]
    amount = sum((case.amount_of(extract) for case in cases), Decimal(0))
    rejected_amount = sum((case.amount_of(extract) for case in rejected), Decimal(0))
    (found,) = bad_build.rows(
        f"select * exclude (extract_name, latest_date) from quality.extract_reconciliation "
        f"where extract_name = '{name}'"
    )
    assert found == (
        len(cases),
        len(cases) - len(rejected),
        len(rejected),
        amount,
        amount - rejected_amount,
        rejected_amount,
    )


def test_reconciliation_has_one_row_per_extract(bad_build):
    rows = bad_build.rows("select extract_name from quality.extract_reconciliation")
    assert sorted(rows) == sorted((name,) for name in EXTRACTS)


def test_unknown_campaign_is_listed_once(bad_build):
    """Only of accepted loans: a rejected one is in rejected_row with all its columns."""
    assert bad_build.rows(
        "select extract_name, row_key, detail from quality.data_finding "
        "where finding_code = 'unknown_campaign'"
    ) == [("loan_contract", "L-CAMPAIGN", "ghost")]


# ----------------------------------------------------------------- an unreadable file, end to end


def contents(database: pathlib.Path) -> dict[str, list[tuple]]:
    """Every table's and every view's rows."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables order by all"
        ).fetchall()
        return {
            name: connection.execute(f"select * from {name} order by all").fetchall()
            for (name,) in names
        }


def test_broken_file_stops_the_build_and_changes_nothing(bad_build, workdir, tmp_path):
    """Exit code 2, one line of ours, and what was built before is as it was, views included."""
    extracts = tmp_path / "broken"
    extracts.mkdir()
    (extracts / "product.csv").write_text("product_code,product_name,product_family_code\nX,Y,Z\n")
    (extracts / "fee_income.csv").write_text(f'{HEADER}\nF1,"C1,2018-01-01,5\n')
    database = workdir / "bankmart.duckdb"
    before = contents(database)
    assert len(before) > 40 and before["raw.product"]
    broken = build(extracts, workdir, arguments=QUALITY, as_command=True)
    assert broken.returncode == 2, broken.output
    ours = [line for line in broken.output.splitlines() if "fee_income.csv" in line]
    assert len(ours) == 1, broken.output
    assert "line 2 is never closed" in ours[0] and 'Write a quote inside a field as ""' in ours[0]
    assert "Traceback" not in broken.output
    assert contents(database) == before


# ------------------------------------------------------------------------- the engine's threads


def plugin(threads: str) -> extract_door.Plugin:
    """The plugin as dbt makes it, with a profile's number of threads."""
    place = SimpleNamespace(path="bankmart.duckdb")
    return extract_door.Plugin("extract_door", {"engine_threads": threads}, place)


def test_the_profile_sets_the_engines_threads():
    for threads in ("", "7"):
        with duckdb.connect() as connection:
            default = connection.execute("select current_setting('threads')").fetchall()
            plugin(threads).configure_connection(connection)
            set_to = connection.execute("select current_setting('threads')").fetchall()
        assert set_to == ([(int(threads),)] if threads else default)


@pytest.mark.parametrize("threads", ["0", "-1", "four", "2.5"])
def test_what_is_no_number_of_threads_is_said(threads):
    with duckdb.connect() as connection, pytest.raises(DbtRuntimeError) as fault:
        plugin(threads).configure_connection(connection)
    assert fault.value.msg.startswith(f"BANKMART_THREADS={threads}: no number of threads.")


# ------------------------------------------------------------------ references, order, odd files

CURVE = "curve_code,curve_date,tenor_days,annual_rate_pct\n"
BALANCE = "loan_id,balance_date,principal_balance\n"


# Codes in columns that are not text: type, cell, and the code it is, or None for no code at all.
ODD_CODES: dict[str, tuple] = {
    "card number as float": (pa.float64(), 6222020000000000000.0, "6222020000000000000"),
    "power of ten": (pa.float64(), 1e18, "1" + "0" * 18),
    "minus nought": (pa.float64(), -0.0, "0"),
    "not a number": (pa.float64(), float("nan"), None),
    "infinity": (pa.float64(), float("inf"), None),
    "not a number, single": (pa.float32(), float("nan"), None),
    "bytes of text": (pa.binary(), "贷款1 ".encode(), "贷款1"),
    "yes": (pa.bool_(), True, "true"),
}


@pytest.fixture(scope="module")
def odd_build(bad_build, workdir, tmp_path_factory) -> Build:
    """A customer file without rows, no loans, an empty campaign folder, and the oddest parts.

    Whether it went well is asked model by model, so that one oddity cannot hide the others.
    """
    extracts = tmp_path_factory.mktemp("odd") / """it's an "odd" bank [2] 中文"""
    index_columns = {"file_row_number": [7, 7], "file_index": [5, 5], "filename": ["x", "x"]}
    files: dict[str, bytes | str] = {
        "customer.csv": "customer_id,customer_type_code\n",
        "campaign/": "",
        "deposit_account.csv": (
            "account_id,customer_id,product_code,open_date,annual_rate_pct\n"
            "A1,C1,P,2015-01-01,1\n"
        ),
        "deposit_balance.csv": (
            "account_id,balance_date,balance\nA1,2015-01-01,5\nA2,2015-01-01,7\n"
        ),
        "campaign_target.csv": (
            "campaign_id,customer_id,arm_code,assigned_date\nK1,C1,control,2015-01-01\n"
        ),
        "campaign_event.csv": (
            "event_id,campaign_id,customer_id,event_code,occurred_at,loan_id\n"
            "E1,K1,,drawn,2015-01-01,L1\nE2,K1,C1,drawn,2015-01-01,L1\n"
        ),
        # One loan and day in every part: bytewise, the last path wins.
        **{
            f"loan_balance/{name}": f"{BALANCE}L1,2015-01-01,{number}\nL{number},2015-01-01,1\n"
            for number, name in enumerate(
                ["10.csv", "9.csv", "Z.csv", "a.csv", "a/0.csv", "a'0.csv", "片 1.csv"]
            )
        },
        # The row number is that of the file, not of all files of one shape.
        "ftp_curve/x=1/0.csv": f"{CURVE}A,2015-01-01,1,99",
        "ftp_curve/x=2/0.csv": f"{CURVE}B,2015-01-01,1,99",
        "ftp_curve/x=%27/0.csv": f"{CURVE}C,2015-01-01,1,1\nD,2015-01-01,1,99",
        "exchange_rate/currency_code=US%44/1.csv": "rate_date,rate_to_reporting\n2015-01-01,6",
        "exchange_rate/currency_code=__HIVE_DEFAULT_PARTITION__/1.csv": (
            "rate_date,rate_to_reporting\n2015-01-01,6"
        ),
        "product/0.parquet": parquet_bytes(
            pa.table(
                {"product_code": ["P1", "P1"], "product_name": ["n", "n"],
                 "product_family_code": ["loan", "loan"]} | index_columns
            )
        ),
        "ledger_control/0.csv": (
            "as_of_date,account_class_code,currency_code,amount,file_index,file_row_number,row_json,"
            "file_order,row_key,amount__cell\n2015-01-01,loan,CNY,5,7,7,a,b,c,d\n"
            "2015-01-01,loan,X,5,7,7,a,b,c,d\n2015-01-01,other,CNY,5,7,7,a,b,c,d\n"
        ),
    }  # fmt: skip
    for name, (kind, cell, _) in ODD_CODES.items():
        files[f"loan_classification/{name}.parquet"] = parquet_bytes(
            pa.table(
                {"loan_id": pa.array([cell], kind), "effective_date": ["2015-01-01"],
                 "class_code": ["1"]}
            )
        )  # fmt: skip
    files["deposit_rate.parquet"] = parquet_bytes(
        pa.table(
            {"account_id": ["A1", "A1"], "effective_date": ["2015-01-01", "2015-01-02"],
             "annual_rate_pct": pa.array([10**37, 1], pa.decimal128(38, 0))}
        )
    )  # fmt: skip
    for name, content in files.items():
        path = extracts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return built_copy(extracts, workdir, ("--select", "+rejected_row", "+data_finding"))


def reasons(built: Build, name: str) -> list[tuple]:
    """Key and reason of every row, in file order."""
    assert f"OK created sql table model {EXTRACTS[name].base_model} " in built.output, built.output
    return built.rows(
        f"select row_key, reason_code from {EXTRACTS[name].base_model} order by file_order"
    )


def test_header_only_master_knows_nobody(odd_build):
    assert reasons(odd_build, "deposit_account") == [("A1", "unknown_reference")]
    assert reasons(odd_build, "campaign_target") == [("K1|C1", "unknown_reference")]


def test_rejected_master_row_still_counts_as_present(odd_build):
    assert reasons(odd_build, "deposit_balance") == [
        ("A1|2015-01-01", None),
        ("A2|2015-01-01", "unknown_reference"),
    ]


def test_absent_master_is_not_checked(odd_build):
    """No loan file and an empty campaign folder; only the customer is unknown."""
    assert reasons(odd_build, "campaign_event") == [
        ("E1", "missing_required"),
        ("E2", "unknown_reference"),
    ]
    assert {reason for _, reason in reasons(odd_build, "loan_balance")} == {None, "duplicate_key"}


def test_last_of_duplicates_by_path_is_kept(odd_build):
    kept = odd_build.rows(
        "select principal_balance from staging.base_loan_servicing__loan_balance "
        "where loan_id = 'L1' and balance_date = '2015-01-01' and reason_code is null"
    )
    assert kept == [(Decimal(6),)]


def test_partition_values_are_columns(odd_build):
    assert reasons(odd_build, "exchange_rate") == [
        ("USD|2015-01-01", None),
        ("|2015-01-01", "missing_required"),
    ]


@pytest.mark.parametrize("name", ODD_CODES)
def test_code_that_is_no_text(odd_build, name):
    """Whole floats are whole numbers, bytes are text, and NaN is nobody's key."""
    reasons(odd_build, "loan_classification")
    number = sorted(ODD_CODES, key=lambda name: f"{name}.parquet".encode()).index(name)
    row = fates(odd_build, "loan_classification")[number, 0]
    code = ODD_CODES[name][2]
    assert (row["loan_id"], row["reason_code"]) == (code, None if code else "wrong_type")


def test_decimal_too_wide_to_compare(odd_build):
    """Oracle's NUMBER comes as decimal(38,0); a wild one is a rejected row, not a failed build."""
    assert reasons(odd_build, "deposit_rate") == [
        ("A1|2015-01-01", "wrong_type"),
        ("A1|2015-01-02", None),
    ]


def test_rejected_row_names_its_file_and_place(odd_build):
    found = odd_build.rows(
        "select row_key, file_path, row_number, json_extract_string(row_json, 'x') "
        "from quality.rejected_row where extract_name = 'ftp_curve' order by row_key"
    )
    assert found == [
        ("A|2015-01-01|1", "ftp_curve/x=1/0.csv", 1, "1"),
        ("B|2015-01-01|1", "ftp_curve/x=2/0.csv", 1, "2"),
        ("D|2015-01-01|1", "ftp_curve/x=%27/0.csv", 2, "'"),
    ]


@pytest.mark.parametrize("name", ["product", "ledger_control"])
def test_extra_columns_named_like_ours_are_ignored(odd_build, name):
    """A bank's own file_index or row_key must not reach into the door's work."""
    expected = {
        "product": [("P1", "duplicate_key"), ("P1", None)],
        "ledger_control": [
            ("2015-01-01|loan|CNY", None),
            ("2015-01-01|loan|X", None),
            ("2015-01-01|other|CNY", "out_of_range"),
        ],
    }
    assert reasons(odd_build, name) == expected[name]
    assert set(fates(odd_build, name)) == {(0, row) for row in range(len(expected[name]))}


def test_odd_files_are_listed(odd_build):
    extra = odd_build.rows(
        "select extract_name, detail from quality.data_finding where finding_code = 'extra_column'"
    )
    assert {("product", "file_index"), ("ledger_control", "row_key"), ("ftp_curve", "x")} <= set(
        extra
    )
    assert len(extra) == len(set(extra)) == 10
