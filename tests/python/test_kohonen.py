"""Kohonen: MiniSom's own loops on small data, the phases of the recipe, the study's loans."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from minisom import MiniSom
from sklearn.cluster import AgglomerativeClustering

from algorithms import kmeans, kohonen


def started_map(points, rows, columns, weights=None) -> MiniSom:
    som = MiniSom(rows, columns, points.shape[1], neighborhood_function="bubble")
    weights = np.ones(len(points)) if weights is None else weights
    codebook = kohonen.initial_codebook(points, weights, rows, columns)
    som.get_weights()[...] = codebook.reshape(rows, columns, -1)
    return som


def at_cycle(som: MiniSom, neighbourhood: int, eta: float) -> MiniSom:
    """The map with MiniSom's parameters set, so that its step 0 uses exactly these."""
    som._sigma, som._learning_rate = neighbourhood, eta
    return som


@pytest.mark.parametrize("shape", [(1, 3), (2, 2), (4, 3)])
@pytest.mark.parametrize("decay", ["linear", "exponential"])
def test_training_is_the_batch_loop_of_minisom(shape, decay):
    """All cycles of both phases, three neighbourhoods; a weight is that many equal records."""
    random = np.random.default_rng(7)
    points = random.random((40, 3)) ** 2
    weights = random.integers(1, 4, 40).astype(float)
    cycles = kohonen.schedule(kohonen.recipe((3, 1), (0.5, 0.2), (10, 25)), decay)
    theirs = started_map(points, *shape, weights)
    for neighbourhood, eta in cycles:
        at_cycle(theirs, neighbourhood, eta).train_batch_offline(
            np.repeat(points, weights.astype(int), axis=0), 1
        )
    ours = started_map(points, *shape, weights)
    kohonen.train(ours, points, weights, cycles)
    assert ours.get_weights() == pytest.approx(theirs.get_weights(), abs=1e-12)


def test_with_one_record_a_cycle_training_is_the_record_rule_of_minisom():
    points = np.random.default_rng(3).random((60, 3))
    ours, theirs = started_map(points, 4, 3), started_map(points, 4, 3)
    for record, (neighbourhood, eta) in zip(
        points, kohonen.schedule(kohonen.recipe(cycles=(20, 40))), strict=True
    ):
        at_cycle(theirs, neighbourhood, eta).update(record, theirs.winner(record), 0, 1)
        kohonen.train(ours, record[None], np.ones(1), [(neighbourhood, eta)])
    assert ours.get_weights() == pytest.approx(theirs.get_weights(), abs=1e-12)


def test_the_batch_fits_about_as_well_as_training_record_by_record(study_loans):
    """Every twentieth loan of the study; the records in file order, as the node takes them."""
    sample = study_loans[::20]
    online = started_map(sample, 6, 6)
    for neighbourhood, eta in kohonen.schedule(kohonen.recipe()):
        at_cycle(online, neighbourhood, eta)
        for record in sample:
            online.update(record, online.winner(record), 0, 1)
    batch = kohonen.fit(sample, np.ones(len(sample)), 6, 6)
    assert batch.quantisation_error <= 1.05 * online.quantization_error(sample)


def test_the_map_of_the_study_grouped_to_three_is_the_study(study_loans):
    solution = kohonen.fit(study_loans, np.ones(len(study_loans)), 10, 7, 3)
    silhouette = kmeans.weighted_silhouette(
        study_loans, np.ones(len(study_loans)), solution.labels, solution.centres
    )
    assert sorted(np.bincount(solution.labels).tolist()) == [71, 665, 6605]
    assert round(silhouette, 6) == 0.751151
    assert solution.quantisation_error < 0.0293
    assert solution.hits.sum() == 7341


def test_three_units_split_the_mass_of_the_study(study_loans):
    """The small candidate finds another split: three units follow the density of the loans."""
    solution = kohonen.fit(study_loans, np.ones(len(study_loans)), 1, 3)
    assert sorted(np.bincount(solution.labels).tolist()) == [736, 2635, 3970]
    assert kohonen.fit(study_loans, np.ones(len(study_loans)), 3, 1).hits.tolist() == (
        solution.hits.tolist()
    )


def test_the_default_schedule_is_the_recipe():
    cycles = kohonen.schedule(kohonen.recipe())
    assert [size for size, _ in cycles] == [2] * 20 + [1] * 150
    etas = [eta for _, eta in cycles]
    assert etas[0] == 0.3
    assert etas[1] == pytest.approx(0.29)
    assert etas[20] == 0.1
    assert etas[-1] == pytest.approx(0.1 / 150)


def test_neighbourhoods_fall_in_equal_runs_and_never_grow():
    wide = kohonen.schedule(kohonen.recipe((5, 2), cycles=(9, 4)))
    assert [size for size, _ in wide] == [5, 5, 5, 4, 4, 4, 3, 3, 3, 2, 2, 1, 1]
    narrow = kohonen.schedule(kohonen.recipe((1, 1), cycles=(2, 2)))
    assert [size for size, _ in narrow] == [1, 1, 1, 1]


def test_exponential_decay_multiplies_and_stops_at_the_floor():
    etas = [eta for _, eta in kohonen.schedule(kohonen.recipe(), "exponential")]
    assert etas[10] == pytest.approx(0.3 * (1 / 3) ** 0.5)
    assert etas[20] == 0.1
    assert etas[-1] == pytest.approx(0.1 * 0.1 ** (149 / 150))
    with pytest.raises(KeyError):
        kohonen.schedule(kohonen.recipe(), "asymptotic")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_neighbourhood_is_a_hard_square(size):
    reach = kohonen.neighbourhood_matrix(MiniSom(4, 3, 1, neighborhood_function="bubble"), size)
    row, column = np.divmod(np.arange(12), 3)
    chebyshev = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    assert np.array_equal(reach, chebyshev < size)


def test_a_unit_that_reaches_no_loan_stays():
    som = MiniSom(1, 3, 1, neighborhood_function="bubble")
    som.get_weights()[...] = np.array([[[0.0], [0.5], [9.0]]])
    kohonen.train(som, np.array([[0.0], [0.6]]), np.array([1.0, 3.0]), [(1, 0.5)])
    assert som.get_weights().ravel() == pytest.approx([0.0, 0.55, 9.0])


def test_the_start_is_a_grid_over_the_widest_plane():
    random = np.random.default_rng(1)
    points = random.normal(size=(500, 3)) * [1.0, 9.0, 0.01]
    codebook = kohonen.initial_codebook(points, np.ones(500), 4, 3).reshape(4, 3, 3)
    assert (np.diff(codebook[:, :, 1], axis=0) > 0).all()  # the longer side: the widest feature
    assert (np.diff(codebook[:, :, 0], axis=1) > 0).all()
    assert codebook[[0, -1], :, 1].mean(axis=1) == pytest.approx(
        points[:, 1].mean() + 2 * points[:, 1].std() * np.array([-1, 1]), rel=0.01
    )


def test_the_u_matrix_is_the_mean_distance_to_the_neighbours():
    solution = kohonen.fit(np.random.default_rng(5).random((90, 3)), np.ones(90), 4, 3)
    distances = np.sqrt(kmeans.squared_distances(solution.codebook, solution.codebook))
    row, column = solution.rows, solution.columns
    touching = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column)) == 1
    means = (distances * touching).sum(axis=1) / touching.sum(axis=1)
    assert solution.u_matrix == pytest.approx(means / means.max())
    som = MiniSom(4, 3, 3)
    som._weights = solution.codebook.reshape(4, 3, 3)
    assert solution.u_matrix == pytest.approx(som.distance_map(scaling="mean").ravel(), abs=1e-15)


def test_maps_without_distances_have_a_u_matrix_of_zeros():
    one_unit = kohonen.fit(np.array([[0.0], [1.0]]), np.ones(2), 1, 1)
    assert one_unit.u_matrix.tolist() == [0.0]
    assert one_unit.labels.tolist() == [0, 0]
    one_place = kohonen.fit(np.array([[0.5, 0.5]]), np.ones(1), 2, 2)
    assert one_place.u_matrix.tolist() == [0.0] * 4
    assert one_place.unit_clusters.tolist() == [0, -1, -1, -1]


def test_separated_groups_are_found():
    random = np.random.default_rng(11)
    truth = np.repeat([0, 1, 2], [200, 50, 20])
    points = np.array([[0, 0, 0], [1, 0, 0.2], [0.5, 1, 1]])[truth]
    points = points + random.normal(scale=0.02, size=points.shape)
    for solution in (
        kohonen.fit(points, np.ones(270), 1, 3),
        kohonen.fit(points, np.ones(270), 6, 6, 3),
    ):
        assert len(set(zip(truth.tolist(), solution.labels.tolist(), strict=True))) == 3


@pytest.mark.parametrize("seed", range(20))
def test_units_are_grouped_as_by_scikit_learns_ward(seed):
    random = np.random.default_rng(seed)
    codebook, hits = random.random((30, 3)), random.integers(0, 4, 30).astype(float)
    groups = kohonen.group_units(codebook, hits, 4)
    theirs = AgglomerativeClustering(4, linkage="ward").fit_predict(codebook[hits > 0])
    pairs = set(zip(groups[hits > 0].tolist(), theirs.tolist(), strict=True))
    assert len(pairs) == len({ours for ours, _ in pairs}) == len({other for _, other in pairs}) == 4
    assert (groups[hits == 0] == -1).all()


coordinates = st.integers(0, 40).map(lambda value: value / 40)
clouds = st.tuples(st.integers(1, 40), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=coordinates)
)
sides = st.integers(1, 4)


@settings(max_examples=100, deadline=None)
@given(clouds, sides, sides, st.none() | st.integers(1, 5), st.integers(1, 9))
def test_every_point_has_its_nearest_unit_and_a_cluster(cloud, rows, columns, count, heaviest):
    points = np.unique(cloud, axis=0)
    weights = np.arange(len(points)) % heaviest + 1.0
    solution = kohonen.fit(points, weights, rows, columns, count)
    distances = kmeans.squared_distances(points, solution.codebook)
    assert np.array_equal(solution.winners, distances.argmin(axis=1))
    assert solution.hits == pytest.approx(np.bincount(solution.winners, weights, rows * columns))
    used = np.flatnonzero(solution.hits)
    assert np.array_equal(solution.unit_clusters >= 0, solution.hits > 0)
    assert len(solution.centres) == (len(used) if count is None else min(count, len(used)))
    _, first = np.unique(solution.unit_clusters[used], return_index=True)
    assert (np.diff(first) > 0).all()
    assert np.array_equal(np.unique(solution.labels), np.arange(len(solution.centres)))
    for cluster, centre in enumerate(solution.centres):
        members = solution.labels == cluster
        mean = np.average(points[members], axis=0, weights=weights[members])
        assert centre == pytest.approx(mean, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (30, 3), elements=st.floats(0, 1, width=32)))
def test_more_loans_everywhere_change_nothing(cloud):
    """A bank twice as large, with the same loans, has the same map: bit for bit."""
    points = np.unique(cloud, axis=0)
    weights = np.arange(len(points)) % 3 + 1.0
    once, twice = (kohonen.fit(points, scale * weights, 3, 3, 3) for scale in (1, 2))
    assert np.array_equal(once.codebook, twice.codebook)
    assert np.array_equal(once.labels, twice.labels)
    assert np.array_equal(2 * once.hits, twice.hits)
