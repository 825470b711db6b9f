"""Builds the warehouse over a folder of extracts, as a user would with `dbt build`."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

import duckdb
import pandas as pd
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DBT = pathlib.Path(sys.executable).with_name("dbt")


@dataclass
class Build:
    """What a build left behind."""

    database: pathlib.Path
    returncode: int
    output: str

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a query on the built database."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def frame(self, sql: str) -> pd.DataFrame:
        """The result of a query on the built database as a pandas DataFrame."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).df()


def build(
    extracts: pathlib.Path,
    workdir: pathlib.Path,
    vars: dict | None = None,
    policy: pathlib.Path | None = None,
    tests: bool = False,
    arguments: tuple[str, ...] = (),
) -> Build:
    """Run `dbt build` from the repository root; without `tests`, seeds and models only."""
    workdir.mkdir(parents=True, exist_ok=True)
    database = workdir / "bankmart.duckdb"
    environment = {
        **os.environ,
        "BANKMART_EXTRACTS": str(extracts),
        "BANKMART_DB": str(database),
        "NO_COLOR": "1",
    }
    if policy:
        environment["BANKMART_POLICY"] = str(policy)
    command = [
        str(DBT),
        "--no-use-colors",
        "build",
        "--target-path",
        str(workdir / "target"),
        "--log-path",
        str(workdir / "logs"),
        "--vars",
        yaml.safe_dump(vars or {}),
        *arguments,
    ]
    if not tests:
        command += ["--exclude-resource-types", "test", "unit_test"]
    finished = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return Build(database, finished.returncode, finished.stdout + finished.stderr)
