"""The metrics say what the marts say, for whatever they are asked by."""

from __future__ import annotations

import shutil

import duckdb
import pytest
from dbt.contracts.graph.semantic_manifest import SemanticManifest

from warehouse import ROOT, Build, environment, manifest

CENT = 0.005 + 1e-6


class Metrics:
    """MetricFlow over one warehouse, as `mf query` sets it up."""

    def __init__(self, database, folder):
        # Imported here: it takes seconds, and every worker collects this module.
        from dbt_metricflow.cli.cli_configuration import CLIConfiguration
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        # `mf` opens the file to write, which nobody else may have open.
        [catalog] = {model.node_relation.database for model in manifest().semantic_models.values()}
        self.build = Build(folder / f"{catalog}.duckdb", 0, "")
        shutil.copy(database, self.build.database)
        parsed = folder / "semantic_manifest.json"
        SemanticManifest(manifest()).write_json_to_file(str(parsed))
        self.semantic_manifest = parse_manifest_from_dbt_generated_manifest(parsed.read_text())
        self.settings = {
            "BANKMART_DB": str(self.build.database),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        with environment(self.settings):
            configuration = CLIConfiguration()
            configuration.setup(ROOT, ROOT, configure_file_logging=False)
            self.engine = MetricFlowEngine(
                SemanticManifestLookup(self.semantic_manifest), configuration.sql_client
            )

    def ask(self, metrics: str, by: str = "") -> dict[tuple, tuple]:
        """Values of the metrics by values of the dimensions, both named in one string."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        request = MetricFlowQueryRequest.create(
            metric_names=metrics.split(), group_by_names=by.split() or None
        )
        with environment(self.settings):
            table = self.engine.query(request).result_df
        names = list(table.column_names)
        keys, values = ([names.index(name) for name in part.split()] for part in (by, metrics))
        found = {tuple(row[i] for i in keys): tuple(row[i] for i in values) for row in table.rows}
        assert len(found) == table.row_count
        return found


@pytest.fixture(scope="module")
def metrics(demo, tmp_path_factory) -> Metrics:
    return Metrics(demo.database, tmp_path_factory.mktemp("metrics"))


def same(found: dict[tuple, tuple], rows: list[tuple], tolerance: float = 1e-12) -> None:
    """Whether a query found what the marts have: rows of keys, then values as many as found."""
    width = len(next(iter(found.values())))
    expected = {row[:-width]: row[-width:] for row in rows}
    assert len(expected) > 0 and found.keys() == expected.keys()
    for key, values in expected.items():
        for value, other in zip(values, found[key], strict=True):
            assert (value is None) == (other is None), key
            assert value is None or abs(float(value) - float(other)) <= tolerance, key


@pytest.mark.parametrize(
    ("asked", "by", "mart", "tolerance"),
    [
        (
            "contribution customer_count", "customer__tier_code",
            "select tier_code, contribution_amount, customer_count from marts.tier_summary", CENT,
        ),
        (
            "contribution_share", "customer__tier_code",
            "select tier_code, contribution_share from marts.tier_summary", 1e-12,
        ),
        (
            "core_contribution_share", "",
            "select contribution_share from marts.tier_summary where tier_code = 'core'", 1e-12,
        ),
        (
            "contribution deposit_contribution loan_contribution fee_income", "",
            "select sum(contribution_amount), sum(deposit_contribution_amount),"
            " sum(loan_contribution_amount), sum(fee_income_amount)"
            " from marts.customer_contribution", CENT,
        ),
        (
            "contribution", "customer__branch_code customer__industry_section",
            "select branch_code, coalesce(industry_section, 'unknown'), sum(contribution_amount)"
            " from marts.customer_contribution left join staging.stg_crm__customer"
            " using (customer_id) group by all", CENT,
        ),
        (
            "contribution", "customer__segment_code",
            "select segment_code, sum(contribution_amount) from marts.customer_contribution"
            " join marts.customer_product_coverage using (customer_id) group by all", CENT,
        ),
        (
            "deposit_average_balance loan_average_balance", "customer__tier_code",
            "select tier_code, sum(deposit_average_daily_balance), sum(loan_average_daily_balance)"
            " from marts.customer_contribution join marts.customer_tier using (customer_id)"
            " group by all", CENT,
        ),
        (
            "deposit_margin loan_margin", "customer__tier_code",
            "select tier_code,"
            " sum(deposit_contribution_amount) / sum(deposit_average_daily_balance)::double,"
            " sum(loan_contribution_amount) / sum(loan_average_daily_balance)::double"
            " from marts.customer_contribution join marts.customer_tier using (customer_id)"
            " group by all", 1e-12,
        ),
        (
            "monthly_deposit_contribution monthly_deposit_average_balance", "metric_time__month",
            "select date_trunc('month', month_end_date)::timestamp, sum(contribution_amount),"
            " sum(average_daily_balance) from marts.deposit_account_monthly_contribution"
            " group by all", CENT,
        ),
        (
            "monthly_loan_contribution", "metric_time__month loan__segment_code",
            "select date_trunc('month', month_end_date)::timestamp, segment_code,"
            " sum(contribution_amount) from marts.loan_monthly_contribution"
            " left join marts.loan_segment using (loan_id) group by all", CENT,
        ),
        (
            "monthly_loan_average_balance", "customer__tier_code",
            "select tier_code, sum(average_daily_balance) from marts.loan_monthly_contribution"
            " join marts.customer_tier using (customer_id)"
            " where month_end_date = '2015-12-31' group by all", CENT,
        ),
        (
            "segment_share segmented_loan_count", "loan__segment_code",
            "select segment_code, loan_share, loan_count from marts.segment_profile", 1e-12,
        ),
        (
            "coverage_rate", "loan__segment_code",
            "select segment_code, coverage_rate from marts.product_coverage"
            " where population_code = 'all' and segment_code <> 'total'", 1e-12,
        ),
        (
            "coverage_rate segmented_loan_count", "customer__tier_code",
            "select population_code, coverage_rate, loan_count from marts.product_coverage"
            " where population_code in (select tier_code from marts.tier_summary)"
            " and segment_code = 'total'", 1e-12,
        ),
        (
            # Products without any specialised loan are 0, not unknown.
            "coverage_rate", "loan__product_code",
            "select substr(population_code, 9), coverage_rate from marts.product_coverage"
            " where population_code like 'product:%' and segment_code = 'total'", 1e-12,
        ),
        (
            "cross_sell_rate customer_count", "customer__tier_code",
            "select tier_code, cross_sell_rate, customer_count from marts.product_holding_rate"
            " where segment_code = 'total' and tier_code <> 'total'", 1e-12,
        ),
        (
            "customer_count", "customer__has_loan customer__has_specialised_product",
            "select has_loan, specialised_product_count > 0, count(*)"
            " from marts.customer_product_coverage group by all", 1e-12,
        ),
        (
            "specialised_customer_rate", "",
            "select count(*) filter (where specialised_product_count > 0) / count(*)"
            " from marts.customer_product_coverage", 1e-12,
        ),
        (
            "product_holder_count", "holding__product_code",
            "select product_code, count(distinct customer_id) from marts.customer_product_holding"
            " where is_held group by all", 1e-12,
        ),
        (
            "loan_count", "loan__is_specialised",
            "select coalesce(is_specialised, false), count(*)"
            " from staging.stg_loan_servicing__loan_contract"
            " left join staging.stg_core_banking__product using (product_code) group by all", 1e-12,
        ),
    ],
    ids=lambda value: "" if "select" in str(value) else str(value).replace(" ", "+"),
)  # fmt: skip
def test_a_metric_is_the_mart(metrics, asked, by, mart, tolerance):
    same(metrics.ask(asked, by), metrics.build.rows(mart), tolerance)


def test_months_differ_by_what_contribution_change_explains(metrics):
    found = metrics.ask("monthly_contribution", "metric_time__month customer__tier_code")
    changes = metrics.build.rows(
        "select date_trunc('month', month_end_date)::timestamp,"
        " date_trunc('month', month_end_date - interval 1 month)::timestamp,"
        " level_value, change_amount from marts.contribution_change"
        " where level_code = 'tier' and month_end_date >= '2015-02-01'"
    )
    assert len(changes) == 44
    for month, earlier, tier, change in changes:
        [now], [before] = found[month, tier], found[earlier, tier]
        assert abs(now - before - float(change)) <= CENT


def test_the_year_is_its_months(metrics):
    months = metrics.ask("monthly_contribution", "metric_time__month")
    [(year,)] = metrics.ask("contribution").values()
    [(customers,)] = metrics.ask("customer_count").values()
    assert len(months) == 12
    assert abs(sum(value for [value] in months.values()) - year) <= CENT * 2 * customers


def test_an_empty_bank_has_no_figures_and_no_errors(metrics, tmp_path):
    empty = tmp_path / "empty.duckdb"
    with duckdb.connect(str(empty)) as connection:
        connection.execute(f"attach '{metrics.build.database}' as full_bank (read_only)")
        for model in metrics.semantic_manifest.semantic_models:
            schema, name = model.node_relation.schema_name, model.node_relation.alias
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(
                f"create table {schema}.{name} as from full_bank.{schema}.{name} limit 0"
            )
    asked = Metrics(empty, tmp_path)
    for metric in metrics.semantic_manifest.metrics:
        assert [value for [value] in asked.ask(metric.name).values() if value] == [], metric.name
    assert asked.ask("contribution_share customer_count", "customer__tier_code") == {}


def test_everything_of_a_metric_is_described():
    nodes = [*manifest().metrics.values(), *manifest().semantic_models.values()]
    assert len(nodes) > 20
    described = [(node.name, node.description) for node in nodes]
    described += [
        (f"{model.name}.{part.name}", part.description)
        for model in manifest().semantic_models.values()
        for part in (*model.entities, *model.dimensions, *model.measures)
    ]
    assert [name for name, text in described if not (text or "").strip()] == []


def test_an_attribute_stands_once(metrics):
    """One that two models have would be ambiguous: nobody knows which of them a query reads."""
    places = [
        (entity.name, dimension.name)
        for model in metrics.semantic_manifest.semantic_models
        for entity in model.entities
        if entity.type.value == "primary"
        for dimension in model.dimensions
    ]
    assert len(places) > 10
    assert len(set(places)) == len(places)
