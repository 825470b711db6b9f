"""k-means: the study's solution, the contract's rules, scikit-learn where both may play."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import KMeans

from algorithms import kmeans


def test_the_study_is_found_again(study_loans):
    solution = kmeans.fit(study_loans, np.ones(len(study_loans)), 3)
    assert sorted(np.bincount(solution.labels).tolist()) == [71, 665, 6605]
    assert round(solution.silhouette, 6) == 0.751151


def test_golden_values_of_other_cluster_counts(study_loans, shared):
    golden = json.loads((shared / "paper/replica/golden_kmeans.json").read_text())
    for candidate in golden["candidates"][:4]:
        count = len(candidate["sizes"])
        solution = kmeans.fit(study_loans, np.ones(len(study_loans)), count)
        assert solution.silhouette >= candidate["silhouette"] - 5e-5


def test_the_least_inertia_is_not_the_best_silhouette(study_loans):
    """The choice matters: on the study's loans the lowest inertia is another split, 0.568."""
    weights = np.ones(len(study_loans))
    starts = [
        kmeans.lloyd(
            study_loans,
            weights,
            kmeans.farthest_first(study_loans, j * len(study_loans) // kmeans.STARTS, 3),
        )
        for j in range(kmeans.STARTS)
    ]
    least = min(starts, key=lambda solution: solution.inertia)
    assert round(least.silhouette, 3) == 0.568
    assert sorted(np.bincount(least.labels).tolist()) == [736, 2556, 4049]


coordinates = st.integers(0, 40).map(lambda value: value / 40)
clouds = st.integers(1, 40).flatmap(
    lambda count: arrays(np.float64, (count, 3), elements=coordinates)
)


@settings(max_examples=150, deadline=None)
@given(clouds, st.integers(1, 5), st.integers(1, 9))
def test_every_solution_is_a_fixed_point(cloud, cluster_count, heaviest):
    """Each point is at its nearest centre, and each centre with points is their weighted mean."""
    points = np.unique(cloud, axis=0)
    weights = np.arange(len(points)) % heaviest + 1.0
    solution = kmeans.fit(points, weights, cluster_count)
    distances = kmeans.squared_distances(points, solution.centres)
    assert np.array_equal(solution.labels, distances.argmin(axis=1))
    for cluster in np.unique(solution.labels):
        members = solution.labels == cluster
        mean = np.average(points[members], axis=0, weights=weights[members])
        assert solution.centres[cluster] == pytest.approx(mean, abs=1e-12)
    assert solution.silhouette is None or -1 <= solution.silhouette <= 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
def test_scikit_learn_agrees_from_the_same_start(seed, cluster_count):
    """On points without ties or far groups, where an emptied cluster is all that can part them."""
    points = np.random.default_rng(seed).random((60, 3))
    weights = np.arange(len(points)) % 3 + 1.0
    centres = kmeans.farthest_first(points, 0, cluster_count)
    ours = kmeans.lloyd(points, weights, centres)
    theirs = KMeans(cluster_count, init=centres, n_init=1, max_iter=300, tol=0).fit(
        points, sample_weight=weights
    )
    if len(np.unique(ours.labels)) == cluster_count:
        assert ours.inertia == pytest.approx(theirs.inertia_, abs=1e-9)


def test_an_emptied_cluster_keeps_its_centre_and_ties_go_to_the_lower():
    points = np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0], [1.0, 0.0, 0.0]])
    centres = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [5.0, 5.0, 5.0]])
    solution = kmeans.lloyd(points, np.ones(3), centres)
    assert solution.labels.tolist() == [0, 0, 1]
    assert solution.centres[2].tolist() == [5.0, 5.0, 5.0]


def test_fewer_points_than_clusters():
    solution = kmeans.fit(np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]), np.array([3.0, 1.0]), 3)
    assert solution.labels.tolist() == [0, 1]
    assert solution.silhouette == 1.0


def test_starts_are_spread_over_the_order_and_go_to_the_farthest():
    points = np.array([[0.0], [0.1], [1.0], [0.4]])
    assert kmeans.farthest_first(points, 0, 3).ravel().tolist() == [0.0, 1.0, 0.4]
    assert kmeans.farthest_first(points, 2, 2).ravel().tolist() == [1.0, 0.0]
