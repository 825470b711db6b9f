"""published/lineage.html follows a column of a mart back to the columns of the extracts."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections import defaultdict

import duckdb
import pytest

from visit import Visit
from warehouse import ROOT

BALANCES = {"core_banking.deposit_balance.balance", "loan_servicing.loan_balance.principal_balance"}
RATES = {
    "core_banking.deposit_account.annual_rate_pct", "core_banking.deposit_rate.annual_rate_pct",
    "loan_servicing.loan_contract.annual_rate_pct", "loan_servicing.loan_rate.annual_rate_pct",
    "treasury.ftp_curve.annual_rate_pct",
}  # fmt: skip
FEES = {"core_banking.fee_income.amount", "treasury.exchange_rate.rate_to_reporting"}
TAX = {"tax_regime.tax_rate_pct", "tax_exemption.rate_limit_multiple"}
# Column: what it must come from, and what it has nothing to do with.
ORIGINS = {
    "customer_contribution.contribution_amount": (
        BALANCES | RATES | FEES | TAX, {"crm.customer", "core_banking.product.is_specialised"}
    ),
    "customer_contribution.fee_income_amount": (FEES, BALANCES | RATES | TAX),
    "customer_tier.tier_code": (
        BALANCES | {"tier_threshold.minimum_contribution_amount", "crm.customer.in_rating_scope",
                    "loan_servicing.loan_classification.class_code"},
        {"risk_weight", "operating_cost"},
    ),
    "customer_profitability.eva_amount": (
        BALANCES | {"risk_weight.risk_weight_pct", "operating_cost.annual_amount",
                    "loan_servicing.loan_contract.probability_of_default",
                    "profitability_policy.hurdle_rate_pct"},
        {"tier_threshold"},
    ),
    "product_coverage.specialised_loan_count": (
        {"core_banking.product.is_specialised"}, BALANCES | RATES
    ),
    # Of a union every branch.
    "unpriced_balance.contract_id": (
        {"core_banking.deposit_balance.account_id", "loan_servicing.loan_balance.loan_id"}, RATES
    ),
    "rejected_row.row_key": (
        {"crm.customer.row_key", "core_banking.fee_income.row_key", "treasury.ftp_curve.row_key"},
        BALANCES,
    ),
}  # fmt: skip
# Columns of marts that come from no column: counts of rows and shares of these; what a model words.
COUNTED = {
    "product_coverage.product_concentration", "segment_composition.adjusted_residual",
    "segment_composition.lift", "segment_composition.share_of_segment",
    "segment_composition.share_of_value", "segment_composition.value_loan_share",
    "segment_rate_basis.jaccard", "extract_reconciliation.rows_read",
}  # fmt: skip
WORDED = {
    "contribution_concentration.percentile", "definition_sensitivity.chosen_value_code",
    "extract_reconciliation.extract_name",
    "rejected_row.extract_name", "segment_composition.population_code",
    "segment_profile_feature.feature_code", "setting.setting_code",
}  # fmt: skip


def compiled_manifest(demo) -> pathlib.Path:
    """The manifest that the build of the demo bank left behind, with the SQL it ran."""
    if os.environ.get("BANKMART_TEST_DATABASE"):
        return ROOT / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"
    return demo.database.with_name("target") / "manifest.json"


def catalog(nodes: dict, database: pathlib.Path) -> dict:
    """The columns of tables, in the form of dbt's catalog."""
    columns = defaultdict(dict)
    with duckdb.connect(str(database), read_only=True) as connection:
        for schema, table, column, number, data_type in connection.execute(
            "select table_schema, table_name, column_name, ordinal_position, data_type"
            " from information_schema.columns order by all"
        ).fetchall():
            columns[schema, table][column] = {"name": column, "type": data_type, "index": number}
    return {
        key: {
            "unique_id": key,
            "metadata": {"database": node["database"], "schema": node["schema"], "name": name},
            "columns": columns[node["schema"], name],
        }
        for key, node in nodes.items()
        if (name := node.get("identifier") or node.get("alias") or node["name"])
        and (node["schema"], name) in columns
    }


@pytest.fixture(scope="module")
def lineage(demo, tmp_path_factory) -> pathlib.Path:
    """What `make build` makes of the demo bank's SQL and columns."""
    folder = tmp_path_factory.mktemp("lineage")
    manifest = json.loads(compiled_manifest(demo).read_text())
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert all(model["compiled_code"] for model in models), "stale: make dbt-test builds it again"
    shutil.copy(compiled_manifest(demo), folder / "manifest.json")
    found = {kind: catalog(manifest[kind], demo.database) for kind in ("nodes", "sources")}
    (folder / "catalog.json").write_text(json.dumps(found))
    finished = subprocess.run(
        [sys.executable, "-m", "dbt_colibri.cli.cli", "generate", "--disable-telemetry",
         "--manifest", "manifest.json", "--catalog", "catalog.json", "--output-dir", "."],
        cwd=folder,
        env={**os.environ, "DBT_COLIBRI_NO_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    (folder / "log").write_text(finished.stdout + finished.stderr)
    return folder


@pytest.fixture(scope="module")
def parents(lineage) -> dict[str, set[str]]:
    """Of every column the columns it is computed from; what only filters or joins is none."""
    found = json.loads((lineage / "colibri-manifest.json").read_text())
    return {
        short(node, column): {short(one["dbt_node"], one["column"]) for one in origins}
        for node, columns in found["lineage"]["parents"].items()
        for column, origins in columns.items()
        if not column.startswith("__colibri")
    }


def short(node: str, column: str) -> str:
    """A column as a reader names it: model.column, or source.table.column."""
    return ".".join([*node.split(".")[2:], column])


def origins_of(column: str, parents: dict[str, set[str]]) -> set[str]:
    """Whatever a column is computed from, to the last."""
    found, new = set(), {column}
    while new:
        new = {parent for one in new for parent in parents.get(one, ())} - found
        found |= new
    return found


@pytest.mark.parametrize("column", ORIGINS)
def test_a_column_comes_from_the_columns_of_the_extracts_and_the_policy(parents, column):
    must, must_not = ORIGINS[column]
    origins = origins_of(column, parents)
    assert must - origins == set()
    strangers = {one for one in origins for name in must_not if f"{one}.".startswith(f"{name}.")}
    assert strangers == set()


def test_columns_of_marts_have_an_origin_unless_they_count_rows(lineage, parents):
    nodes = json.loads((lineage / "colibri-manifest.json").read_text())["nodes"].values()
    columns = [
        f"{node['name']}.{column}"
        for node in nodes
        if node["nodeType"] == "model" and node["schema"] in ("marts", "quality")
        for column in node["columns"]
    ]
    assert len(columns) > 500
    lost = {column for column in columns if not parents[column]}
    # A new column that words itself goes into the list; one that is computed has an origin.
    assert {one for one in lost if not one.endswith("_count")} - COUNTED - WORDED == set()
    assert len(lost) < 0.1 * len(columns)


def test_no_column_is_lost_for_want_of_understanding(lineage):
    """The library goes on without a column it cannot follow; it says so, once for each."""
    lines = [line for line in (lineage / "log").read_text().splitlines() if "[ERROR]" in line]
    # Reads a table of the history, which is no model.
    assert [line for line in lines if "int_history__changed_balance" not in line] == []


@pytest.mark.parametrize(
    ("column", "parents"),
    {
        "customer_contribution.contribution_amount": ("int_contract__year", "int_customer__fee"),
        "int_contract__contract.contract_id": ("stg_core_banking", "stg_loan_servicing"),
    }.items(),
)
def test_the_page_shows_what_a_column_comes_from_and_asks_nobody(browser, lineage, column, parents):
    visit = Visit(browser, lineage / "index.html", 1366)
    model, column = column.split(".")
    shown = f"?model=model.bankmart.{model}&column={column}&parents=1&children=0"
    visit.tab.goto(visit.page.as_uri() + shown)
    visit.tab.wait_for_selector(".react-flow__edge")
    texts = visit.tab.locator(".react-flow__node").all_inner_texts()
    assert all(any(parent in text for text in texts) for parent in parents), texts
    # Dashes are the way of the column that is looked at.
    assert visit.tab.locator(".react-flow__edge.animated").count() == len(parents)
    visit.said = [text for text in visit.said if "colibri" not in text.lower()]
    visit.close()
