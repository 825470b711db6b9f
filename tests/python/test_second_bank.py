"""The warehouse against the oracle, on banks the models were not written for.

More random banks by hand: BANKMART_RANDOM_SEEDS=0-49 pytest tests/python/test_second_bank.py
"""

import os
import pathlib
from datetime import date

import pytest

import action_oracle
import oracle
import pricing
import published
import second_bank
from warehouse import build

SETTINGS = {
    "year end": {},
    "middle of the tax change": {"as_of_date": "2016-05-15"},
    "december still unknown": {
        "as_of_date": "2018-11-30",
        "contribution_form": "account_average",
        "population_sizes": "without_large",
        "share_base": "positive",
    },
    # And other readings of what the study leaves open.
    "reported in dollars": {
        "as_of_date": "2018-09-30",
        "reporting_currency": "USD",
        "class_loans": "unsecured",
        "value_at_risk_tier": "core",
        "out_of_scope_tier": "judged",
        "contribution_parts": "without_fees",
        "share_base": "positive",
        "coverage_base": "customers",
        "population_sizes": "without_micro",
    },
    "read otherwise": {
        "class_loans": "all",
        "class_without_loan": "normal",
        "out_of_scope_tier": "potential",
        "threshold_reach": "above",
        "contribution_form": "customer_average",
        "day_count": 365,
        "coverage_base": "amount",
        "population_includes_finance": False,
    },
    "before the first row": {"as_of_date": "2014-05-31"},
    "a window of its own": {
        "as_of_date": "2018-03-31",
        "segmentation_start_date": "2017-07-01",
        "segmentation_end_date": "2018-12-31",
        "segmentation_include_retail": True,
    },
}


# Built for every change; the others are slow proofs.
QUICK = ("middle of the tax change", "reported in dollars")


def random_seeds() -> list:
    """Seeds of random banks; without a choice one for every change and two for the slow proofs."""
    chosen = os.environ.get("BANKMART_RANDOM_SEEDS")
    if not chosen:
        return [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (17, 35))]
    seeds = []
    for word in chosen.split(","):
        first, _, last = word.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def differences(
    extracts: pathlib.Path, workdir: pathlib.Path, settings: dict, readers: bool = False
) -> list[str]:
    built = build(extracts, workdir, vars=settings)
    assert built.returncode == 0, built.output
    expected = oracle.compute(
        extracts,
        **{
            name: date.fromisoformat(value) if name.endswith("_date") else value
            for name, value in settings.items()
        },
    )
    return [
        *oracle.compare(expected, built.database),
        *pricing.differences(built.database, pricing.copies(built.database)),
        *action_oracle.differences(built.database),
        *(published.faults(built.database, workdir / "published.duckdb") if readers else []),
    ]


def listed(lines: list[str]) -> str:
    return "\n" + "\n".join(lines)


@pytest.fixture(scope="module")
def extracts(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("second_bank")
    second_bank.write(folder)
    return folder


@pytest.mark.parametrize(
    "setting",
    [
        setting if setting in QUICK else pytest.param(setting, marks=pytest.mark.slow)
        for setting in SETTINGS
    ],
)
def test_second_bank_to_the_cent(extracts, tmp_path, setting):
    found = differences(
        extracts, tmp_path / "work", SETTINGS[setting], readers=setting == "year end"
    )
    assert found == [], listed(found)


@pytest.mark.slow
@pytest.mark.parametrize("election", ["method_1", "method_2"])
def test_a_loan_asked_for_in_its_own_place_is_as_exempt(extracts, tmp_path, election):
    """What is owed by contract is owed once, also where it decides what tax exempts."""
    settings = {"as_of_date": "2018-11-30", "tax_election": election}
    built = build(extracts, tmp_path / "work", vars=settings)
    assert built.returncode == 0, built.output
    asked = pricing.copies(built.database)
    found = pricing.differences(built.database, asked)
    assert found == [], listed(found)
    exempt = [row for row in asked.values() if row["net_interest_factor"] == 1]
    assert len(exempt) > 3, listed([str(row) for row in asked.values()])


def test_customers_without_a_single_date(tmp_path):
    """Contracts and curves alone give no reporting day; every amount is nought, none is missing."""
    extracts = tmp_path / "extracts"
    second_bank.write_without_dates(extracts)
    found = differences(extracts, tmp_path / "work", {})
    assert found == [], listed(found)


@pytest.mark.parametrize("seed", random_seeds())
def test_random_bank_to_the_cent(tmp_path, seed):
    settings = second_bank.write_random(tmp_path / "extracts", seed)
    found = differences(tmp_path / "extracts", tmp_path / "work", settings, readers=True)
    assert found == [], listed(found)


def test_second_bank_holds_its_cases(extracts):
    """The bank is worth building only while it still shows what it was drawn for."""
    marts = oracle.compute(extracts)
    reasons = {row["reason_code"] for row in marts["quality.rejected_row"]}
    assert reasons == {
        "missing_required", "wrong_type", "out_of_range", "bad_order", "unknown_reference",
        "duplicate_key",
    }  # fmt: skip
    refused = {row["extract_name"] for row in marts["quality.rejected_row"]}
    assert refused == set(oracle.LAYOUT)
    assert {row["tier_code"]: row["customer_count"] > 1 for row in marts["marts.tier_summary"]} == (
        dict.fromkeys(oracle.TIER_CODES, True)
    )
    assert any(row["is_core_value_at_risk"] for row in marts["marts.customer_tier"])
    moves = [row for row in marts["marts.tier_migration"] if row["customer_count"]]
    assert any(row["from_tier_code"] != row["to_tier_code"] for row in moves)
    contributions = marts["marts.customer_contribution"]
    amounts = [row["contribution_amount"] for row in contributions]
    assert min(amounts) < 0 and len(set(amounts)) < len(amounts)
    for part in ("deposit_contribution_amount", "loan_contribution_amount"):
        assert any(row[part] is None for row in contributions)
    segments = {row["segment_code"] for row in marts["marts.loan_segment"]}
    assert segments == {None, "S1", "S2", "S3"}
    unpriced = {row["reason"] for row in marts["quality.unpriced_balance"]}
    assert len(unpriced) == 3
    core = [
        row
        for row in marts["marts.segment_composition"]
        if row["population_code"] == "core" and row["dimension_code"] == "enterprise_size"
    ]
    assert sum(row["loan_count"] for row in core) >= 3
    sizes = {row["dimension_value"] for row in core}
    assert sizes == {"large", "medium", "small", "micro", "unclassified", "unknown"}
