"""Trainings through time: what stands, what is learned anew, and which segment is which."""

import os
import shutil
from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from algorithms import identity
from test_segmentation import shipped_rows, write_loans, write_policy
from warehouse import build

MARTS = (
    "loan_segment", "segment_profile", "segment_rule", "segmentation_candidate", "segmentation_run",
)  # fmt: skip
FIRST = ("--select", "+path:models/marts/segmentation", "path:models/intermediate/segmentation")
# What lies before the segments does not change with loans of the same customer.
LATER = (
    "--select", "segmentation_candidate_policy", "segmentation_override_policy",
    "+stg_loan_servicing__loan_contract", "int_reporting__as_of", "int_contract__contract",
    "int_contract__rate_interval", "int_loan__price_at_start",
    "path:models/intermediate/segmentation", "path:models/intermediate/registry",
    "path:python_models/segmentation", "path:models/marts/segmentation",
)  # fmt: skip


class Home:
    """A bank's working file, built again and again."""

    def __init__(self, folder):
        self.folder = folder
        self.loans = sample(400, np.random.default_rng(3))
        line = "loan,two_step_auto,2015-12-31,2015-12-31,a trial,officer\n"
        self.policies = {"eight": write_policy(folder / "eight", overrides=line)}
        for name, counts in {"two": (2,), "three": (3,), "four": (4,)}.items():
            template = next(row for row in shipped_rows() if row["candidate_code"] == "kmeans_3")
            rows = [
                template
                | {"candidate_code": f"k{k}", "cluster_count": str(k), "policy_order": str(k)}
                for k in counts
            ]
            self.policies[name] = write_policy(folder / name, rows)

    def forget(self):
        """Take the registry away: the next build trains for the first time."""
        with duckdb.connect(str(self.folder / "work" / "bankmart.duckdb")) as connection:
            connection.execute("drop schema registry cascade; drop table marts.segmentation_run")

    def build(self, policy="three", loans=None, order=None, select=LATER, **vars):
        terms, amounts, rates = self.loans if loans is None else loans
        extracts = self.folder / "extracts"
        shutil.rmtree(extracts, ignore_errors=True)
        # Whoever is not of the first 400 is drawn in 2016.
        days = np.arange(len(terms))
        days = np.where(days < 400, days % 300, 365 + days % 60)
        extracts.mkdir()
        if len(terms):
            write_loans(extracts, terms, amounts, rates, order, days)
        settings = {"segmentation_start_date": "2015-01-01", "as_of_date": "2015-12-31", **vars}
        built = build(
            extracts, self.folder / "work", settings, self.policies[policy], arguments=select
        )
        assert built.returncode == 0, built.output[-3000:]
        return built


def sample(count, random):
    """Loans of three plain kinds, 60, 30 and 10 of a hundred: short, large, long."""
    kind = random.permutation(np.arange(count) % 10)
    kind = np.where(kind < 6, 0, np.where(kind < 9, 1, 2))
    terms = np.array([200, 400, 1500])[kind] + random.integers(-40, 40, count)
    amounts = np.array([100_000, 900_000, 500_000])[kind] + random.integers(-50_000, 50_000, count)
    return terms, amounts, np.full(count, 6.0) + random.integers(0, 100, count) / 100


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = Home(tmp_path_factory.mktemp("training"))
    made.first = marts(made.build(select=FIRST))
    return made


def marts(built):
    return {name: built.rows(f"from marts.{name} order by all") for name in MARTS}


def test_trainings_through_time(home):
    """One working file, in the order a bank would live it."""
    before = home.first

    # Learned again from the same loans in another order: the same run, so nothing is added.
    order = np.random.default_rng(4).permutation(400)
    again = home.build(order=order, segmentation_train=True)
    assert again.rows("select count(*) from intermediate.segment_prototype") == [(3,)]
    assert marts(again) == before

    # Loans of a later year, unlike any before, are scored and move nobody; the drift is said.
    terms, amounts, rates = home.loans
    later = (
        np.r_[terms, np.full(300, 1450)],
        np.r_[amounts, np.full(300, 5_000_000)],
        np.r_[rates, np.full(300, 9.0)],
    )
    grown = home.build(loans=later, as_of_date="2016-03-31")
    assert grown.rows("select is_training from intermediate.int_segmentation__training") == [
        (False,)
    ]
    assert grown.rows("select count(*) from intermediate.segment_prototype") == [(0,)]
    found = dict(grown.rows("select loan_id, segment_code from marts.loan_segment"))
    assert grown.rows("select sum(loan_count) from marts.segment_rule") == [(len(found),)]
    assert len(found) == 700 and None not in found.values()
    known = {loan: segment for loan, segment, *_ in before["loan_segment"]}
    assert {loan: found[loan] for loan in known} == known
    assert marts(grown)["segmentation_run"] == before["segmentation_run"]
    assert grown.rows(
        "select distinct variable_code, month_end_date::varchar from marts.segment_drift"
        " where is_training_recommended and variable_code in ('contract_amount', 'segment')"
        " order by all"
    ) == [
        (variable, month)
        for variable in ("contract_amount", "segment")
        for month in ("2016-01-31", "2016-02-29")
    ]

    # A training that was cut short has prototypes but no run: the former one stands, and the next
    # build makes it again.
    runs = "select max(training_number) from marts.segmentation_run"
    prototypes = "select max(training_number) from registry.registry_prototype"
    cut = home.build(
        "four", loans=later, as_of_date="2016-03-31",
        select=(*LATER, "--exclude", "segmentation_run", "segment_registry", "segment_drift"),
    )  # fmt: skip
    assert cut.rows(prototypes) == [(2,)] and cut.rows(runs) == [(1,)]

    # On all 700, by another policy: what is left of a segment keeps its code, the new
    # loans are a segment of their own, whoever vanished is closed.
    trained = home.build("four", loans=later, as_of_date="2016-03-31")
    assert trained.rows(prototypes) == trained.rows(runs) == [(2,)]
    assert trained.rows(
        "select count(*) from (from registry.registry_prototype group by all having count(*) > 1)"
    ) == [(0,)]
    assert trained.rows(
        "select distinct training_number, reason_code from marts.segmentation_run order by 1"
    ) == [(1, "first"), (2, "policy")]
    new = dict(trained.rows("select loan_id, segment_code from marts.loan_segment"))
    assert {new[f"L{n:07d}"] for n in range(400, 700)} == {"S4"}
    kept = set(new.values()) & set(known.values())
    assert kept
    for code in kept:
        assert np.mean([new[loan] == code for loan in known if known[loan] == code]) > 0.5
    registry = trained.rows(
        "select segment_code, is_open, first_training_number from marts.segment_registry"
    )
    assert sorted(registry) == sorted(
        [(code, code in kept, 1) for code in set(known.values())]
        + [(code, True, 2) for code in set(new.values()) - set(known.values())]
    )


def random_loans(random):
    """Up to 60 loans, equal ones and ones without a rate among them; more to come; a policy.

    Of some banks every loan has the same rate, or few terms and amounts, so that a loan without a
    rate lies where others are.
    """
    count, more = int(random.integers(2, 61)), int(random.integers(1, 21))
    terms = random.choice(random.integers(1, 2000, random.choice([2, 20])), count + more)
    amounts = 10_000 * random.choice(random.integers(1, 50, random.choice([2, 40])), count + more)
    some = [None, 6] if random.random() < 0.5 else [None, 4, 5, 6, 9]
    rates = random.choice(np.array(some), count + more)
    return str(random.choice(["two", "three", "four"])), count, (terms, amounts, rates)


@pytest.mark.slow
@settings(
    max_examples=int(os.environ.get("BANKMART_BANKS", "3")), deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(seed=st.integers(0, 2**32 - 1))
def test_random_banks_keep_their_segments(home, seed):
    """More of them by hand: BANKMART_BANKS=50 pytest -m slow -k random_banks."""
    policy, count, loans = random_loans(np.random.default_rng(seed))
    home.forget()
    first = home.build(policy, loans=[column[:count] for column in loans])
    segments = dict(first.rows("select loan_id, segment_code from marts.loan_segment"))
    assert len(segments) == count
    rates = loans[2]
    for number in range(count):
        assert (segments[f"L{number:07d}"] is None) == (rates[number] is None)
    shares = first.rows("select sum(loan_share), sum(loan_count) from marts.segment_profile")
    complete = sum(rate is not None for rate in rates[:count])
    assert shares == [(pytest.approx(1), complete) if complete else (None, None)]
    assert first.rows(
        "select count(*) from marts.loan_segment where silhouette not between -1 and 1"
    ) == [(0,)]

    # Learned again from the same loans in another order, nothing changes.
    before = marts(first)
    order = np.random.default_rng(count).permutation(count)
    again = home.build(
        policy, loans=[column[:count] for column in loans], order=order, segmentation_train=True
    )
    assert marts(again) == before

    # More loans are scored by what was learned and move nobody, unless nothing was.
    grown = home.build(policy, loans=loans)
    after = dict(grown.rows("select loan_id, segment_code from marts.loan_segment"))
    assert len(after) == len(rates)
    if complete:
        assert {loan: after[loan] for loan in segments} == segments


# ----------  hazards, on whole banks


def test_one_loan_and_its_override(home):
    """All candidates learn one segment of one loan; the officer's is the champion."""
    home.forget()
    built = home.build("eight", loans=([365], [1000], [6.9]))
    candidates = built.rows(
        "select candidate_code, cluster_count, silhouette, mean_eta_squared, is_champion,"
        " is_override, lost_because, override_reason, override_valid_from, override_decided_by"
        " from marts.segmentation_candidate order by quality_rank"
    )
    assert len(candidates) == 8
    assert {row[1:4] for row in candidates} == {(1, None, None)}
    assert [row[0] for row in candidates if row[4]] == ["two_step_auto"]
    assert [row[0] for row in candidates if row[5]] == ["two_step_auto"]
    shown = {row[0]: row[7:] for row in candidates}
    assert shown.pop("two_step_auto") == ("a trial", date(2015, 12, 31), "officer")
    assert set(shown.values()) == {(None, None, None)}
    assert candidates[0][6] == "best by rule, but an officer chose two_step_auto: a trial"
    assert built.rows("select loan_id, segment_code from marts.loan_segment") == [
        ("L0000000", "S1")
    ]
    # 20 shuffles and 20 bootstraps; two-step has no other scaling, there is no other month.
    assert built.rows(
        "select run_count, mean_jaccard, modal_solution_share, is_nameable,"
        " scaling_jaccard, month_jaccard from marts.segment_stability"
    ) == [(40, 1.0, 1.0, True, None, None)]
    assert built.rows(
        "select segment_code, condition_zh, condition_en, condition_sql, loan_count, coverage,"
        " precision, recall from marts.segment_rule"
    ) == [("S1", "全部", "all", "true", 1, 1, 1, 1)]
    assert built.rows(
        "select bin_number, silhouette_from, loan_count from marts.segment_silhouette_bin"
        " where loan_count > 0"
    ) == [(0, None, 1)]


def test_no_loans(home):
    home.forget()
    built = home.build("eight", loans=([], [], []))
    assert built.rows("select count(*), max(cluster_count) from marts.segmentation_candidate") == [
        (8, 0)
    ]
    for mart in ("loan_segment", "segment_rule", "segment_profile_feature", "segment_stability"):
        assert built.rows(f"from marts.{mart}") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "amounts, rates, far",
    [
        ([10_000, 100_000], [6.0, 6.00001], ([365], [50_000], [9.0])),
        ([10_000, 100_000], [6.0, 7.0], ([365], [9_000_000_000_000_000], [6.5])),
    ],
)
def test_a_loan_far_out_of_the_trained_range_is_scored(home, amounts, rates, far):
    """It lies hundreds of thousands of ranges away, unclipped, and ends in a segment."""
    home.forget()
    random = np.random.default_rng(7)
    count = 400
    loans = (
        random.integers(30, 800, count),
        random.integers(*amounts, count),
        np.array(rates)[np.arange(count) % 2],
    )
    home.build(loans=loans)
    grown = tuple(np.append(*both) for both in zip(loans, far, strict=True))
    later = home.build(loans=grown, as_of_date="2016-12-31")
    assert later.rows("select count(*), count(segment_code) from marts.loan_segment") == [
        (count + 1, count + 1)
    ]
    [(far_out,)] = later.rows(
        "select max(greatest(scaled_2, scaled_3)) from intermediate.int_segmentation__scaled_member"
    )
    assert far_out > 1e5
    assert (
        later.rows(
            "select candidate_code from marts.segmentation_candidate"
            " where not mean_eta_squared between 0 and 1"
        )
        == []
    )


# ----------  identity


def partition(shared):
    """What match and coded make of a table of common members."""
    shared = np.asarray(shared, float)
    codes = [f"S{n + 1}" for n in range(len(shared))]
    nowhere = np.zeros((len(shared), 1)), np.zeros((shared.shape[1], 1))
    return identity.coded(identity.match(shared, *nowhere), codes, set(codes))


@pytest.mark.parametrize(
    ("shared", "codes"),
    [
        ([[0, 90], [10, 0]], ["S2", "S1"]),  # the labels permuted
        ([[51, 0, 49], [0, 100, 0]], ["S1", "S2", "S3"]),  # S1 split: the larger half is S1
        ([[50, 50]], ["S2", "S3"]),  # half of the members is not more than half
        ([[90], [10]], ["S1"]),  # merged: S2 vanishes
        ([[0, 60], [60, 0], [0, 0]], ["S2", "S1"]),  # S3 has no members left
    ],
)
def test_segments_take_the_codes_of_who_they_share_most_with(shared, codes):
    assert [code for code, *_ in partition(shared)] == codes


def test_without_common_members_centres_decide():
    former, new = (
        np.array([[0.0, 0.0], [10.0, 1.0]]),
        np.array([[9.0, 1.0], [1.0, 0.0], [5.0, 9.0]]),
    )
    matches = identity.match(np.zeros((2, 3)), former, new)
    assert [(m.former, m.how) for m in matches] == [(1, "centres"), (0, "centres"), (None, "new")]


def test_a_first_training_counts_by_size_and_codes_are_never_given_twice():
    assert (
        identity.match(np.zeros((0, 2)), np.zeros((0, 3)), np.zeros((2, 3)))
        == [identity.Match(None, "first", None)] * 2
    )
    fresh = [identity.Match(None, "new", 0.1)]
    assert identity.coded(fresh, [], {"S2", "S11"}) == [("S12", "new", 0.1)]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=40),
    st.permutations(range(4)),
)
def test_permuted_labels_change_no_code(labels, permuted):
    """The same partition under other names: every segment keeps its code."""
    old = np.array(labels)
    new = np.array(permuted)[old]
    present = sorted(set(new.tolist()))
    shared = [[np.sum((old == o) & (new == n)) for n in present] for o in range(4)]
    found = dict(zip(present, (code for code, *_ in partition(shared)), strict=True))
    assert all(found[n] == f"S{o + 1}" for o, n in zip(old, new, strict=True))
