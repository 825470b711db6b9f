"""The demo bank is the study's bank: what the study prints comes out of the calculation."""

import csv
import filecmp
import subprocess
import sys
from decimal import Decimal

import pytest

import oracle
from conftest import DEMO_EXTRACTS
from warehouse import ROOT, SHIPPED_POLICY, build


def test_the_generator_makes_the_committed_extracts(tmp_path):
    made = tmp_path / "extracts"
    subprocess.run(
        [sys.executable, "demo_bank/generate.py", "--out", str(made)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    files = sorted(p.relative_to(made) for p in made.rglob("*") if p.is_file())
    assert files == sorted(
        p.relative_to(DEMO_EXTRACTS) for p in DEMO_EXTRACTS.rglob("*") if p.is_file()
    )
    _, different, unreadable = filecmp.cmpfiles(made, DEMO_EXTRACTS, map(str, files), shallow=False)
    assert (different, unreadable) == ([], [])


@pytest.mark.slow
def test_every_figure_equals_the_oracle(demo):
    """The whole demo bank computed again day by day in plain Python."""
    assert oracle.compare(oracle.compute(DEMO_EXTRACTS), demo.database) == []


def test_the_contract_has_every_table_and_column(demo, shared):
    with (shared / "contract_marts.csv").open(encoding="utf-8") as file:
        promised = [row for row in csv.DictReader(file) if int(row["issue"]) <= 7]
    present = set(
        demo.rows("select table_schema, table_name, column_name from information_schema.columns")
    )
    missing = [
        (row["schema"], row["table"], row["column"])
        for row in promised
        if row["column"] and (row["schema"], row["table"], row["column"]) not in present
    ]
    assert missing == []


def test_core_customers_bring_four_fifths_of_the_profit(demo):
    ((customers, share),) = demo.rows(
        "select customer_count, contribution_share from marts.tier_summary where tier_code = 'core'"
    )
    assert customers == 265
    assert 0.795 <= share <= 0.805


def test_segments_are_the_studys(demo):
    profile = demo.rows(
        "select segment_name_en, loan_count, mean_term_days, mean_contract_amount,"
        " mean_annual_rate_pct from marts.segment_profile order by segment_code"
    )
    assert [
        (name, count, round(term, 1), amount, round(rate, 2))
        for name, count, term, amount, rate in profile
    ] == [
        ("Basic small and micro", 6605, 284.5, Decimal("5466000.00"), 6.9),
        ("Cost-saving", 665, 405.3, Decimal("41652000.00"), 6.5),
        ("Funds-demand", 71, 1991.6, Decimal("60792000.00"), 7.25),
    ]
    ((silhouette,),) = demo.rows(
        "select silhouette from marts.segmentation_candidate where is_champion"
    )
    assert round(silhouette, 6) == 0.751151


def test_segments_are_stable_but_for_the_scaling(demo):
    """Neither the order of the loans nor chance nor a month moves one; z-scores do, in which the
    rate weighs more."""
    found = demo.rows(
        "select segment_code, is_nameable, run_count, shuffle_jaccard, month_jaccard,"
        " bootstrap_jaccard > 0.99, round(scaling_jaccard, 2), round(mean_jaccard, 2)"
        " from marts.segment_stability order by segment_code"
    )
    assert found == [
        ("S1", True, 54, 1.0, 1.0, True, 0.95, 1.0),
        ("S2", True, 54, 1.0, 1.0, True, 0.54, 0.98),
        ("S3", True, 54, 1.0, 1.0, True, 0.79, 0.99),
    ]
    assert demo.rows("select distinct 54 * modal_solution_share from marts.segment_stability") == [
        (53.0,)
    ]
    assert demo.rows(
        "select candidate_code, round(stability, 3) from marts.segmentation_candidate"
        " where stability is not null"
    ) == [("kmeans_3", 0.997)]


def test_core_loans_fall_into_the_segments_as_printed(demo):
    cells = demo.rows(
        "select segment_code, sum(loan_count), round(100 * max(share), 2) from ("
        " select segment_code, loan_count, sum(loan_count) over (partition by segment_code)"
        " / sum(loan_count) over () as share"
        " from marts.segment_composition"
        " where population_code = 'core' and dimension_code = 'tier')"
        " group by segment_code order by segment_code"
    )
    assert cells == [("S1", 110, 41.51), ("S2", 148, 55.85), ("S3", 7, 2.64)]


@pytest.mark.parametrize(
    ("dimension", "value", "segment", "printed"),
    [
        ("enterprise_size", "micro", "S1", 99.93),
        ("enterprise_size", "micro", "S3", 0.07),
        ("enterprise_size", "small", "S1", 99.79),
        ("enterprise_size", "medium", "S1", 57.54),
        ("enterprise_size", "medium", "S2", 38.84),
        ("enterprise_size", "medium", "S3", 3.62),
        ("industry_section", "O", "S1", 96.23),
        ("industry_section", "N", "S3", 11.11),
        ("industry_section", "J", "S2", 33.33),
        ("industry_section", "B", "S2", 29.55),
    ],
)
def test_row_percentages_are_as_printed(demo, dimension, value, segment, printed):
    ((share,),) = demo.rows(
        "select share_of_value from marts.segment_composition where population_code = 'all'"
        f" and dimension_code = '{dimension}' and dimension_value = '{value}'"
        f" and segment_code = '{segment}'"
    )
    assert round(100 * share, 2) == printed


def test_coverage_is_as_printed(demo):
    rates = dict(
        demo.rows(
            "select segment_code, round(100 * coverage_rate, 2) from marts.product_coverage"
            " where population_code = 'all'"
        )
    )
    assert rates == {"S1": 19.24, "S2": 5.71, "S3": 9.86, "total": 17.93}


def test_core_is_less_covered_for_where_its_loans_are(demo):
    """Four fifths of the gap are mix; the study takes all of it for treatment."""
    ((coverage, expected, gap, mix, within, share),) = demo.rows(
        "select coverage_rate, expected_coverage_rate, gap, mix_effect, within_segment_effect,"
        " mix_share from marts.coverage_gap where population_code = 'core'"
    )
    assert (round(100 * coverage, 2), round(100 * expected, 2)) == (9.81, 11.44)
    assert gap == mix + within
    assert (round(100 * gap, 2), round(100 * mix, 2), round(share, 3)) == (-8.12, -6.49, 0.799)


def test_who_seeks_funds_pays_more_and_less(demo):
    """Most in nominal terms; against the benchmark and over funds less than the basic segment."""
    prices = {
        code: measures
        for code, *measures in demo.rows(
            "select segment_code, mean_annual_rate_pct, mean_benchmark_multiple, mean_ftp_margin"
            " from marts.segment_price"
        )
    }
    basic, cost_saving, funds_demand = (prices[code] for code in ("S1", "S2", "S3"))
    assert [round(x, 4) for x in basic] == [6.9, 1.391, 0.023]
    assert [round(x, 4) for x in cost_saving] == [6.5, 1.296, 0.0176]
    assert [round(x, 4) for x in funds_demand] == [7.25, 1.3338, 0.0167]
    assert funds_demand[0] > basic[0]
    assert funds_demand[1] < basic[1] and funds_demand[2] < basic[2]


def test_the_figures_of_the_study_come_out(demo):
    """All that can: 100 % medium contradicts the shares of micro and small in the same line."""
    figures = demo.rows("select fact_id, agrees, recomputed_value from marts.paper_figure")
    assert len(figures) == 54
    assert [(fact, round(value, 1)) for fact, agrees, value in figures if not agrees] == [
        ("F025", 85.9)
    ]
    ((note,),) = demo.rows("select note from marts.paper_figure where fact_id = 'F025'")
    assert note.startswith("Cannot hold beside the same line")


def test_the_figures_of_the_study_are_as_printed(demo, shared):
    with (shared / "paper" / "paper_facts.csv").open(encoding="utf-8") as file:
        printed = [
            (row["fact_id"], int(row["line"]), row["value"], row["unit"])
            for row in csv.DictReader(file)
        ]
    assert printed == demo.rows(
        "select fact_id, line_number, published_value, unit from marts.paper_figure order by 1"
    )


def test_the_ledger_ties(demo):
    assert demo.rows("from quality.ledger_reconciliation where difference_amount <> 0") == []


def test_every_reason_to_reject_is_shown(demo):
    reasons = demo.rows("select distinct reason_code from quality.rejected_row")
    assert len(reasons) == 6


@pytest.mark.slow
def test_a_rerun_on_other_threads_gives_the_same_bits(demo, tmp_path):
    again = build(
        DEMO_EXTRACTS,
        tmp_path,
        policy=SHIPPED_POLICY,
        arguments=("--threads", "4"),
        engine_threads=1,
    )
    assert again.returncode == 0, again.output
    tables = demo.rows(
        "select schema_name, table_name from duckdb_tables()"
        " where schema_name in ('marts', 'quality') order by all"
    )
    for schema, table in tables:
        query = f"select * from {schema}.{table} order by all"
        assert again.rows(query) == demo.rows(query), f"{schema}.{table}"
