"""What definition_sensitivity says of a reading is what the marts say once its var is set."""

import itertools
import shutil
from pathlib import Path

import pytest

import oracle
import second_bank
from conftest import DEMO_EXTRACTS
from warehouse import SHIPPED_POLICY, Build, build

ALTERNATIVES = [(name, value) for name, values in oracle.READINGS.items() for value in values[1:]]
OF_LOANS = ("coverage_base", "population_sizes", "population_includes_finance")
LOANS = [pair for pair in ALTERNATIVES if pair[0] in (*OF_LOANS, "segmentation_include_retail")]
TIERS = [pair for pair in ALTERNATIVES if pair not in LOANS]
# What moves tiers and what moves loans is told apart in the marts, so a build can set one of each.
PAIRS = [dict(filter(None, pair)) for pair in itertools.zip_longest(TIERS, LOANS)]
SELECTED = (
    "--select",
    "int_customer__tier_measure", "customer_tier", "tier_summary", "int_coverage__loan_dimension",
    "product_coverage", "definition_sensitivity",
)  # fmt: skip


def said(bank: Build, name: str, value) -> dict:
    """The row of a reading."""
    columns = (
        "customer_count", "contribution_amount", "core_customer_count",
        "chosen_core_customer_count", "gained_core_customer_count", "lost_core_customer_count",
        "total_contribution_amount", "core_contribution_share", "population_loan_count",
        "population_coverage_rate",
    )  # fmt: skip
    (row,) = bank.rows(
        f"select {', '.join(columns)} from marts.definition_sensitivity"
        f" where setting_code = '{name}' and alternative_value_code = '{str(value).lower()}'"
    )
    return dict(zip(columns, row, strict=True))


def compare(before: Build, after: Build, readings: dict) -> None:
    """Tiers and shares as the first reading said, loans and coverage as the second did."""
    for name, value in readings.items():
        row = said(before, name, value)
        if (name, value) in LOANS:
            [(count, rate)] = after.rows(
                "select loan_count, coverage_rate from marts.product_coverage"
                " where population_code = 'all' and segment_code = 'total'"
            )
            assert count == row["population_loan_count"]
            assert rate == pytest.approx(row["population_coverage_rate"], rel=1e-15)
            continue
        [(count, total, share)] = after.rows(
            "select max(customer_count) filter (where tier_code = 'core'),"
            " sum(contribution_amount),"
            " max(contribution_share) filter (where tier_code = 'core') from marts.tier_summary"
        )
        assert count == row["core_customer_count"]
        assert total == row["total_contribution_amount"]
        assert share == pytest.approx(row["core_contribution_share"], rel=1e-15)
        tiers = [
            {key: (tier, amount) for key, tier, amount in bank.rows(
                "select customer_id, tier_code, contribution_amount from marts.customer_tier"
            )}
            for bank in (before, after)
        ]  # fmt: skip
        moved = [key for key, (tier, _) in tiers[0].items() if tiers[1][key][0] != tier]
        assert len(moved) == row["customer_count"]
        assert sum(tiers[0][key][1] for key in moved) == row["contribution_amount"]


def test_two_readings_of_the_demo_bank_give_what_was_said_of_them(demo, tmp_path):
    """Only the models between the vars and the marts are built again."""
    readings = {"value_at_risk_tier": "core", "coverage_base": "customers"}
    workdir = tmp_path / "work"
    workdir.mkdir()
    shutil.copy(demo.database, workdir / "bankmart.duckdb")
    built = build(DEMO_EXTRACTS, workdir, vars=readings, policy=SHIPPED_POLICY, arguments=SELECTED)
    assert built.returncode == 0, built.output
    compare(demo, built, readings)
    # What was chosen is no alternative, what was shipped is one; it leads back.
    assert {*built.frame("from marts.definition_sensitivity")["reading_code"]} >= {
        "H6:potential", "H10:loans", "H10:amount",
    }  # fmt: skip
    back = said(built, "value_at_risk_tier", "potential")
    there = said(demo, "value_at_risk_tier", "core")
    assert back["lost_core_customer_count"] == there["gained_core_customer_count"] > 0
    assert back["core_customer_count"] == there["chosen_core_customer_count"]


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> tuple[Path, Build]:
    """The second bank by the readings as shipped."""
    folder = tmp_path_factory.mktemp("readings")
    second_bank.write(folder / "extracts")
    built = build(folder / "extracts", folder / "work")
    assert built.returncode == 0, built.output
    return folder / "extracts", built


@pytest.mark.slow
@pytest.mark.parametrize("readings", PAIRS, ids=str)
def test_every_reading_gives_what_was_said_of_it(second, tmp_path, readings):
    """On a working file with history and segments, as a bank would change its mind."""
    extracts, before = second
    workdir = tmp_path / "work"
    workdir.mkdir()
    shutil.copy(before.database, workdir / before.database.name)
    after = build(extracts, workdir, vars=readings)
    assert after.returncode == 0, after.output
    compare(before, after, readings)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("day_count", 364, "var day_count: '364' is no reading. Take one of 360, 365"),
        ("population_includes_finance", 1,
         "var population_includes_finance: '1' is no reading. Take one of true, false"),
        ("unsecured_guarantee_type_codes", "CR",
         "var unsecured_guarantee_type_codes: 'CR' is no list of codes. Write it like [CR, "),
    ],
)  # fmt: skip
def test_what_is_no_reading_stops_the_build_with_one_line(tmp_path, name, value, line):
    (tmp_path / "extracts").mkdir()
    stopped = build(tmp_path / "extracts", tmp_path / "work", vars={name: value})
    assert stopped.returncode != 0
    assert line in stopped.output
