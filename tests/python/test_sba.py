"""The shipped candidates on 30,000 real loans of small enterprises: term and amount, no rate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from real_data import sba_extracts, sba_loans, write_extracts
from segmentation_oracle import MARTS, Segmentation, SegmentationChecks, Space
from test_segmentation import shipped_rows, write_policy
from warehouse import build

FEATURES = ("term", "amount")
APPROVED = {"CHGOFF": Decimal(1795403686), "PIF": Decimal(3163562171)}
CHARGED_OFF = {"CHGOFF": Decimal(1156478798), "PIF": Decimal(1941955)}


@pytest.fixture(scope="module")
def segmentation(tmp_path_factory) -> Segmentation:
    """SBA up to the segmentation: without a start the window is 2014, with two loans in it."""
    loans = sba_loans()
    workdir = tmp_path_factory.mktemp("sba")
    policy = [row | {"features": " ".join(FEATURES)} for row in shipped_rows()]
    warehouse = build(
        write_extracts(workdir / "extracts", sba_extracts(), {"loan_contract": "parquet"}),
        workdir,
        vars={
            "reporting_currency": "USD",
            "segmentation_start_date": loans["start_date"].min().isoformat(),
        },
        policy=write_policy(workdir / "policy", policy),
        arguments=("--select", *(f"+{mart}" for mart in MARTS)),
    )
    assert warehouse.returncode == 0, warehouse.output[-5000:]
    return Segmentation(
        "SBA", warehouse, policy, list(loans["loan_id"]), FEATURES, Space.of(loans, FEATURES)
    )


class TestShippedCandidates(SegmentationChecks):
    """All eight, by term and amount."""


def test_loans_match_the_published_control_totals():
    loans = sba_loans()
    by_status = loans.groupby("status")

    assert by_status["amount"].sum().to_dict() == APPROVED
    assert by_status["charged_off"].sum().to_dict() == CHARGED_OFF
    assert by_status.size().to_dict() == {"CHGOFF": 15000, "PIF": 15000}
    assert loans["maturity_date"].isna().sum() == 83


def test_every_contract_is_read_and_has_no_rate(segmentation):
    """The last approval is the reporting date; nothing older than it is out of the window."""
    assert segmentation.warehouse.rows(
        "select count(*), sum(contract_amount), min(start_date), max(start_date),"
        " count(annual_rate_pct) from staging.stg_loan_servicing__loan_contract"
    ) == [(30000, sum(APPROVED.values()), date(1970, 7, 22), date(2014, 3, 18), 0)]
    assert segmentation.warehouse.rows(
        "select as_of_date, count(*) from intermediate.int_reporting__as_of"
        " cross join intermediate.int_segmentation__loan_feature group by 1"
    ) == [(date(2014, 3, 18), 30000)]
    assert segmentation.warehouse.rows(
        "select count(*), count(mean_annual_rate_pct) from marts.segmentation_candidate_segment"
    ) == [(sum(segmentation.candidates["cluster_count"]), 0)]
