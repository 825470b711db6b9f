"""The segmentation of a real bank, measured a second time with numpy and scikit-learn.

Everything here starts from the source's own loans and the contract's definitions; the project's
algorithms and models are not consulted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from real_data import differences
from warehouse import Build

LOWEST_SHARE = 0.005
BAND = 0.02
SOUND_SILHOUETTE = 0.5

MARTS = ("loan_segment", "segmentation_candidate", "segmentation_candidate_segment")
"""What the checks read of the segmentation."""

FEATURE_COLUMNS = {"term": "term_days", "amount": "contract_amount", "rate": "annual_rate_pct"}

# Cluster of every member with every candidate that learned in the space all are measured in.
ASSIGNMENTS = """(
    select cells.candidate_code, members.member_id, cells.cluster_number
    from intermediate.int_segmentation__scaled_member as members
    inner join intermediate.int_segmentation__cell_cluster as cells using (cell_key)
    where cells.cluster_number is not null
    union all
    select candidate_code, member_id, cluster_number
    from intermediate.int_segmentation__contested_member
)"""


def close(value: float) -> object:
    """Equal within 1e-9, absolutely."""
    return pytest.approx(value, abs=1e-9, rel=0)


# ----------  the second calculation


@dataclass
class Solution:
    """One partition of the loans and what is measured on it."""

    labels: np.ndarray
    centres: np.ndarray
    own_distance: np.ndarray
    other_distance: np.ndarray
    silhouettes: np.ndarray
    eta_squared: np.ndarray
    inertia: float = 0.0

    @property
    def silhouette(self) -> float:
        return float(self.silhouettes.mean())

    @property
    def mean_eta_squared(self) -> float:
        return float(self.eta_squared.mean())

    @property
    def counts(self) -> np.ndarray:
        return np.bincount(self.labels)

    @property
    def shares(self) -> np.ndarray:
        return self.counts / len(self.labels)

    def codes(self) -> list[str]:
        """S1 is the largest segment, and so on; of equal ones that of the smallest loan_id."""
        first_member = [
            np.flatnonzero(self.labels == label)[0] for label in range(len(self.counts))
        ]
        order = sorted(
            range(len(self.counts)), key=lambda label: (-self.counts[label], first_member[label])
        )
        return [f"S{order.index(label) + 1}" for label in self.labels]


@dataclass
class Space:
    """Loans with every feature, scaled to [0, 1], and their distinct training points."""

    loan_ids: list[str]
    loans: np.ndarray
    points: np.ndarray
    weights: np.ndarray
    point_of_loan: np.ndarray

    @classmethod
    def of(cls, loans: pd.DataFrame, features: Sequence[str]) -> Space:
        """The space of a source's loans, points in the order of their smallest loan_id.

        loans: loan_id, start_date, maturity_date, amount and, if it is a feature, rate_pct.
        features: words of the policy, in its order.
        """
        term = [
            np.nan if pd.isna(maturity) else (maturity - start).days
            for start, maturity in zip(loans["start_date"], loans["maturity_date"], strict=True)
        ]
        columns = {
            "term": pd.Series(term),
            "amount": loans["amount"],
            "rate": loans.get("rate_pct"),
        }
        raw = pd.DataFrame({name: columns[name].astype(float) for name in features})
        raw = raw.set_index(loans["loan_id"].to_numpy()).dropna().sort_index()
        scaled = ((raw - raw.min()) / (raw.max() - raw.min())).to_numpy()
        point_of_loan, first = pd.factorize(pd.MultiIndex.from_arrays(scaled.T))
        return cls(
            loan_ids=list(raw.index),
            loans=scaled,
            points=np.array(list(first)),
            weights=np.bincount(point_of_loan).astype(float),
            point_of_loan=point_of_loan,
        )

    def measure(self, labels: np.ndarray, inertia: float = 0.0) -> Solution:
        """Silhouette and η² with the means of all loans in a segment as its centre."""
        own = np.arange(len(self.loans)), labels
        centres = np.array(
            [self.loans[labels == label].mean(axis=0) for label in range(labels.max() + 1)]
        )
        distances = np.sqrt(((self.loans[:, None] - centres) ** 2).sum(axis=2))
        own_distance = distances[own]
        distances[own] = np.inf
        other_distance = distances.min(axis=1)
        larger = np.maximum(own_distance, other_distance)
        total = ((self.loans - self.loans.mean(axis=0)) ** 2).sum(axis=0)
        within = ((self.loans - centres[labels]) ** 2).sum(axis=0)
        return Solution(
            labels=labels,
            centres=centres,
            own_distance=own_distance,
            other_distance=other_distance,
            silhouettes=np.divide(
                other_distance - own_distance,
                larger,
                out=np.zeros_like(larger),
                where=larger > 0,
            ),
            eta_squared=1 - within / total,
            inertia=inertia,
        )

    def starts(self, cluster_count: int) -> list[np.ndarray]:
        """Ten farthest-first starts, spread over the points; a tie takes the earlier point."""
        result = []
        for j in range(10):
            chosen = [j * len(self.points) // 10]
            nearest = np.full(len(self.points), np.inf)
            while len(chosen) < cluster_count:
                squared = ((self.points - self.points[chosen[-1]]) ** 2).sum(axis=1)
                nearest = np.minimum(nearest, squared)
                chosen.append(int(nearest.argmax()))
            result.append(self.points[chosen])
        return result

    def k_means(self, cluster_count: int) -> Solution:
        """Of the ten starts: silhouette to nine decimals, then inertia, then the first."""
        solutions = []
        for start in self.starts(cluster_count):
            model = KMeans(
                cluster_count, init=start, n_init=1, max_iter=300, tol=0, algorithm="lloyd"
            )
            model.fit(self.points, sample_weight=self.weights)
            solutions.append(self.measure(model.labels_[self.point_of_loan], model.inertia_))
        return min(solutions, key=lambda one: (-round(one.silhouette, 9), one.inertia))


# ----------  the warehouse beside it


@dataclass
class Segmentation:
    """A built bank, its policy's rows and its space as measured from the source."""

    title: str
    warehouse: Build
    policy: list[dict[str, str]]
    loan_ids: list[str]
    features: Sequence[str]
    space: Space
    override: str | None = None
    solutions: dict[str, Solution] = field(default_factory=dict)

    @cached_property
    def candidates(self) -> pd.DataFrame:
        return self.warehouse.frame(
            "select * from marts.segmentation_candidate order by quality_rank"
        ).set_index("candidate_code")

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """Cluster of every loan (rows, by loan_id) with every candidate (columns)."""
        rows = self.warehouse.frame(f"from {ASSIGNMENTS}")
        return rows.pivot(index="member_id", columns="candidate_code", values="cluster_number")

    def published(self, candidate_code: str) -> Solution:
        """What the candidate's published assignment amounts to, measured here once."""
        if candidate_code not in self.solutions:
            clusters = self.assignments[candidate_code].loc[self.space.loan_ids]
            labels = np.unique(clusters.to_numpy(), return_inverse=True)[1]
            self.solutions[candidate_code] = self.space.measure(labels)
        return self.solutions[candidate_code]

    def report(self) -> str:
        """The candidates in the order of their rank and the champion's shares."""
        found = self.candidates
        table = pd.DataFrame(
            {
                "segments": found["cluster_count"],
                "silhouette": found["silhouette"].map("{:.3f}".format),
                "smallest share": found["smallest_share"].map("{:.2%}".format),
                "mean η²": found["mean_eta_squared"].map("{:.3f}".format),
                "rank": found["quality_rank"],
                "champion": found["is_champion"].map({True: "yes", False: ""}),
                "fit for use": found["is_fit_for_use"].map({True: "yes", False: "NO"}),
            }
        ).rename_axis(None)
        shares = self.warehouse.rows(
            "select segment_code, loan_share from marts.segmentation_candidate_segment"
            " inner join marts.segmentation_candidate using (candidate_code)"
            " where is_champion order by segment_code"
        )
        champion = found.index[found["is_champion"]].item()
        return (
            f"{self.title}: {len(self.space.loan_ids):,} of {len(self.loan_ids):,} loans"
            f" by {', '.join(self.features)}\n{table.to_string()}\n"
            f"{champion}{' (an officer chose it)' if self.override else ''}:"
            f" {', '.join(f'{code} {share:.2%}' for code, share in shares)}"
        )


class SegmentationChecks:
    """What holds of any bank's candidates.

    A test module inherits it and gives the fixture `segmentation`.
    """

    def test_every_loan_with_all_features_has_one_segment(self, segmentation):
        space = segmentation.space
        shown = segmentation.warehouse.frame(
            "select loan_id, segment_code from marts.loan_segment order by loan_id"
        )
        in_segment = shown.loc[shown["segment_code"].notna(), "loan_id"]

        assert shown["loan_id"].tolist() == sorted(segmentation.loan_ids)
        assert in_segment.tolist() == space.loan_ids
        # The pivot would have refused a loan in two clusters of a candidate.
        assert segmentation.assignments.index.sort_values().tolist() == space.loan_ids
        assert segmentation.assignments.notna().all(axis=None)
        assert set(segmentation.assignments) == {
            row["candidate_code"] for row in segmentation.policy
        }

    def test_quality_is_that_of_the_assignment(self, segmentation, record_property):
        """Silhouette, shares and η² of every candidate, measured on the loans it published."""
        record_property("segmentation", segmentation.report())
        expected, actual = {}, {}
        for code, candidate in segmentation.candidates.iterrows():
            solution = segmentation.published(code)
            shares = solution.shares
            expected[code] = {
                "cluster_count": len(shares),
                "loan_count": len(segmentation.space.loan_ids),
                "covered_share": 1.0,
                "silhouette": close(solution.silhouette),
                "smallest_share": close(shares.min()),
                "largest_share": close(shares.max()),
                "smallest_to_largest_ratio": close(shares.min() / shares.max()),
                "mean_eta_squared": close(solution.mean_eta_squared),
            }
            eta_squared = dict(zip(segmentation.features, solution.eta_squared, strict=True))
            for word, column in FEATURE_COLUMNS.items():
                value = eta_squared.get(word)
                expected[code][f"eta_squared_{column}"] = None if value is None else close(value)
            actual[code] = {
                name: None if pd.isna(candidate[name]) else candidate[name]
                for name in expected[code]
            }

        assert len(actual) == len(segmentation.policy)
        assert differences(actual, expected) == []

    def test_segments_are_those_of_the_assignment(self, segmentation):
        """Number, share and silhouette of every segment of every candidate."""
        expected = {}
        for row in segmentation.policy:
            solution = segmentation.published(row["candidate_code"])
            loans = pd.DataFrame({"code": solution.codes(), "silhouette": solution.silhouettes})
            expected |= {
                (row["candidate_code"], code): (
                    len(part),
                    close(len(part) / len(loans)),
                    close(part["silhouette"].mean()),
                )
                for code, part in loans.groupby("code")
            }
        actual = {
            (candidate_code, segment_code): tuple(figures)
            for candidate_code, segment_code, *figures in segmentation.warehouse.rows(
                "select candidate_code, segment_code, loan_count, loan_share, silhouette"
                " from marts.segmentation_candidate_segment"
            )
        }

        assert differences(actual, expected) == []

    def test_the_champions_segments(self, segmentation):
        """Codes by size; distances and silhouette of every loan, whose mean is the champion's."""
        [(champion, silhouette)] = segmentation.warehouse.rows(
            "select candidate_code, silhouette from marts.segmentation_candidate where is_champion"
        )
        solution = segmentation.published(champion)
        shown = segmentation.warehouse.frame(
            "select * from marts.loan_segment where segment_code is not null order by loan_id"
        )

        assert shown["segment_code"].tolist() == solution.codes()
        assert shown["silhouette"].mean() == close(silhouette)
        for column, expected in [
            ("own_centre_distance", solution.own_distance),
            ("nearest_other_centre_distance", solution.other_distance),
            ("silhouette", solution.silhouettes),
        ]:
            np.testing.assert_allclose(shown[column].astype(float), expected, rtol=0, atol=1e-9)

    def test_k_means_is_the_best_of_ten_starts(self, segmentation):
        """scikit-learn from the contract's starts parts the same loans."""
        compared = {
            row["candidate_code"]: adjusted_rand_score(
                segmentation.space.k_means(int(row["cluster_count"])).labels,
                segmentation.published(row["candidate_code"]).labels,
            )
            for row in segmentation.policy
            if row["algorithm_code"] == "kmeans"
            and row["features"] == " ".join(segmentation.features)
        }

        assert compared == dict.fromkeys(["kmeans_2", "kmeans_3", "kmeans_4", "kmeans_5"], 1.0)

    def test_the_rule_ranks_the_candidates(self, segmentation):
        """Floor, band under the best silhouette, explained variance, segments, policy order."""
        solutions = {
            row["candidate_code"]: segmentation.published(row["candidate_code"])
            for row in sorted(segmentation.policy, key=lambda row: int(row["policy_order"]))
        }
        best = max(one.silhouette for one in solutions.values() if one.shares.min() >= LOWEST_SHARE)

        def key(code: str) -> tuple:
            one = solutions[code]
            if one.shares.min() >= LOWEST_SHARE and one.silhouette >= best - BAND:
                return 0, -round(one.mean_eta_squared, 9), -len(one.counts)
            return 1, -one.silhouette

        found = segmentation.candidates
        assert found["quality_rank"].tolist() == list(range(1, len(solutions) + 1))
        assert found.index.tolist() == sorted(solutions, key=key)
        champion = segmentation.override or found.index[0]
        assert found.index[found["is_champion"]].tolist() == [champion]

    def test_fitness_for_use_is_a_share_and_a_silhouette(self, segmentation):
        expected = {}
        for row in segmentation.policy:
            one = segmentation.published(row["candidate_code"])
            is_fit = one.shares.min() >= LOWEST_SHARE
            expected[row["candidate_code"]] = is_fit, is_fit and one.silhouette >= SOUND_SILHOUETTE
        found = segmentation.candidates[["is_fit", "is_fit_for_use"]]

        assert {code: tuple(row) for code, *row in found.itertuples(name=None)} == expected
