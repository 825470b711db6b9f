"""A build on a kept working file equals a build from nothing, to the last digit.

The tests know what a user knows: `dbt build` again on the same BANKMART_DB after extracts, policy
or vars changed, and `dbt build` on a fresh one. More random histories by hand:

    python tests/python/test_history.py --seeds 100
    python tests/python/test_history.py --first 17 --seeds 1 --keep /tmp/seventeen
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from random import Random

import duckdb
import pytest
import yaml
from dbt.cli.main import dbtRunner

if __name__ == "__main__":
    sys.path[:0] = [
        str(pathlib.Path(__file__).resolve().parents[2] / folder)
        for folder in ("python_models", "macros/engine")
    ]

import history_bank
from history_bank import Bank, shifted
from warehouse import ROOT, Build, environment, run_here

# The history of contracts and what is read from it; by hand also the rest, without segments.
SELECTED = (
    "+assessed_contribution", "+assessed_adjustment", "+ftp_bridge", "+group_contribution",
    "+relationship_manager_contribution", "+deposit_account_monthly_contribution",
    "+loan_monthly_contribution", "+quality.unpriced_balance",
)  # fmt: skip
SELECTED_BY_HAND = (*SELECTED, "+marts.relationship", "+quality")

COMPARED_SCHEMAS = ("intermediate", "marts", "quality")
# Relations that speak of a run, not of the bank: they differ between a kept and a fresh file.
A_RUNS_OWN = (
    "int_history__",
    "int_contract__balance_interval",
    "int_contract__balance_piece",
    "int_contract__monthly_balance",
    "int_contract__monthly_contingent_liquidity",
)

MODELS = {path.stem for path in (ROOT / "models").rglob("*.sql")}
REOPENED = "int_history__reopened_month"

SEEDS, STEPS, MUTATIONS = (1,), 1, 6


# ------------------------------------------------------------------------------------- builds


class Home:
    """A folder with a bank's extracts and policy, and working files built over them."""

    def __init__(self, folder: pathlib.Path, selected: tuple[str, ...] = SELECTED):
        self.folder = folder
        self.selected = selected
        self.parsed = None

    def database(self, name: str) -> pathlib.Path:
        return self.folder / "built" / name / "bankmart.duckdb"

    def lay(self, bank: Bank) -> None:
        """Put a bank's files in place; a changed policy is parsed anew, as dbt would."""
        bank.write(self.folder / "extracts", self.folder / "policy")
        if self.parsed is None or bank.policy != self.parsed[0]:
            command = ["--quiet", "parse", "--no-write-json", *self.places("parsed")]
            with environment(self.settings("parsed")), contextlib.chdir(ROOT):
                parsed = dbtRunner().invoke(command)
            assert parsed.success, parsed.exception
            self.parsed = copy.deepcopy(bank.policy), parsed.result

    def build(self, name: str, bank: Bank, *arguments: str) -> Build:
        """`dbt build` on a working file, without dbt's tests; `arguments` may select otherwise."""
        command = [
            "build", "--no-write-json", *self.places(name),
            "--vars", yaml.safe_dump(bank.vars),
            "--exclude-resource-types", "test", "unit_test",
        ]  # fmt: skip
        if "--select" not in arguments:
            command += ["--select", *self.selected]
        self.database(name).parent.mkdir(parents=True, exist_ok=True)
        with environment(self.settings(name)):
            returncode, output = run_here(self.parsed[1], [*command, *arguments])
        return Build(self.database(name), returncode, output)

    def build_whole(self, name: str, bank: Bank, *arguments: str) -> Build:
        built = self.build(name, bank, *arguments)
        assert built.returncode == 0, built.output[-3000:]
        return built

    def rebuild(self, name: str, bank: Bank) -> Build:
        """A full build, in a fresh file."""
        shutil.rmtree(self.database(name).parent, ignore_errors=True)
        return self.build_whole(name, bank)

    def copy(self, source: str, name: str) -> None:
        """Another working file, as a copy of one that is there."""
        shutil.rmtree(self.database(name).parent, ignore_errors=True)
        self.database(name).parent.mkdir(parents=True)
        shutil.copy(self.database(source), self.database(name))

    def differences(self, name: str, other: str) -> list[str]:
        return differences(self.database(name), self.database(other))

    def settings(self, name: str) -> dict[str, str]:
        return {
            "BANKMART_EXTRACTS": str(self.folder / "extracts"),
            "BANKMART_POLICY": str(self.folder / "policy"),
            "BANKMART_DB": str(self.database(name)),
        }

    def places(self, name: str) -> list[str]:
        folder = self.database(name).parent
        return [
            "--target-path", str(folder / "target"), "--log-path", str(folder / "logs"),
            "--log-level-file", "none",
        ]  # fmt: skip


# ---------------------------------------------------------------------------------- comparing


def differences(kept: pathlib.Path, fresh: pathlib.Path) -> list[str]:
    """What the tables of two working files do not share: a line a table, then some rows."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{kept}' as kept (read_only)")
        connection.execute(f"attach '{fresh}' as fresh (read_only)")
        tables = {name: columns_by_table(connection, name) for name in ("kept", "fresh")}
        for table in sorted(tables["kept"].keys() | tables["fresh"].keys()):
            columns = [tables[name].get(table) for name in ("kept", "fresh")]
            if None in columns:
                # A model dropped or not selected leaves its table behind.
                if table[0] != "intermediate":
                    found.append(f"{'.'.join(table)} is in one of the two files only")
            elif columns[0] != columns[1]:
                found.append(f"{'.'.join(table)} has columns {columns[0]}, rebuilt {columns[1]}")
            else:
                found += row_differences(connection, ".".join(table))
    return found


def columns_by_table(connection: duckdb.DuckDBPyConnection, database: str) -> dict:
    """(schema, table) -> its columns with their types, of the tables that are compared."""
    rows = connection.execute(
        """
        select columns.schema_name, columns.table_name, columns.column_name, columns.data_type
        from duckdb_columns() as columns
        inner join duckdb_tables() as tables using (database_name, schema_name, table_name)
        where columns.database_name = $1 and list_contains($2, columns.schema_name)
        order by all
        """,
        [database, COMPARED_SCHEMAS],
    ).fetchall()
    found: dict = {}
    for schema, table, column, type_name in rows:
        if not table.startswith(A_RUNS_OWN):
            found.setdefault((schema, table), []).append((column, type_name))
    return found


def row_differences(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    columns = ", ".join(
        f'"{row[0]}"' for row in connection.execute(f"describe fresh.{table}").fetchall()
    )
    found = []
    for said, one, other in [("only kept", "kept", "fresh"), ("only rebuilt", "fresh", "kept")]:
        query = (
            f"select {columns} from {one}.{table} except all select {columns} from {other}.{table}"
        )
        rows = connection.execute(f"from ({query}) order by all limit 4").fetchall()
        if rows:
            count = connection.execute(f"select count(*) from ({query})").fetchone()[0]
            found.append(f"{table}: {count} rows {said} of ({columns})")
            found += [f"    {tuple(map(str, row))}" for row in rows]
    return found


def listed(lines: list[str]) -> str:
    return "\n" + "\n".join(lines)


# ------------------------------------------------------------------------------ random history


def play(seed: int, steps: int, count: int, home: Home) -> list[str]:
    """One bank's random history on one working file; what differs from full builds, or nothing."""
    bank = history_bank.make(seed)
    home.lay(bank)
    home.rebuild("kept", bank)
    story = []
    for step in range(1, steps + 1):
        random = Random(f"{seed} {step}")
        done = history_bank.mutate(bank, random, random.randint(1, 2 * count - 1))
        home.lay(bank)
        if random.random() < 0.2:
            part = random.choice(["+intermediate.ftp", "staging intermediate.contract"])
            built = home.build("kept", bank, "--select", *part.split())
            done.append(f"interrupted: only {part} is built, with code {built.returncode}")
        story += [f"step {step}, vars {bank.vars}", *(f"  {line}" for line in done)]
        home.rebuild("fresh", bank)
        kept = home.build("kept", bank)
        found = home.differences("kept", "fresh") if kept.returncode == 0 else [kept.output[-3000:]]
        if found:
            return [f"seed {seed}, {steps} steps, about {count} mutations each", *story, *found]
    return []


def test_a_tampered_figure_is_found(history, tmp_path):
    """The comparison itself: one digit, one row and one column are each enough."""
    table = "intermediate.int_contract__monthly_contribution"
    amount = "contribution_amount"
    one = f"rowid = (select min(rowid) from {table} where {amount} is not null)"
    for number, (statement, said) in enumerate(
        [
            (f"update {table} set {amount} = {amount} + 0.0000000001 where {one}", "1"),
            (f"insert into {table} from {table} where {one}", "1 rows only kept"),
            (f"delete from {table} where {one}", "1 rows only rebuilt"),
            (f"alter table {table} alter {amount} type double", "has columns"),
            ("drop table quality.unpriced_balance", "in one of the two files only"),
        ]
    ):
        tampered = tmp_path / f"{number}.duckdb"
        shutil.copy(history.database("base"), tampered)
        with duckdb.connect(str(tampered)) as connection:
            connection.execute(statement)
        found = differences(tampered, history.database("base"))
        assert said in listed(found)
        assert found[0].startswith((table, "quality.unpriced_balance"))


# -------------------------------------------------------------------------------- small changes
#
# Several at once, each on contracts of its own. A change returns the contracts that it must change.


def base_bank() -> Bank:
    """The bank the changes start from: deposits by month, loans in one growing file."""
    layout = dict.fromkeys(history_bank.DATED, "csv")
    bank = history_bank.make(
        0, layout | {"deposit_balance": "parts csv", "loan_balance": "parquet"}
    )
    first = str(bank.first)
    for day, balance in [(5, "810000.00"), (50, "1.00")]:
        bank.add("deposit_balance", "A-WAITING", shifted(first, day), balance)
    contract(bank, "A-DEMAND")["product_code"] = "D3"
    contract(bank, "A-BLANK")["product_code"] = "D1"
    add_on(bank, "liquidity", "deposit", "saving")
    add_on(bank, "strategic_incentive", "loan", "special")
    for loan_id in ("L-FLOAT", "L-DOLLAR", "L-OPEN"):
        contract(bank, loan_id).update(product_code="LINE", contract_amount="6000000.00")
    bank.policy_rows("ftp_contingent_liquidity").append(history_bank.committed_line("LINE"))
    return bank


def contract(bank: Bank, contract_id: str) -> dict[str, str]:
    table = "deposit_account" if contract_id.startswith("A") else "loan_contract"
    return bank.rows(table, contract_id)[0]


def add_on(bank: Bank, code: str, kind: str, family: str) -> None:
    bank.policy_rows("ftp_add_on").append(
        dict.fromkeys(history_bank.policy_header("ftp_add_on"), "")
        | {
            "add_on_code": code,
            "contract_kind_code": kind,
            "product_family_code": family,
            "valid_from": "0001-01-01",
            "valid_to": "9999-12-31",
            "spread_pct": "0.15",
            "share_of_market_rate": "-0.08",
        }
    )


def balance_rows(bank: Bank) -> set[str]:
    # Late, into a part of long ago.
    day = shifted(bank.rows("deposit_balance", "A-DEMAND")[0]["balance_date"], 1)
    bank.add("deposit_balance", "A-DEMAND", day, "777777.77")
    # Corrected by a digit, and to nought.
    row = bank.rows("loan_balance", "L-TERM")[1]
    row["principal_balance"] = row["principal_balance"][:-1] + "9"
    bank.rows("loan_balance", "L-EURO")[0]["principal_balance"] = "0.00"
    # Gone: from the middle, and the first.
    bank.remove([bank.places("loan_balance", "L-OPEN")[1]])
    bank.remove([bank.places("loan_balance", "L-DOLLAR")[0]])
    # A first row before the bank's first month.
    day = shifted(str(bank.first), -40)
    bank.add("loan_balance", "L-FLOAT", day, "640000.00")
    # Of a day told twice the other row stands, as its file now comes last.
    path = bank.paths("deposit_balance")[-1]
    bank.files["deposit_balance/0.csv"] = bank.files.pop(path)
    # From file to file without another value.
    place = bank.places("deposit_balance", "A-TERM")[1]
    row = dict(bank.at(place))
    bank.remove([place])
    bank.add("deposit_balance", *row.values(), path="deposit_balance/0.csv")
    return {"A-DEMAND", "L-TERM", "L-EURO", "L-OPEN", "L-DOLLAR", "L-FLOAT", "A-BLANK"}


def contracts_and_rates(bank: Bank) -> set[str]:
    bank.add("product", "D3", "product D3", "saving")  # A-DEMAND
    contract(bank, "A-TERM")["currency_code"] = "USD"
    contract(bank, "A-BLANK")["product_code"] = "D2"
    bank.remove(bank.places("deposit_account", "A-DOLLAR"))
    contract(bank, "A-EURO")["maturity_date"] = shifted(str(bank.last), 200)
    contract(bank, "A-YEN")["annual_rate_pct"] = "x"
    bank.add("deposit_account", "A-WAITING", "C1", "D1", "CNY", str(bank.first), "", "1.5")
    contract(bank, "L-TERM")["annual_rate_pct"] = "7.7"
    contract(bank, "L-OPEN")["customer_id"] = "C5"
    contract(bank, "L-FLOAT")["contract_amount"] = "5000000.00"
    contract(bank, "L-DOLLAR")["start_date"] = shifted(str(bank.first), 80)
    contract(bank, "L-EURO")["currency_code"] = "CNY"
    bank.remove(bank.places("loan_rate", "L-FLOAT")[1:2])
    bank.add("loan_rate", "L-UNRATED", shifted(str(bank.first), 25), "5.9")
    return {*history_bank.DEPOSITS, *history_bank.LOANS, "A-WAITING"}


def prices(bank: Bank) -> set[str]:
    row = bank.rows("ftp_curve", "CNY")[-1]
    row["annual_rate_pct"] = row["annual_rate_pct"][:-1] + "9"
    row = bank.rows("deposit_rate", "A-DEMAND")[0]
    row["annual_rate_pct"] = row["annual_rate_pct"][:-1] + "9"
    bank.add("ftp_curve", "USD", shifted(str(bank.first), -10), "365", "2.2222")
    bank.remove(bank.places("ftp_curve", "EUR"))
    bank.add("ftp_curve", "JPY", shifted(str(bank.first), -10), "365", "0.1111")
    bank.rows("exchange_rate", "USD")[1]["rate_to_reporting"] = "6.543210"
    bank.add("exchange_rate", "EUR", shifted(str(bank.first), 20), "7.7")
    bank.add("exchange_rate", "JPY", shifted(str(bank.first), -1), "0.05")
    bank.policy_rows("ftp_contingent_liquidity")[0]["premium_pct"] = "0.2"
    return {"A-DEMAND", "A-DOLLAR", "L-DOLLAR", "A-EURO", "L-EURO", "A-YEN", "L-FLOAT", "L-OPEN"}


def policy_and_currency(bank: Bank) -> set[str]:
    bank.vars["reporting_currency"] = "USD"
    for row in bank.policy_rows("tax_regime"):
        row["tax_rate_pct"] = "4"
    rows = {row["policy_code"]: row for row in bank.policy_rows("ftp_assignment")}
    rows["deposit_demand"]["weight"] = "0.6"
    rows["loan_open"]["tenor_days"] = "180"
    add_on(bank, "reserve_requirement", "deposit", "")
    bank.policy_rows("ftp_contingent_liquidity").clear()
    return {"A-DEMAND", "A-TERM", "A-DOLLAR", "L-TERM", "L-OPEN"}


def reporting_day(bank: Bank) -> set[str]:
    bank.vars["as_of_date"] = shifted(str(bank.first), 45)
    return {"A-DEMAND", "A-TERM", "L-FLOAT"}


def month_and_part(bank: Bank) -> set[str]:
    """A new month, while a part of an old one is gone."""
    lost = bank.files.pop(bank.paths("deposit_balance")[1])
    history_bank.add_month(bank, Random(0))
    return {row["account_id"] for row in lost} & set(history_bank.DEPOSITS) | {"L-TERM", "A-TERM"}


CHANGES = [
    balance_rows, contracts_and_rates, prices, policy_and_currency, reporting_day, month_and_part,
]  # fmt: skip


class History(Home):
    """The base bank's working file, and full builds over its changes, each made once."""

    def begin(self) -> History:
        self.lay(base_bank())
        self.rebuild("base", base_bank())
        return self

    def unchanged(self) -> Bank:
        """The base bank, laid down again."""
        bank = base_bank()
        self.lay(bank)
        return bank

    def changed(self, change: Callable[[Bank], set[str]]) -> Bank:
        """The base bank with a change, laid down; its full build is the file of that name."""
        bank = base_bank()
        change(bank)
        self.lay(bank)
        if not self.database(change.__name__).exists():
            self.rebuild(change.__name__, bank)
        return bank

    def equal(self, name: str, other: str) -> None:
        found = self.differences(name, other)
        assert found == [], listed(found)


@pytest.fixture(scope="module")
def history(tmp_path_factory) -> History:
    return History(tmp_path_factory.mktemp("history")).begin()


def contracts_that_differ(history: History, name: str) -> set[str]:
    """Contracts whose monthly rows differ between the base and another full build."""
    found = set()
    with duckdb.connect() as connection:
        for database in ("base", name):
            connection.execute(
                f"attach '{history.database(database)}' as {database}_file (read_only)"
            )
        for table, key in [
            ("marts.deposit_account_monthly_contribution", "account_id"),
            ("marts.loan_monthly_contribution", "loan_id"),
        ]:
            for one, other in [("base", name), (name, "base")]:
                query = f"from {one}_file.{table} except all from {other}_file.{table}"
                rows = connection.execute(f"select distinct {key} from ({query})").fetchall()
                found |= {row[0] for row in rows}
    return found


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change, marks=[pytest.mark.slow] * (change in (prices, reporting_day)))
        for change in CHANGES
    ],
    ids=lambda change: change.__name__,
)
def test_a_change_equals_a_rebuild(history, change):
    bank = history.changed(change)
    history.copy("base", "kept")
    history.build_whole("kept", bank)
    history.equal("kept", change.__name__)
    # A change without effect would test nothing.
    unchanged = change(base_bank()) - contracts_that_differ(history, change.__name__)
    assert unchanged == set()
    if change is reporting_day:
        # The months that an earlier day cut off are there again afterwards.
        history.build_whole("kept", history.unchanged())
        history.equal("kept", "base")


@pytest.mark.slow
def test_a_failed_build_is_made_good_by_the_next(history):
    """Two fees too large for a sum stop a late model, after the months were built."""
    bank = history.changed(balance_rows)
    fees = [["9001", "C1", str(bank.last), "9999999999999999.99", "CNY"],
            ["9002", "C1", str(bank.last), "9999999999999999.99", "CNY"]]  # fmt: skip
    for fee in fees:
        bank.add("fee_income", *fee)
    history.lay(bank)
    history.copy("base", "failed")
    failed = history.build("failed", bank)
    assert failed.returncode == 1
    assert "customer_contribution" in failed.output

    history.copy("failed", "kept")
    history.build_whole("kept", history.changed(balance_rows))
    history.equal("kept", "balance_rows")

    # The same, where what was new when it failed is taken back.
    history.build_whole("failed", history.unchanged())
    history.equal("failed", "base")


@pytest.mark.slow
def test_a_build_of_some_models_is_made_good_by_the_next(history):
    """New prices without their months, then months with a mixture of old and new inputs."""
    bank = history.changed(prices)
    history.copy("base", "kept")
    history.build_whole("kept", bank, "--select", "+intermediate.ftp")
    bank = history.changed(balance_rows)
    history.build_whole("kept", bank, "--select", "staging", "intermediate.contract")
    history.build_whole("kept", bank)
    history.equal("kept", "balance_rows")


@pytest.mark.slow
def test_a_full_refresh_equals_a_rebuild(history):
    bank = history.changed(prices)
    history.copy("base", "kept")
    history.build_whole("kept", bank, "--full-refresh")
    history.equal("kept", "prices")


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_history_equals_a_rebuild(history, seed):
    found = play(seed, STEPS, MUTATIONS, history)
    assert found == [], listed(found)


# ---------------------------------------------------------------------------- what is built again

incremental = pytest.mark.skipif(REOPENED not in MODELS, reason="every build is a full one")


def reopened(history: History, name: str) -> set[tuple[str, str, str]]:
    """The contract-months the last run built again: kind, contract, month end."""
    with duckdb.connect(str(history.database(name)), read_only=True) as connection:
        return set(
            connection.execute(
                "select contract_kind_code, contract_id, cast(month_end_date as varchar) "
                f"from intermediate.{REOPENED}"
            ).fetchall()
        )


@incremental
@pytest.mark.slow
def test_a_working_file_of_a_version_without_history_is_taken_over(history):
    """Its months stand there as plain tables; nothing says what they were built from."""
    bank = history.changed(prices)
    history.copy("base", "kept")
    with duckdb.connect(str(history.database("kept"))) as connection:
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where starts_with(table_name, $1)",
            [A_RUNS_OWN[0]],
        ).fetchall():
            connection.execute(f"drop table intermediate.{table}")
    history.build_whole("kept", bank)
    history.equal("kept", "prices")


@incremental
def test_nothing_new_builds_no_month_again(history):
    history.copy("base", "kept")
    history.build_whole("kept", history.unchanged())
    assert reopened(history, "kept") == set()
    history.equal("kept", "base")


@incremental
def test_a_new_month_builds_that_month_only(history):
    bank = base_bank()
    history_bank.add_month(bank, Random(0))
    history.lay(bank)
    history.copy("base", "kept")
    kept = history.build_whole("kept", bank)
    months = set(
        kept.rows(
            "select 'deposit', account_id, cast(month_end_date as varchar) "
            f"from marts.deposit_account_monthly_contribution where month_end_date = '{bank.last}' "
            "union all "
            "select 'loan', loan_id, cast(month_end_date as varchar) "
            f"from marts.loan_monthly_contribution where month_end_date = '{bank.last}'"
        )
    )
    assert len(months) >= len(history_bank.DEPOSITS) + len(history_bank.LOANS)
    assert reopened(history, "kept") == months


@incremental
def test_a_late_row_builds_its_account_again_up_to_its_next_row(history):
    bank = base_bank()
    rows = bank.rows("deposit_balance", "A-DEMAND")
    day = shifted(rows[0]["balance_date"], 1)
    bank.add("deposit_balance", "A-DEMAND", day, "777777.77")
    history.lay(bank)
    history.copy("base", "kept")
    history.build_whole("kept", bank)
    found = reopened(history, "kept")
    assert {(kind, contract_id) for kind, contract_id, _ in found} == {("deposit", "A-DEMAND")}
    months = {month for _, _, month in found}
    assert min(months)[:7] == day[:7]
    assert max(months)[:7] <= rows[1]["balance_date"][:7]


# -------------------------------------------------------------------------------------- by hand


def main() -> int:
    parser = argparse.ArgumentParser(description="Random histories against full builds.")
    parser.add_argument("--seeds", type=int, default=20, help="how many histories")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--steps", type=int, default=6, help="builds on one working file")
    parser.add_argument("--mutations", type=int, default=2, help="changes a step, about")
    parser.add_argument("--keep", type=pathlib.Path, help="folder that the last history stays in")
    options = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        home = Home(options.keep or pathlib.Path(folder), SELECTED_BY_HAND)
        for seed in range(options.first, options.first + options.seeds):
            start = time.monotonic()
            found = play(seed, options.steps, options.mutations, home)
            said = "differs" if found else "equal"
            print(f"seed {seed}: {said}, {time.monotonic() - start:.0f} s", flush=True)
            if found:
                failed.append(seed)
                print(listed(found), flush=True)
    print(f"{len(failed)} of {options.seeds} differ: {failed}" if failed else "all equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
