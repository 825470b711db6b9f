"""What a cross-table of segments is evidence of, against scipy."""

import csv

import duckdb
import jinja2
import pytest
from scipy.special import ndtri
from scipy.stats import binomtest

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
