"""Candidates end to end: SQL assigns as Python learned, whatever the loans are like."""

import csv
import math
import pathlib
import shutil
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import policy_check
from algorithms import two_step
from algorithms.prototypes import Candidate, learn
from test_policy import specification
from warehouse import ROOT, Build, build

SHIPPED = ROOT / "seeds" / "policy"
CANDIDATES = "segmentation_candidate_policy.csv"
OVERRIDES = "segmentation_override_policy.csv"
FEATURES = ("term_days", "contract_amount", "annual_rate_pct")
START = date(2015, 1, 1)


def shipped_rows() -> list[dict[str, str]]:
    """The shipped candidates, all of them competing."""
    with (SHIPPED / CANDIDATES).open(encoding="utf-8", newline="") as file:
        return [row | {"is_active": "true"} for row in csv.DictReader(file)]


def as_candidate(row: dict) -> Candidate:
    kinds = {"noise_percent": float, "algorithm_code": str, "information_criterion": str}
    return Candidate(
        **{
            name: kinds.get(name, int)(row[name]) if row[name] else None
            for name in Candidate._fields
        }
    )


SHIPPED_CANDIDATES = {row["candidate_code"]: as_candidate(row) for row in shipped_rows()}
NOISE = Candidate("two_step", 2, information_criterion="aic", noise_percent=25.0)


def write_policy(
    folder: pathlib.Path, rows: list[dict] | None = None, overrides: str = ""
) -> pathlib.Path:
    """The shipped policy with other candidates, or with lines added to the overrides."""
    shutil.copytree(SHIPPED, folder)
    with (folder / CANDIDATES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(shipped_rows()[0]))
        writer.writeheader()
        writer.writerows(shipped_rows() if rows is None else rows)
    with (folder / OVERRIDES).open("a", encoding="utf-8") as file:
        file.write(overrides)
    return folder


def write_loans(folder: pathlib.Path, terms, amounts, rates, order=None) -> pathlib.Path:
    """Loans L0000000, L0000001, … drawn on consecutive days of 2015, in any order of rows."""
    order = np.arange(len(terms)) if order is None else order
    starts = [START + timedelta(days=int(n) % 300) for n in order]
    folder.mkdir(parents=True)
    pq.write_table(
        pa.table(
            {
                "loan_id": [f"L{n:07d}" for n in order],
                "customer_id": ["C"] * len(order),
                "product_code": ["P"] * len(order),
                "loan_type_code": ["WC"] * len(order),
                "contract_amount": pa.array(
                    [Decimal(int(amounts[n])) for n in order], pa.decimal128(18, 2)
                ),
                "start_date": starts,
                "maturity_date": [
                    start + timedelta(days=int(terms[n]))
                    for start, n in zip(starts, order, strict=True)
                ],
                "annual_rate_pct": pa.array([float(rates[n]) for n in order], pa.float64()),
            }
        ),
        folder / "loan_contract.parquet",
    )
    return folder


def segment(extracts, workdir, policy=None, arguments=()) -> Build:
    """Everything up to the segmentation marts."""
    select = (
        "--select",
        "+path:models/marts/segmentation",
        "path:models/intermediate/segmentation",
    )
    built = build(extracts, workdir, policy=policy, arguments=(*select, *arguments))
    assert built.returncode == 0, built.output[-3000:]
    return built


# ----------  the demo bank


@pytest.fixture(scope="module")
def eight(tmp_path_factory) -> Build:
    """The demo bank with all eight candidates competing."""
    folder = tmp_path_factory.mktemp("eight")
    policy = write_policy(folder / "policy")
    return segment(ROOT / "demo_bank" / "extracts", folder / "work", policy)


def test_the_candidates_of_the_study(eight):
    found = eight.rows(
        "select candidate_code, round(silhouette, 3), round(mean_eta_squared, 3), quality_rank,"
        " is_champion, lost_because from marts.segmentation_candidate order by quality_rank"
    )
    assert [row[0] for row in found][:3] == ["kmeans_3", "kohonen_10x7_3", "kmeans_2"]
    figures = {code: measures for code, *measures in found}
    assert len(figures) == 8
    assert figures["kmeans_2"] == [
        0.757, 0.347, 3, False, "explains 0.347 of the variance, kmeans_3 0.520"
    ]  # fmt: skip
    assert figures["kmeans_3"] == [0.751, 0.520, 1, True, None]
    assert figures["kmeans_4"][1] == 0.524 and figures["kmeans_5"][1] == 0.716
    assert figures["kmeans_4"][4] == "smallest segment 0.38 % is under the floor of 0.5 %"
    assert figures["kohonen_1x3"][4] == "silhouette 0.5669 is more than 0.02 under the best, 0.7572"


def test_sql_gives_every_training_point_the_cluster_it_was_learned_in(eight):
    """Each shipped candidate is learned again; no loan may be assigned otherwise."""
    points = eight.frame("from intermediate.int_segmentation__training_point order by point_number")
    scalings = eight.frame("from intermediate.int_segmentation__scaling").set_index("scaling_code")
    assigned = eight.frame("from intermediate.int_segmentation__loan_cluster")
    columns = {
        kind: points[[f"{kind}_{name}" for name in FEATURES]].to_numpy()
        for kind in ("scaled", "squares")
    }
    for row in shipped_rows():
        scaling = scalings.loc[row["scaling_code"]]
        learned = learn(
            as_candidate(row),
            columns["scaled"],
            points["loan_count"].to_numpy(float),
            columns["squares"],
            scaling[[f"offset_{name}" for name in FEATURES]].to_numpy(float),
            scaling[[f"spread_{name}" for name in FEATURES]].to_numpy(float),
        )
        mine = assigned[assigned["candidate_code"] == row["candidate_code"]]
        mine = mine.set_index("loan_id")["cluster_number"]
        assert (mine.loc[points["first_loan_id"]].to_numpy() == learned.labels + 1).all(), row


def test_importance_is_that_of_the_studys_tool(eight):
    """F and -log10 p of the recipe; the two that underflow tie at 1, η² tells them apart."""
    found = eight.rows(
        "select feature_code, round(f_value, 1), round(negative_log10_p, 2), round(importance, 3)"
        " from marts.segmentation_candidate_feature where candidate_code = 'kmeans_3' order by all"
    )
    assert found == [
        ("annual_rate_pct", 76.4, 32.83, 0.107),
        ("contract_amount", 31762.2, 307.65, 1.0),
        ("term_days", 6604.7, 307.65, 1.0),
    ]


def test_the_map_and_the_profiles_hold_every_loan(eight):
    assert eight.rows(
        "select candidate_code, count(*), sum(loan_count), max(u_distance)"
        " from marts.kohonen_unit group by all order by all"
    ) == [("kohonen_10x7_3", 70, 7341, 1.0), ("kohonen_1x3", 3, 7341, 1.0)]
    assert eight.rows(
        "select candidate_code, count(*), sum(loan_count)"
        " from marts.two_step_profile group by all order by all"
    ) == [("two_step_3", 3, 7341), ("two_step_auto", 2, 7341)]


# ----------  hazards, on the algorithms


CELLS = np.array([[0.1, 0.2, 0.9], [0.15, 0.2, 0.8], [0.9, 0.7, 0.1], [0.5, 0.5, 0.5]])
HAZARDS = {
    "constant feature": (CELLS * [1, 1, 0], np.ones(4)),
    "all constant": (np.zeros((1, 3)), np.array([7.0])),
    "one loan": (np.array([[0.0, 0.0, 0.0]]), np.ones(1)),
    "two points": (CELLS[:2], np.array([3.0, 1.0])),
    "a million identical": (CELLS, np.array([1e6, 1.0, 1.0, 1.0])),
    "an extreme outlier": (np.vstack([CELLS * 1e-9, [[1, 1, 1]]]), np.ones(5)),
}


@pytest.mark.parametrize("hazard", HAZARDS)
@pytest.mark.parametrize("code", [*SHIPPED_CANDIDATES, "two_step_noise"])
def test_every_candidate_survives(hazard, code):
    candidate = SHIPPED_CANDIDATES.get(code, NOISE)
    points, weights = HAZARDS[hazard]
    learned = learn(candidate, points, weights, np.zeros_like(points), np.zeros(3), np.ones(3))
    assert np.isfinite(learned.coordinates).all()
    assert len(learned.labels) == len(points)
    assert set(learned.labels) <= {-1, *learned.clusters}
    assert len(learned.details) == len(learned.clusters) == len(learned.coordinates)


def test_the_scaling_moves_the_points_before_they_are_learned():
    offsets, spreads = np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.25, 1.0])
    ones = np.ones(len(CELLS))
    nought = np.zeros_like(CELLS)
    candidate = Candidate("kmeans", 2)
    there = learn(candidate, CELLS, ones, nought, offsets, spreads)
    here = learn(candidate, (CELLS - offsets) / spreads, ones, nought, np.zeros(3), np.ones(3))
    assert (there.coordinates == here.coordinates).all()
    assert (there.offsets == offsets).all() and (there.spreads == spreads).all()


def test_two_step_candidates_share_a_tree():
    random = np.random.default_rng(5)
    points = random.random((300, 3))
    weights, squares = np.ones(300), np.zeros((300, 3))
    grown = two_step.grow(points, weights, squares)
    alone, shared = (
        two_step.fit(points, weights, 3, squares, grown=tree) for tree in (None, grown)
    )
    assert (alone.labels == shared.labels).all()
    assert (alone.profiles.squares == shared.profiles.squares).all()


# ----------  bad rows


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1,true,kmeans,2", "1,true,kmean,2", "algorithm_code 'kmean' is unknown"),
        ("1,true,kmeans,2", "1,true,kmeans,0", "cluster_count 0 is out of range"),
        ("1,true,kmeans,2", "1,true,kmeans,two", "cluster_count 'two' is no integer"),
        ("1,true,kmeans,2,,,min_max", "1,true,kmeans,2,,,", "scaling_code is empty"),
        (
            "1,true,kmeans,2,,,min_max",
            "1,true,kmeans,2,,,minmax",
            "scaling_code 'minmax' is unknown",
        ),
        ("kmeans_3,2,", "kmeans_2,2,", "candidate_code are those of line 2"),
        ("kmeans_3,2,", "kmeans_3,1,", "policy_order are those of line 2"),
        ("bic,,", "bix,,", "information_criterion 'bix' is unknown"),
        ("1,3,min_max", "0,3,min_max", "grid_rows 0 is out of range"),
    ],
)
def test_a_bad_cell_of_a_candidate_is_one_line(tmp_path, old, new, said):
    folder = write_policy(tmp_path / "policy")
    text = (folder / CANDIDATES).read_text(encoding="utf-8")
    assert old in text
    (folder / CANDIDATES).write_text(text.replace(old, new, 1), encoding="utf-8")
    fault = policy_check.check(folder, specification())
    assert said in fault and "\n" not in fault


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,9,true,kmeans,,,,min_max,,,me,why", "kmeans needs a cluster_count"),
        ("x,9,true,kohonen,,3,,min_max,,,me,why", "kohonen needs grid_rows and grid_columns"),
        ("x,9,true,kmeans,3,1,3,min_max,,,me,why", "only kohonen has grid_rows and grid_columns"),
        ("x,9,true,two_step,,,,min_max,bic,,me,why", "two_step standardises by itself"),
        ("x,9,true,two_step,,,,z_score,,,me,why", "two_step needs bic or aic"),
        ("x,9,true,kmeans,3,,,min_max,bic,,me,why", "only two_step has information_criterion"),
        ("x,9,true,kmeans,3,,,min_max,,25,me,why", "only two_step has information_criterion"),
    ],
)
def test_cells_that_do_not_go_together_are_said(tmp_path, row, said):
    """The macro's SQL on the file alone: dbt takes seconds to say the same."""
    assert said in faults_of(tmp_path, row)


def test_the_shipped_candidates_have_no_fault(tmp_path):
    assert faults_of(tmp_path, "") == ""


def faults_of(tmp_path: pathlib.Path, row: str) -> str:
    macro = (ROOT / "macros" / "segmentation" / "check_segmentation_policy.sql").read_text()
    rule = macro.split("{% macro candidate_fault() -%}")[1].split("{%- endmacro %}")[0]
    path = write_policy(tmp_path / "policy") / CANDIDATES
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    rows = duckdb.sql(
        f"select {rule} from read_csv('{path}', header = true, all_varchar = true)"
    ).fetchall()
    return "; ".join(fault for (fault,) in rows if fault)


def test_an_override_of_no_candidate_stops_the_build(tmp_path):
    policy = write_policy(
        tmp_path / "policy", overrides="kmeans_9,2015-01-01,9999-12-31,better,officer\n"
    )
    built = build(
        ROOT / "demo_bank" / "extracts", tmp_path / "work", policy=policy, as_command=True
    )
    assert built.returncode == 2
    [line] = [line for line in built.output.splitlines() if "kmeans_9" in line]
    assert "line 2: kmeans_9: segmentation_candidate_policy has no such active candidate" in line
    assert "Traceback" not in built.output


# ----------  hazards, on whole banks


def test_one_loan_and_its_override(tmp_path):
    """All candidates learn one segment of one loan; the officer's is the champion."""
    extracts = write_loans(tmp_path / "extracts", [365], [1000], [6.9])
    policy = write_policy(
        tmp_path / "policy", overrides="two_step_auto,2015-01-01,2015-01-01,a trial,officer\n"
    )
    overrides = (policy / OVERRIDES).read_bytes()
    built = segment(extracts, tmp_path / "work", policy)
    assert (policy / OVERRIDES).read_bytes() == overrides, "dbt wrote into the bank's policy"
    candidates = built.rows(
        "select candidate_code, cluster_count, silhouette, mean_eta_squared, is_champion,"
        " is_override, lost_because from marts.segmentation_candidate order by quality_rank"
    )
    assert len(candidates) == 8
    assert {row[1:4] for row in candidates} == {(1, None, None)}
    assert [row[0] for row in candidates if row[4]] == ["two_step_auto"]
    assert [row[0] for row in candidates if row[5]] == ["two_step_auto"]
    assert candidates[0][6] == "best by rule, but an officer chose two_step_auto: a trial"
    assert built.rows("select loan_id, segment_code from marts.loan_segment") == [
        ("L0000000", "S1")
    ]


def test_no_loans(tmp_path):
    (tmp_path / "extracts").mkdir()
    built = segment(tmp_path / "extracts", tmp_path / "work", write_policy(tmp_path / "policy"))
    assert built.rows("select count(*), max(cluster_count) from marts.segmentation_candidate") == [
        (8, 0)
    ]
    assert built.rows("from marts.loan_segment") == []


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """52,000 loans: 51,000 distinct, 1,000 identical ones, the last 1,000 times too large."""
    random = np.random.default_rng(11)
    count = 51_000
    terms = np.r_[random.integers(30, 1800, count), np.full(1000, 365)]
    amounts = np.r_[random.integers(1, 100_000, count), np.full(1000, 50_000)]
    amounts[count - 1] = 100_000_000
    rates = np.full(len(terms), 6.9)
    rows = [row for row in shipped_rows() if row["candidate_code"] in ("kmeans_3", "kohonen_1x3")]
    rows.append(
        rows[0] | {"candidate_code": "robust_3", "policy_order": 3, "scaling_code": "robust"}
    )
    rows.append(
        {name: "" for name in rows[0]}
        | {"is_active": "true"}
        | {"candidate_code": "noise", "policy_order": 4, "algorithm_code": "two_step"}
        | {"scaling_code": "z_score", "information_criterion": "bic", "noise_percent": 25}
    )
    folder = tmp_path_factory.mktemp("many")
    policy = write_policy(folder / "policy", rows)
    built = []
    for name, order, threads in (
        ("sorted", np.arange(len(terms)), "2"),
        ("shuffled", random.permutation(len(terms)), "1"),
    ):
        extracts = write_loans(folder / name, terms, amounts, rates, order)
        built.append(segment(extracts, folder / f"work_{name}", policy, ("--threads", threads)))
    return built


def test_too_many_loans_are_learned_from_as_cells(many):
    [(loans, points, resolution, lost)] = many[0].rows(
        "from intermediate.int_segmentation__training_loss"
    )
    assert loans == 52_000 and 0 < points <= 50_000
    assert math.log2(resolution).is_integer() and 0 < lost < 0.001
    assert many[0].rows(
        "select distinct sum(loan_count) over (partition by candidate_code)"
        " from marts.segmentation_candidate_segment"
    ) == [(52_000,)]
    assert many[0].rows(
        "select sum(loan_count) from intermediate.int_segmentation__training_point"
    ) == [(52_000,)]


def test_the_extreme_loan_is_found_and_robust_scaling_is_not_set_by_it(many):
    assert many[0].rows(
        "select feature_code, loan_id from intermediate.int_segmentation__extreme_value"
    ) == [("contract_amount", "L0050999")]
    eta = dict(
        many[0].rows(
            "select candidate_code, eta_squared_term_days from marts.segmentation_candidate"
        )
    )
    spread = dict(
        many[0].rows(
            "select scaling_code, spread_contract_amount"
            " from intermediate.int_segmentation__scaling"
        )
    )
    assert spread["robust"] < 0.001 < spread["min_max"]
    assert 0 < eta["robust_3"] < 1


def test_a_constant_rate_counts_for_nothing(many):
    assert many[0].rows(
        "select distinct eta_squared, f_value, importance"
        " from marts.segmentation_candidate_feature where feature_code = 'annual_rate_pct'"
    ) == [(None, None, None)]


def test_outliers_of_a_noise_candidate_are_a_segment(many):
    """Each loan has a segment, so the floor judges the outliers too."""
    clusters = many[0].rows(
        "select cluster_number, count(*) from intermediate.int_segmentation__loan_cluster"
        " where candidate_code = 'noise' group by all order by all"
    )
    assert sum(count for _, count in clusters) == 52_000


@pytest.mark.parametrize(
    "table",
    [
        "intermediate.int_segmentation__training_point",
        "intermediate.segment_prototype",
        "intermediate.int_segmentation__loan_silhouette",
        "marts.segmentation_candidate",
        "marts.segmentation_candidate_segment",
        "marts.segmentation_candidate_feature",
        "marts.loan_segment",
    ],
)
def test_file_order_and_threads_change_no_bit(many, table):
    first, second = (bank.rows(f"from {table} order by all") for bank in many)
    assert first == second
