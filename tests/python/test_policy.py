"""A bank's own policy: taken when it is whole, refused with one line that says what to mend."""

import shutil
from functools import cache

import pytest
import yaml

import policy_check
from warehouse import ROOT, SHIPPED_POLICY, build

YAML = ROOT / "seeds" / "reference" / "_seeds.yml"


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped policy to spoil."""
    return shutil.copytree(SHIPPED_POLICY, tmp_path / "policy")


@cache
def specification() -> dict:
    """What the check_policy macro hands over, read from the same YAML."""
    seeds = {}
    for seed in yaml.safe_load(YAML.read_text(encoding="utf-8"))["seeds"]:
        config = seed["config"]
        if "policy" not in config.get("meta", {}):
            continue
        metas = {c["name"]: c.get("config", {}).get("meta", {}) for c in seed["columns"]}
        columns = {
            name: {**metas.get(name, {}), "type": type_name}
            for name, type_name in config["column_types"].items()
        }
        seeds[seed["name"]] = {**config["meta"]["policy"], "columns": columns}
    return seeds


def test_the_shipped_policy_is_whole():
    assert policy_check.check(SHIPPED_POLICY, specification()) is None


def test_every_policy_file_has_rules():
    assert sorted(specification()) == sorted(path.stem for path in SHIPPED_POLICY.glob("*.csv"))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("tier_threshold", "1000000.00", "1,000,000", "line 2: it has 9 fields"),
        ("tier_threshold", "1000000.00", "a lot", "minimum_contribution_amount 'a lot' is no"),
        ("tier_threshold", "1000000.00", "", "minimum_contribution_amount is empty"),
        ("tier_threshold", "core,", "chore,", "tier_code 'chore' is unknown"),
        (
            "tier_threshold",
            "core,0001-01-01",
            "core,2020-01-01",
            "nothing holds for core from 0001",
        ),
        ("tier_threshold", "core,0001-01-01", "core,2020-13-01", "is no date"),
        ("tax_regime", "2016-04-30", "2016-05-02", "has another row up to 2016-05-02"),
        ("tax_regime", "2016-04-30", "2016-04-29", "nothing holds for the policy from 2016-04-30"),
        ("tax_regime", "9999-12-31", "2030-12-31", "nothing holds for the policy after 2030-12-31"),
        ("tax_regime", "false", "maybe", "is_price_inclusive 'maybe' is no boolean"),
        (
            "tax_election",
            "none",
            "method_3",
            "election_code 'method_3' is not in tax_exemption.csv",
        ),
        ("tax_election", "none", "", "election_code is empty"),
        (
            "tax_election",
            "0001-01-01",
            "2018-01-01",
            "nothing holds for the policy from 0001-01-01",
        ),
        ("tax_election", "9999-12-31", "2027-12-31", "nothing holds for the policy after 2027-12"),
        (
            "profitability_policy",
            "0001-01-01",
            "2015-01-01",
            "nothing holds for the policy from 0001",
        ),
        ("profitability_policy", ",10.5,", ",,", "capital_ratio_pct is empty"),
        ("profitability_policy", ",11,", ",100.5,", "hurdle_rate_pct 100.5 is out of range"),
        (
            "profitability_policy",
            ",25,",
            ",a quarter,",
            "income_tax_rate_pct 'a quarter' is no dec",
        ),
        ("operating_cost", "120.00,", ",", "annual_amount is empty. per_account needs it"),
        ("operating_cost", "120.00,", "120.00,1", "balance_cost_pct means nothing to per_account"),
        ("operating_cost", ",,0.1,", ",,,", "balance_cost_pct is empty. per_balance needs it"),
        ("operating_cost", "per_balance", "per_call", "driver_code 'per_call' is unknown"),
        (
            "operating_cost",
            "deposit,,,,per",
            "deposit,,,online,per",
            "channel_code means nothing to",
        ),
        (
            "operating_cost",
            "deposit_balance,deposit,,,,per_balance",
            "deposit_account,deposit,,,,per_balance",
            "deposit_account deposit has another row up to 9999-12-31",
        ),
        ("operating_cost", ",120.00", ",-1", "annual_amount -1 is out of range"),
        ("provision_rate", "3,0001", "4,0001", "no row for 3"),
        ("provision_rate", "unclassified,0001", "none,0001", "class_code 'none' is unknown"),
        (
            "provision_rate",
            "5,0001-01-01,9999-12-31",
            "5,0001-01-01,2030-12-31",
            "nothing holds for 5 after 2030",
        ),
        ("provision_rate", ",25,1,", ",101,1,", "specific_rate_pct 101 is out of range"),
        ("loss_given_default", ",0001", "CR,0001", "no row for the policy"),
        ("loss_given_default", ",45,", ",,", "loss_given_default_pct is empty"),
        ("exposure_class", ",,,0001", ",,large,0001", "no row for the policy"),
        ("exposure_class", ",sme,", ",sms,", "exposure_class_code 'sms' is not in risk_weight.csv"),
        ("exposure_class", ",,small,", ",,tiny,", "enterprise_size_code 'tiny' is unknown"),
        ("exposure_class", ",,micro,", ",,small,", "small has another row up to 9999-12-31"),
        (
            "risk_weight",
            "sme,2024-01-01",
            "sme,2024-01-02",
            "nothing holds for sme from 2024-01-01 until",
        ),
        ("risk_weight", "sme,2024-01-01", "sme,2023-12-31", "sme has another row up to 2023-12-31"),
        (
            "risk_weight",
            "grade,2024-01-01,9999-12-31",
            "grade,2024-01-01,2030-12-31",
            "for investment_grade after",
        ),
        ("risk_weight", ",85,", ",-85,", "risk_weight_pct -85 is out of range"),
        ("tax_exemption", "excess", "above", "limit_applies 'above' is unknown"),
        ("tax_exemption", "medium", "", "surety is empty"),
        ("tax_exemption", "1000000.00", "", "maximum_credit_amount is empty"),
        ("tax_exemption", "1.5", "-1.5", "rate_limit_multiple -1.5 is out of range"),
        ("tax_exemption", "2027-12-31", "2017-11-30", "valid_to 2017-11-30 is before valid_from"),
        ("tax_exemption", "small_credit", "method_1", "are those of line 2"),
        (
            "tax_exemption",
            "small_credit,credit_1m,2017-12-01",
            "method_1,credit_1m,2019-01-01",
            "method_1 credit_1m has another row up to 2027-12-31",
        ),
        ("ftp_assignment", "loan,true", "deposit,true", "no row for loan"),
        ("ftp_assignment", "core_volatile", "weekly", "method_code 'weekly' is unknown"),
        ("ftp_assignment", "original_term,,1", ",,1", "method_code is empty"),
        ("segmentation_choice_policy", "0.005", "7", "smallest_share_floor 7 is out of range"),
        ("segmentation_choice_policy", "0.95", "95", "minimum_covered_share 95 is out of range"),
        (
            "segmentation_choice_policy",
            "mean_eta_squared",
            "inertia",
            "band_measure_code 'inertia' is unknown",
        ),
        ("segmentation_choice_policy", "mean_eta_squared", "", "band_measure_code is empty"),
        ("segmentation_choice_policy", "0.75", "1.75", "nameable_jaccard 1.75 is out of range"),
        ("segmentation_choice_policy", "20", "0", "stability_runs 0 is out of range"),
        ("segment_name_policy", "name_zh", "nom", "column name_zh is missing"),
        ("recommendation_rule", "review_range", "revue", "action_code 'revue' is not in"),
        ("recommendation_rule", ",all,,", ",,,", "dimension_code is empty"),
        ("recommendation_rule", ",all,,", ",all,WC,", "dimension_value means nothing to all"),
        ("recommendation_rule", "loan_type,FA", "loan_type,", "dimension_value is empty."),
        ("recommendation_rule", "loan_type,FA", "colour,FA", "dimension_code 'colour' is unknown"),
        ("recommendation_rule", "ownership,173", "ownership,159", "has another row up to"),
        ("recommendation_rule", "Cost-saving,core", "Cost-saving,best", "tier_code 'best' is"),
        ("recommendation_action", "working_capital_product,", ",", "action_code is empty"),
        ("recommendation_action", "review_range", "new_collateral", "action_code are those of"),
        ("recommendation_policy", "best_segment", "worst", "reference_code 'worst' is unknown"),
        ("recommendation_policy", "0.5", "1.01", "mix_share_limit 1.01 is out of range"),
        ("recommendation_policy", "9999-12-31", "2030-12-31", "nothing holds for the policy after"),
        ("next_action_policy", "12-31,2,5,", "12-31,6,5,", "maximum_class_code 6 is out of range"),
        ("next_action_policy", "12-31,2,5,", "12-31,2,0,", "minimum_peer_count 0 is out of range"),
        ("next_action_policy", "12-31,2,5,", "12-31,2,1.5,", "minimum_peer_count '1.5' is no"),
        ("next_action_policy", "365,", "0,", "horizon_days 0 is out of range"),
        ("next_action_policy", ",10,30,", ",-1,30,", "manager_capacity -1 is out of range"),
        ("next_action_policy", ",10,30,", ",10,,", "branch_capacity is empty"),
        ("next_action_policy", ",0.1,", ",1.1,", "holdout_share 1.1 is out of range"),
        ("next_action_policy", "quarter", "week", "holdout_period_code 'week' is unknown"),
        ("next_action_policy", "0001-01-01", "2016-01-01", "nothing holds for the policy from"),
    ],
)
def test_a_bad_cell_is_one_line_that_names_it(folder, file, old, new, said):
    path = folder / f"{file}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    fault = policy_check.check(folder, specification())
    assert said in fault
    assert path.name in fault
    assert "\n" not in fault


CAP = "1,ceiling,deposit,,,2015-01-01,9999-12-31,cap,1000000.00,,,,board,"
SPIKE = "2,spike,deposit,,D1,2015-01-01,2015-12-31,month_end_spike,,5,0.1,3,board,why"
OUT = "3,margin,deposit,margin,,2015-01-01,9999-12-31,exclude,,,,,board,"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([CAP, SPIKE, OUT], None),
        ([CAP, CAP.replace("ceiling", "other")], "line 3: rule_order are those of line 2"),
        ([CAP.replace("1000000.00", "")], "line 2: cap_amount is empty. cap needs it"),
        (
            [CAP.replace("1000000.00", "0.00")],
            "cap_amount 0.00 is out of range. Take a value above",
        ),
        ([CAP.replace("1000000.00", "0.01")], None),
        ([CAP.replace("1000000.00", "-1")], "cap_amount -1 is out of range"),
        ([CAP.replace("1000000.00", "0.001")], "cap_amount 0.001 has over 2 decimals"),
        ([CAP.replace("1000000.00", "1.000")], None),
        ([SPIKE.replace(",5,0.1,3,", ",,0.1,3,")], "window_days is empty. month_end"),
        ([SPIKE.replace(",5,0.1,3,", ",5,,3,")], "tolerance is empty"),
        ([SPIKE.replace(",5,0.1,3,", ",5,0.1,,")], "period_months is empty"),
        ([SPIKE.replace(",5,0.1,3,", ",5,0.1,2,")], "period_months '2' is unknown"),
        ([SPIKE.replace(",5,0.1,3,", ",0,0.1,3,")], "window_days 0 is out of range"),
        ([SPIKE.replace(",5,0.1,3,", ",31,0.1,3,")], "window_days 31 is out of range"),
        ([SPIKE.replace(",5,0.1,3,", ",30,0,1,")], None),
        ([SPIKE.replace(",5,0.1,3,", ",5,-0.1,3,")], "tolerance -0.1 is out of range"),
        ([OUT.replace("exclude,,", "exclude,5,")], "cap_amount means nothing to exclude"),
        ([CAP.replace("00.00,,", "00.00,3,")], "window_days means nothing to cap"),
        ([OUT.replace("2015-01-01", "9999-12-31")], None),
        ([SPIKE.replace("2015-12-31", "2014-12-31")], "valid_to 2014-12-31 is before valid_from"),
        ([OUT.replace("exclude", "halve")], "method_code 'halve' is unknown"),
        ([OUT.replace(",margin,deposit", ",margin,fee")], "contract_kind_code 'fee' is unknown"),
        ([OUT.replace("3,margin", "3,")], "adjustment_code is empty"),
        ([OUT.replace("board", "")], "decided_by is empty"),
    ],
)
def test_a_balance_adjustment_has_what_its_method_needs(folder, rows, said):
    check_rows(folder / "balance_adjustment.csv", rows, said)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("2015-01-02,2015-01-02", None),
        ("2015-01-02,2015-01-01", "line 2: valid_to 2015-01-01 is before valid_from 2015-01-02"),
    ],
)
def test_an_add_on_does_not_end_before_it_begins(folder, days, said):
    check_rows(folder / "ftp_add_on.csv", [f"liquidity,loan,,{days},0.1,0,,board,why"], said)


LINE = "P7,2015-01-01,2015-12-31,0.6,0.18,board,why"
NEXT = LINE.replace("2015-01-01,2015-12-31", "2016-01-01,9999-12-31")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([LINE], None),
        ([LINE, NEXT, LINE.replace("P7", "P8")], None),
        ([LINE, LINE.replace("P7", "p7")], None),
        ([LINE, NEXT.replace("2016-01-01", "2015-12-31")], "P7 has another row up to 2015-12-31"),
        ([LINE.replace("P7", "")], "line 2: product_code is empty"),
        ([LINE.replace("2015-01-01", "")], "valid_from is empty"),
        ([LINE.replace("2015-12-31", "")], "valid_to is empty"),
        ([LINE.replace("2015-12-31", "2015-01-01")], None),
        ([LINE.replace("2015-12-31", "2014-12-31")], "valid_to 2014-12-31 is before valid_from"),
        ([LINE.replace(",0.6,", ",,")], "draw_factor is empty"),
        ([LINE.replace(",0.6,", ",0,")], None),
        ([LINE.replace(",0.6,", ",-0.000001,")], "draw_factor -0.000001 is out of range"),
        ([LINE.replace(",0.6,", ",1,")], None),
        ([LINE.replace(",0.6,", ",1.000001,")], "draw_factor 1.000001 is out of range"),
        ([LINE.replace(",0.6,", ",60 %,")], "draw_factor '60 %' is no decimal"),
        ([LINE.replace(",0.18,", ",,")], "premium_pct is empty"),
        ([LINE.replace(",0.18,", ",0,")], None),
        ([LINE.replace(",0.18,", ",-0.000001,")], "premium_pct -0.000001 is out of range"),
        ([LINE.replace(",0.18,", ",60,")], None),
        ([LINE.replace(",0.18,", ",60.000001,")], "premium_pct 60.000001 is out of range"),
        ([LINE.replace(",0.18,", ",0.1800001,")], "premium_pct 0.1800001 has over 6 decimals"),
        ([LINE.replace("board", "")], "decided_by is empty"),
    ],
)
def test_a_committed_line_has_its_share_and_premium(folder, rows, said):
    check_rows(folder / "ftp_contingent_liquidity.csv", rows, said)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["C1,M1,0.6,2015-01-01,9999-12-31,x", "C1,M2,0.4,2015-01-01,9999-12-31,x"], None),
        (
            ["C1,M1,0.6,2015-01-01,9999-12-31,x", "C1,M2,0.3,2015-01-01,9999-12-31,x"],
            "the share of C1 on 2015-01-01 adds up to 0.9. Make it 1",
        ),
        # One day without the second manager, one day with a third too many.
        (
            ["C1,M1,0.6,2015-01-01,2015-06-30,x", "C1,M2,0.4,2015-01-01,2015-06-29,x"],
            "the share of C1 on 2015-06-30 adds up to 0.6",
        ),
        (
            ["C1,M1,1,2015-01-01,2015-06-30,x", "C1,M2,1.000000,2015-06-30,2015-12-31,x"],
            "the share of C1 on 2015-06-30 adds up to 2",
        ),
        (["C1,M1,1,2015-01-01,2015-06-30,x", "C1,M2,1,2015-07-01,2015-12-31,x"], None),
        (["C1,M1,1,2015-01-01,2015-06-30,x", "C1,M1,1,2015-07-02,2015-12-31,x"], None),
        (
            ["C1,M1,0.5,2015-01-01,2015-06-30,x", "C1,M1,0.5,2015-01-01,2015-06-30,x"],
            "C1 M1 has another row up to 2015-06-30",
        ),
        # Codes are compared exactly: two customers, two managers.
        (["C1,M1,1,2015-01-01,2015-06-30,x", "c1,M1,1,2015-01-01,2015-06-30,x"], None),
        (["C1,m1,0.5,2015-01-01,2015-06-30,x", "C1,M1,0.5,2015-01-01,2015-06-30,x"], None),
        (["C1,M1,0.9999999,2015-01-01,2015-06-30,x"], "share 0.9999999 has over 6 decimals"),
        (["C1,M1,0.999999,2015-01-01,2015-06-30,x"], "of C1 on 2015-01-01 adds up to 0.999999"),
        (
            ["C1,M1,0.000001,2015-01-01,2015-06-30,x", "C1,M2,0.999999,2015-01-01,2015-06-30,x"],
            None,
        ),
        (["C1,M1,0,2015-01-01,2015-06-30,x"], "share 0 is out of range. Take a value above 0"),
        (["C1,M1,1.000001,2015-01-01,2015-06-30,x"], "share 1.000001 is out of range"),
        (["C1,,1,2015-01-01,2015-06-30,x"], "relationship_manager_id is empty"),
    ],
)
def test_a_customers_shares_are_the_whole_customer(folder, rows, said):
    check_rows(folder / "relationship_manager_share.csv", rows, said)


def check_rows(path, rows, said):
    """Add rows to a shipped file without any: taken, or one line that names the file."""
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(rows) + "\n", encoding="utf-8")
    fault = policy_check.check(path.parent, specification())
    if said is None:
        assert fault is None
    else:
        assert said in fault
        assert path.name in fault
        assert "\n" not in fault


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # Cash flows need the months between payments, a maturity, and one tenor's weight.
        ("loan,true,,,,,0001-01-01,9999-12-31,original_term",
         "loan,true,,,,,0001-01-01,9999-12-31,weighted_term", "line 4: payment_months is empty"),
        ("loan,true,,,,,0001-01-01,9999-12-31,original_term",
         "loan,true,,,,,0001-01-01,9999-12-31,average_life", "line 4: payment_months is empty"),
        ("loan,true,,,,,0001-01-01,9999-12-31,original_term",
         "loan,true,,,,,0001-01-01,9999-12-31,duration", "line 4: payment_months is empty"),
        ("original_term,365,1,,,0,,", "weighted_term,365,1,,,0,1,", "line 5: has_maturity"),
        ("deposit,true,,,,,0001-01-01,9999-12-31,original_term,,1,,,0,,",
         "deposit,true,,,,,0001-01-01,9999-12-31,duration,,0.9,,,0,1,", "line 2: weight"),
        ("deposit,true,,,,,0001-01-01,9999-12-31,original_term,,1,,,0,,",
         "deposit,true,,,,,0001-01-01,9999-12-31,duration,,1,,30,0.5,1,",
         "line 2: second_tenor_days"),
        # A contract without maturity has no tenor of its own.
        ("original_term,365,1", "original_term,,1", "line 5: tenor_days is empty"),
        ("original_term,365,1", "repricing_term,,1", "line 5: tenor_days is empty"),
        ("core_volatile,365,", "core_volatile,,", "line 3: tenor_days is empty"),
        ("0.7,,1,0.3", "0.7,,,0.3", "line 3: second_tenor_days is empty"),
        ("core_volatile,365,0.7,,1,0.3", "moving_average,365,1,,,0",
         "line 3: average_days is empty"),
        ("core_volatile,365,0.7,,1,0.3", "moving_average,,1,30,,0", "line 3: tenor_days is empty"),
        ("core_volatile,365,0.7,,1,0.3", "moving_average,365,0.7,30,1,0.3",
         "line 3: second_tenor_days"),
        # Only the curve of the month's first day is averaged.
        ("original_term,365,1,,", "original_term,365,1,30,", "line 5: average_days"),
        ("original_term,365,1,,", "fixed_spread,365,1,30,", "line 5: average_days"),
    ],
)  # fmt: skip
def test_a_method_without_its_cells_is_one_line_that_names_it(folder, old, new, said):
    path = folder / "ftp_assignment.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    fault = policy_check.check(folder, specification())
    assert fault is not None
    assert said in fault
    assert path.name in fault
    assert "\n" not in fault


@pytest.mark.parametrize(
    "line",
    [
        # Each method with its cells, for a product family and from one day to another: before and
        # after it the more general row holds.
        "x,loan,true,f,,,,{days},weighted_term,,1,,,0,1,0,true,,",
        "x,loan,true,f,,,,{days},average_life,,1,,,0,6,0,true,,",
        "x,loan,true,f,,,,{days},duration,,1,,,0,12,0,true,,",
        "x,loan,true,f,,,,{days},original_term,,1,,,0,,0.1,true,,",
        "x,loan,true,f,,floating,,{days},repricing_term,,1,,,0,,0,true,,",
        "x,loan,false,f,,floating,,{days},repricing_term,90,1,,,0,,0,true,,",
        "x,deposit,false,f,,,,{days},moving_average,180,0.9,90,,0,,0,true,,",
        "x,deposit,false,f,,,,{days},core_volatile,365,0.8,30,1,0.2,,0,true,,",
        "x,loan,true,,,,3,{days},fixed_spread,365,1,,,0,,3,true,,",
        "x,loan,true,,,,3,{days},fixed_spread,,1,,,0,,0,false,,",
    ],
)
@pytest.mark.parametrize("days", ["0001-01-01,9999-12-31", "2015-03-01,2016-02-29"])
def test_a_method_with_its_cells_is_taken(folder, line, days):
    with (folder / "ftp_assignment.csv").open("a", encoding="utf-8") as file:
        file.write(line.format(days=days) + "\n")
    assert policy_check.check(folder, specification()) is None


def test_a_missing_file_and_a_missing_row_are_said(folder):
    tiers = folder / "tier_threshold.csv"
    tiers.write_text("".join(tiers.read_text().splitlines(keepends=True)[:2]))
    assert "no row for basic" in policy_check.check(folder, specification())
    tiers.unlink()
    assert "the file is missing" in policy_check.check(folder, specification())


@pytest.mark.parametrize("code", ["none", "small_credit", "method_1", "method_2"])
def test_a_bank_may_elect_what_the_exemptions_name(folder, code):
    path = folder / "tax_election.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("none", code), encoding="utf-8")
    assert policy_check.check(folder, specification()) is None


def test_an_unknown_election_to_try_stops_the_build_with_one_line(folder, tmp_path):
    """The var takes the codes of the bank's own policy, before any model."""
    path = folder / "tax_exemption.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("method_2", "our_method"), encoding="utf-8")
    settings = {"vars": {"tax_election": "method_2"}, "policy": folder}
    built = build(tmp_path, tmp_path / "work", **settings, as_command=True)
    assert built.returncode == 2
    assert f"var tax_election: 'method_2' is not in {path}. Take one of none, " in built.output
    assert "small_credit, method_1, our_method" in built.output
    assert built.rows("select * from duckdb_tables() where schema_name = 'marts'") == []


def test_an_election_is_made_for_an_accounting_year(folder, tmp_path):
    """And a limit says what it applies to: both are tests of the seeds, before any model."""
    path = folder / "tax_election.csv"
    path.write_text(
        "valid_from,valid_to,election_code,decided_by,reason\n"
        "0001-01-01,2018-12-30,none,board,\n"
        "2018-12-31,2019-12-31,method_1,board,\n"
        "2020-01-01,9999-12-31,method_2,board,\n"
    )
    path = folder / "tax_exemption.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("excess", ""), encoding="utf-8")
    (tmp_path / "extracts").mkdir()
    arguments = ("--select", "tax_election", "tax_exemption")
    built = build(
        tmp_path / "extracts", tmp_path / "work", policy=folder, tests=True, arguments=arguments
    )
    assert built.returncode == 1
    assert "FAIL 1 expression_holds_tax_election_valid_from" in built.output
    assert "FAIL 1 expression_holds_tax_exemption_rate_limit_multiple" in built.output
    assert "ERROR=2 " in built.output


def test_dbt_build_stops_before_any_model(folder, tmp_path):
    (folder / "tax_regime.csv").write_text("regime_code\n")
    built = build(tmp_path, tmp_path / "work", policy=folder, as_command=True)
    assert built.returncode == 2
    assert "tax_regime.csv, line 1: column valid_from is missing" in built.output
    assert "Traceback" not in built.output
    assert built.rows("select * from duckdb_tables() where schema_name = 'marts'") == []


def test_a_build_takes_the_policy_and_leaves_its_files_alone(folder, tmp_path):
    """dbt notes what a seed ran; for a file outside the project it would write over the file."""
    path = folder / "tier_threshold.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1000000.00", "5000000.00"))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    extracts = tmp_path / "extracts"
    extracts.mkdir()
    seeds = ("--select", "resource_type:seed")
    built = build(extracts, tmp_path / "work", policy=folder, as_command=True, arguments=seeds)
    assert built.returncode == 0, built.output
    ((minimum,),) = built.rows(
        "select minimum_contribution_amount from seeds.tier_threshold where tier_code = 'core'"
    )
    assert minimum == 5_000_000
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
