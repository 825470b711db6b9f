"""Recommendations and next actions of the demo bank, as it is and with its facts torn."""

import shutil

import duckdb
import pandas as pd
import pytest

import action_oracle
from conftest import DEMO_EXTRACTS
from warehouse import SHIPPED_POLICY, build

REASONS = {
    "no_segment", "out_of_scope", "non_performing", "no_consent", "already_covered", "no_peers",
    "not_priced", "below_raroc_floor", "over_capacity",
}  # fmt: skip

# What a bank may well not know, and figures that are alike. Hashes, so that any row may be met.
TEARS = """
update intermediate.int_customer__customer set enterprise_size = 'unknown'
    where hash(customer_id) % 7 = 0;
update intermediate.int_customer__customer set industry_section = null
    where hash(customer_id) % 5 = 0;
update intermediate.int_customer__customer set branch_code = null where hash(customer_id) % 3 = 0;
update intermediate.int_segmentation__loan_feature set ftp_margin_pct = round(ftp_margin_pct, 1);
update intermediate.int_segmentation__loan_feature set ftp_margin_pct = null
    where hash(loan_id) % 11 = 0 or (hash(loan_id) % 2 = 0 and contract_amount > 40000000);
update intermediate.int_segmentation__loan_feature set contract_amount = null
    where hash(loan_id) % 13 = 0;
update intermediate.int_segmentation__loan_feature set contract_amount = 1000000
    where hash(loan_id) % 13 = 1;
update intermediate.int_segmentation__loan_feature set term_days = null
    where hash(loan_id) % 17 = 0;
update intermediate.int_segmentation__loan_feature set term_days = 0 where hash(loan_id) % 17 = 1;
update intermediate.int_value__loan_risk set capital_rate = 0 where hash(loan_id) % 19 = 0;
update intermediate.int_value__loan_risk set expected_loss_rate = 0 where hash(loan_id) % 3 = 0;
update intermediate.int_customer__manager_share set relationship_manager_id = 'unassigned'
    where hash(customer_id) % 4 = 0;
insert into intermediate.int_customer__manager_share by name
    select customer_id, relationship_manager_id || 'b' as relationship_manager_id, valid_from,
        valid_before, cast(0.5 + hash(customer_id) % 3 as decimal(7, 6)) as share
    from intermediate.int_customer__manager_share where hash(customer_id) % 8 = 1;
update marts.segment_profile set segment_name_en = null, segment_name_zh = null
    where segment_code = 'S3';
"""


@pytest.fixture(scope="module")
def torn(demo, tmp_path_factory):
    """The demo bank's file with other facts and another policy, and what follows from them."""
    folder = tmp_path_factory.mktemp("torn")
    shutil.copy(demo.database, folder / "bankmart.duckdb")
    with duckdb.connect(str(folder / "bankmart.duckdb")) as connection:
        connection.execute(TEARS)
    policy = shutil.copytree(SHIPPED_POLICY, folder / "policy")
    changes = {
        "next_action_policy": {
            "maximum_class_code": "1", "minimum_peer_count": "12", "horizon_days": "180",
            "raroc_floor_pct": "9", "manager_capacity": "3", "branch_capacity": "2",
            "holdout_share": "0.25", "holdout_period_code": "month",
        },
        "recommendation_policy": {"reference_code": "all", "mix_share_limit": "0.3"},
    }  # fmt: skip
    for name, cells in changes.items():
        path = policy / f"{name}.csv"
        pd.read_csv(path, dtype=str).assign(**cells).to_csv(path, index=False)
    rules = pd.read_csv(policy / "recommendation_rule.csv", dtype=str)
    general = rules[rules["segment_name_en"].isna()]
    more = [
        general.assign(dimension_code="enterprise_size", dimension_value="unknown"),
        general.assign(tier_code="core", action_code="fixed_asset_product"),
        general.assign(tier_code="out_of_scope", valid_to="2015-12-31"),
        general.assign(tier_code="basic", action_code="new_collateral", valid_to="2015-12-30"),
    ]
    pd.concat([rules, *more]).to_csv(policy / "recommendation_rule.csv", index=False)
    models = [
        "int_coverage__loan_dimension", "int_coverage__customer", "int_coverage__action_cell",
        "int_coverage__peer_group", "int_coverage__offer", "product_coverage", "coverage_gap",
        "product_recommendation", "customer_next_action",
    ]  # fmt: skip
    arguments = ("--select", *changes, "recommendation_rule", *models)
    built = build(DEMO_EXTRACTS, folder, policy=policy, arguments=arguments)
    assert built.returncode == 0, built.output
    return built


def test_the_demo_bank_is_advised_as_by_hand(demo):
    assert action_oracle.differences(demo.database) == []


def test_a_torn_bank_is_advised_as_by_hand(torn):
    """Nothing known of size, industry, margin, amount or term; ties; other policies."""
    assert action_oracle.differences(torn.database) == []


def test_the_torn_bank_holds_its_cases(torn):
    """It is worth building only while every reason and every kind of peers is met."""
    found = torn.rows("select distinct exclusion_reason from marts.customer_next_action")
    assert {reason for (reason,) in found} == {*REASONS, None}
    levels = torn.rows(
        "select distinct peer_level_code from marts.customer_next_action"
        " where exclusion_reason is null"
    )
    assert len(levels) == 3
    assert torn.rows(
        "select count(*) filter (where relationship_manager_id is null) > 0,"
        " count(*) filter (where relationship_manager_id like '%b') > 0, max(call_rank) > 3"
        " from marts.customer_next_action where call_rank is not null"
    ) == [(True, True, True)]


def test_a_tenth_of_the_customers_is_held_out(demo):
    """By a hash, so within three standard errors of the policy's share, called or not."""
    ((share, margin, of_called, margin_of_called),) = demo.rows(
        "with shares as (select holdout_share as p from seeds.next_action_policy)"
        " select avg(is_holdout::int), 3 * sqrt(any_value(p * (1 - p)) / count(*)),"
        " avg(is_holdout::int) filter (where exclusion_reason is null),"
        " 3 * sqrt(any_value(p * (1 - p)) / count(*) filter (where exclusion_reason is null))"
        " from marts.customer_next_action, shares"
    )
    assert abs(share - 0.1) < margin
    assert abs(of_called - 0.1) < margin_of_called


def test_segments_come_in_the_order_of_the_study(demo):
    """Cost-saving before funds-demand before basic, as by ascending coverage."""
    assert demo.rows(
        "select segment_name_en from marts.product_recommendation where dimension_code = 'all'"
        " group by segment_name_en order by sum(estimated_value_amount) desc"
    ) == [("Cost-saving",), ("Funds-demand",), ("Basic small and micro",)]
    assert demo.rows(
        "select dimension_value from marts.product_recommendation"
        " where tier_code = 'core' and segment_name_en = 'Funds-demand' and dimension_code <> 'all'"
    ) == [("FA",)]


def test_reasons_hold_their_figures(demo):
    """What a sentence says is what the columns say."""
    said = demo.rows(
        "select count(*), count(*) filter (where"
        " contains(reason_chain, expected_contribution_amount || ' in ' || offer_days || ' days')"
        " and contains(reason_chain, 'lose ' || expected_loss_amount)"
        " and contains(reason_chain, covered_peer_count || ' of its peers')"
        " and contains(reason_chain, product_peer_count || ' of them ' || peer_product_code)"
        " and contains(reason_chain_zh, '贡献 ' || expected_contribution_amount)"
        " and ends_with(reason_chain,"
        "     case when is_holdout then 'no call' else 'offer ' || recommended_product_code end))"
        " from marts.customer_next_action where exclusion_reason is null"
    )
    assert said[0][0] == said[0][1] > 0
    ((rows, told),) = demo.rows(
        "select count(*), count(*) filter (where"
        " starts_with(evidence, specialised_loan_count || ' of ' || loan_count || ' loans of ')"
        " and contains(evidence, '= ' || estimated_value_amount || ' a year')"
        " and contains(evidence_zh, loan_count || ' 笔贷款'))"
        " from marts.product_recommendation"
    )
    assert rows == told > 0
