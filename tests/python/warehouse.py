"""Builds the warehouse over a folder of extracts, as a user would with `dbt build`."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import duckdb
import pandas as pd
import yaml
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DBT = pathlib.Path(sys.executable).with_name("dbt")


SHIPPED_POLICY = ROOT / "seeds" / "policy"


@functools.cache
def study_policy() -> pathlib.Path:
    """The shipped policy with one candidate of each grain: loans by the study's champion, which is
    what the oracles of the tests compute."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bankmart_policy_")) / "policy"
    atexit.register(shutil.rmtree, folder.parent)
    shutil.copytree(SHIPPED_POLICY, folder)
    path = folder / "segmentation_candidate_policy.csv"
    candidates = pd.read_csv(path, dtype=str)
    kept = candidates["candidate_code"].isin(["kmeans_3", "customer_kmeans_3"])
    candidates[kept].to_csv(path, index=False)
    # One shuffle and one bootstrap: how stable segments are is tested with the shipped policy.
    path = folder / "segmentation_choice_policy.csv"
    pd.read_csv(path, dtype=str).assign(stability_runs="1").to_csv(path, index=False)
    # Peers, calls and the held out on banks of a few customers.
    path = folder / "next_action_policy.csv"
    small = {"minimum_peer_count": "2", "manager_capacity": "1", "branch_capacity": "2"}
    small |= {"raroc_floor_pct": "5", "holdout_share": "0.4"}
    pd.read_csv(path, dtype=str).assign(**small).to_csv(path, index=False)
    return folder


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
    as_command: bool = False,
    engine_threads: int | None = None,
) -> Build:
    """Run `dbt build` from the repository root; without `tests`, seeds and models only,
    with them data tests too. Without a `policy` it is ``study_policy``.

    A plain build runs in this process on a manifest parsed once, which halves its time. One with
    tests is a command of its own, as a user would run it; others if `as_command`. dbt's
    `--threads` are models at a time; `engine_threads` are those that DuckDB runs a query on.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    database = workdir / "bankmart.duckdb"
    own_process = tests or as_command
    settings = {
        "BANKMART_EXTRACTS": str(extracts),
        "BANKMART_DB": str(database),
        "BANKMART_POLICY": str(policy or study_policy() if own_process else parsed_policy(policy)),
        "BANKMART_THREADS": str(engine_threads or os.environ.get("BANKMART_THREADS", "")),
    }
    command = [
        "build",
        "--target-path", str(workdir / "target"),
        "--log-path", str(workdir / "logs"),
        "--vars", yaml.safe_dump(vars or {}),
        *arguments,
    ]  # fmt: skip
    # Unit tests say the same of every bank; `make test` runs them once.
    command += ["--exclude-resource-types", *([] if tests else ["test"]), "unit_test"]
    if own_process:
        finished = subprocess.run(
            [str(DBT), "--no-use-colors", *command],
            cwd=ROOT,
            env={**os.environ, **settings, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return Build(database, finished.returncode, finished.stdout + finished.stderr)
    with environment(settings):
        returncode, output = run_here(manifest(), command)
    return Build(database, returncode, output)


def run_here(parsed: Manifest | None, command: list[str]) -> tuple[int, str]:
    """Run a dbt command in this process: the code it would exit with, and its messages."""
    messages: list[str] = []
    runner = dbtRunner(parsed, callbacks=[lambda event: messages.append(event.info.msg)])
    with contextlib.chdir(ROOT):
        result = runner.invoke(["--quiet", *command])
    if result.exception:
        messages.append(str(result.exception))
    returncode = 0 if result.success else 2 if result.exception else 1
    return returncode, "\n".join(messages)


@functools.cache
def policy_place() -> pathlib.Path:
    """Where this process's builds find their policy; the parsed project names its files."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bankmart_policy_")) / "policy"
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    return folder


def parsed_policy(policy: pathlib.Path | None) -> pathlib.Path:
    """A copy of a policy in the place the project was parsed with."""
    shutil.rmtree(policy_place(), ignore_errors=True)
    return shutil.copytree(policy or study_policy(), policy_place())


@functools.cache
def manifest() -> Manifest:
    """The project, parsed with the policy in its place."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        command = ["--quiet", "parse", "--target-path", folder, "--log-path", folder]
        return dbtRunner().invoke(command).result


@contextlib.contextmanager
def environment(settings: dict[str, str]):
    """Environment variables for a while."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
