"""What a cross-table of segments is evidence of, against scipy."""

import csv

import duckdb
import jinja2
import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binomtest, chi2_contingency
from scipy.stats.contingency import association

from coverage import segment_association
from model_sql import model_sql
from test_policy import specification
from warehouse import ROOT

WILSON = jinja2.Template((ROOT / "macros/statistics/wilson_lower.sql").read_text("utf-8")).module


def levels() -> dict[str, float]:
    with (ROOT / "seeds/reference/confidence_level.csv").open(encoding="utf-8") as file:
        return {row["confidence_level"]: float(row["z_value"]) for row in csv.DictReader(file)}


def test_levels_are_those_of_the_normal_distribution():
    assert levels() == {level: float(ndtri(0.5 + float(level) / 2)) for level in levels()}
    allowed = specification()["segment_evidence_policy"]["columns"]["confidence_level"]["allowed"]
    assert [*levels()] == [str(level) for level in allowed]


@pytest.mark.parametrize("level", ["0.8", "0.95", "0.999"])
def test_intervals_are_wilsons(level):
    pairs = [(k, n) for n in (1, 2, 3, 29, 30, 1400, 7341) for k in range(0, n + 1, n // 7 or 1)]
    z_value = f"cast({levels()[level]!r} as double)"
    lower = WILSON.wilson_lower("k", "n", z_value)
    upper = WILSON.wilson_upper("k", "n", z_value)
    with duckdb.connect() as connection:
        connection.execute("create table pair (k bigint, n bigint)")
        connection.executemany("insert into pair values (?, ?)", pairs)
        found = connection.execute(f"select k, n, {lower}, {upper} from pair").fetchall()
        nothing = connection.execute(f"select {lower}, {upper} from (select 0 as k, 0 as n)")
        assert nothing.fetchall() == [(None, None)]
    for k, n, low, high in found:
        known = binomtest(k, n).proportion_ci(float(level), method="wilson")
        assert (low, high) == (pytest.approx(known.low, abs=1e-12), pytest.approx(known.high))
        assert (low == 0) == (k == 0) and (high == 1) == (k == n)


# ----------  whether values fall into segments otherwise than by chance


MACROS = ("share", "wilson_lower", "adjusted_residual", "corrected_cramers_v")
MARTS = "marts/coverage/segment_composition.sql", "marts/coverage/segment_validity.sql"


@pytest.fixture(scope="module")
def shuffled(demo):
    """The demo bank's loans with their segments dealt anew, through the same SQL."""
    loans = demo.frame("from intermediate.int_coverage__loan_dimension")
    segments = loans.drop_duplicates("loan_id").set_index("loan_id")["segment_code"].sort_index()
    segments[:] = np.random.default_rng(20151231).permutation(segments.to_numpy())
    loans["segment_code"] = loans["loan_id"].map(segments)
    with duckdb.connect() as connection:
        connection.register("int_coverage__loan_dimension", loans)
        for name in ("seeds.confidence_level", "seeds.segment_evidence_policy"):
            connection.register(name.split(".")[1], demo.frame(f"from {name}"))
        connection.register("segment_profile", demo.frame("from marts.segment_profile"))
        macros = [f"statistics/{name}.sql" for name in MACROS]
        composition, validity = (model_sql(path, *macros) for path in MARTS)
        connection.execute(f"create table segment_composition as {composition}")
        tests = segment_association.tested(connection.sql("from segment_composition"))
        connection.register("segment_association", tests)
        return connection.execute(validity).df().set_index("dimension_code")


def test_a_shuffled_segmentation_is_not_valid(demo, shuffled):
    real = demo.frame("from marts.segment_validity").set_index("dimension_code")
    valid = ["enterprise_size", "industry_section", "loan_type", "tier"]
    assert sorted(real.index[real["is_valid"]]) == valid
    assert len(shuffled) == len(real) == 7
    assert not shuffled["is_valid"].any()
    assert shuffled["cramers_v"].max() < 0.05 < real.loc["industry_section", "cramers_v"]
    assert shuffled.loc[valid, "p_value"].min() > 0.01 > real.loc[valid, "p_value"].max()
    assert shuffled.loc[valid, "highest_residual"].max() < 4


def test_association_is_scipys(demo):
    """The study's table of sizes, and each other one: scipy's statistic, p-value and V."""
    found = demo.frame("from marts.segment_validity").set_index("dimension_code")
    cells = demo.frame(
        "select dimension_code, dimension_value, segment_code, loan_count"
        " from marts.segment_composition where population_code = 'all'"
    )
    for dimension, here in cells.groupby("dimension_code"):
        table = here.pivot(index="dimension_value", columns="segment_code", values="loan_count")
        statistic, chance, freedom, expected = chi2_contingency(table, correction=False)
        row = found.loc[dimension]
        assert row["chi_square"] == pytest.approx(statistic)
        assert row["p_value"] == pytest.approx(chance)
        assert row["degrees_of_freedom"] == freedom
        assert row["uncorrected_cramers_v"] == pytest.approx(association(table, method="cramer"))
        assert row["smallest_expected_count"] == pytest.approx(expected.min())
        # Bergsma's correction, written out.
        n, (r, c) = table.to_numpy().sum(), table.shape
        excess = max(0, statistic / n - (r - 1) * (c - 1) / (n - 1))
        sides = [side - (side - 1) ** 2 / (n - 1) - 1 for side in (r, c)]
        assert row["cramers_v"] == pytest.approx((excess / min(sides)) ** 0.5)
    assert found.loc["enterprise_size", "cramers_v"] == pytest.approx(0.4273, abs=5e-5)


def test_empty_rows_and_columns_say_nothing():
    tested = segment_association.independence([3, 0, 1, 0, 0, 0, 4, 0, 2], 3)
    assert tested == segment_association.independence([3, 1, 4, 2], 2)
    assert segment_association.independence([3, 1, 4, 0, 0, 0], 3) is None
    assert segment_association.independence([3, 4], 1) is None
