"""Two-step: the printed figures of a real run, the reference implementation, the tree's bounds."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from algorithms import kmeans, two_step

# A run of SPSS, AIC, 1 to 11 clusters (SPSSX-L, "Two step cluster"); it chose 2.
PRINTED_CRITERIA = [
    42679.177, 29736.437, 25584.939, 22736.637, 21145.674, 19567.475,
    18554.435, 17765.615, 17005.491, 16356.395, 15802.853,
]  # fmt: skip
PRINTED_RATIOS = [3.076, 1.444, 1.751, 1.008, 1.515, 1.257, 1.034, 1.151, 1.150]


@pytest.fixture(scope="module")
def reference(shared):
    """The numpy restatement of the arithmetic beside the repository."""
    path = shared / "paper" / "modeler_clustering_reference.py"
    if not path.exists():
        pytest.skip("no reference implementation in ../shared")
    spec = importlib.util.spec_from_file_location("reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_printed_ratios_and_choice_of_a_real_run():
    ratios = two_step.distance_ratios(PRINTED_CRITERIA, 42, 2.0)
    assert ratios.round(3).tolist() == PRINTED_RATIOS
    assert two_step.choose_cluster_count(PRINTED_CRITERIA, ratios) == 2


@pytest.mark.parametrize("parameters", [41, 43])
def test_only_the_right_number_of_parameters_reproduces_them(parameters):
    ratios = two_step.distance_ratios(PRINTED_CRITERIA, parameters, 2.0)
    assert ratios.round(3).tolist() != PRINTED_RATIOS


@pytest.mark.parametrize(
    ("criteria", "ratios", "maximum", "chosen"),
    [
        ([10.0], [], 15, 1),
        ([10.0, 11.0, 5.0], [9.0], 15, 1),  # the criterion does not fall at first
        ([10.0, 10.0, 5.0], [9.0], 15, 1),
        ([10.0, 5.0], [], 15, 2),
        ([100.0, 50.0, 49.0, 20.0, 10.0], [1.0, 9.0, 9.0], 15, 2),  # 0.02 < 0.04: coarse 2
        ([100.0, 50.0, 40.0, 30.0, 20.0], [2.4, 1.0, 2.0], 15, 2),  # 1.2 > 1.15
        ([100.0, 50.0, 40.0, 30.0, 20.0], [2.2, 1.0, 2.0], 15, 4),  # 1.1: the larger count
        ([100.0, 50.0, 40.0, 30.0, 20.0], [2.0, 2.0, 1.0], 15, 3),  # equal: the larger count
        ([100.0, 50.0, 40.0, 30.0, 20.0], [2.0, 1.0, 9.0], 3, 2),  # 4 is over the maximum
        ([100.0, 50.0, 40.0, 30.0, 20.0], [np.inf, np.inf, 1.0], 15, 3),
    ],
)
def test_the_rule_for_the_number_of_clusters(criteria, ratios, maximum, chosen):
    assert two_step.choose_cluster_count(criteria, ratios, maximum) == chosen


def test_ratios_over_coinciding_clusters():
    assert two_step.ratios_of(np.array([6.0, 3.0, 0.0, 0.0])).tolist() == [2.0, np.inf, 1.0]


def partition(labels) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize("criterion", ["bic", "aic"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_step_two_agrees_with_the_reference(reference, criterion, seed):
    """Records as leaf entries, then groups of records: criteria, ratios, choice, partitions."""
    random = np.random.default_rng(seed)
    records = random.random((60, 3)) ** 2 + random.integers(0, 3, (60, 1))
    for leaves in (np.arange(60), random.permutation(np.arange(60) % 25)):
        chosen, criteria, _, ratios, partitions = reference.twostep(
            records, 15, criterion.upper(), leaves
        )
        entries = two_step.pooled(
            two_step.standardise(records, np.ones(60), np.zeros_like(records)), leaves
        )
        ours = two_step.agglomerate(entries)
        penalty = 2.0 if criterion == "aic" else np.log(60)
        sizes = np.arange(1, 16)
        our_criteria = -2 * ours.log_likelihoods[::-1][:15] + sizes * 6 * penalty
        our_ratios = two_step.ratios_of(ours.distances[::-1][:15])
        assert our_criteria == pytest.approx([criteria[size] for size in sizes], rel=1e-9)
        assert our_ratios == pytest.approx([ratios[size] for size in sizes[1:]], rel=1e-9)
        assert our_ratios[:13] == pytest.approx(
            two_step.distance_ratios(our_criteria, 6, penalty), rel=1e-6
        )
        assert two_step.choose_cluster_count(our_criteria, our_ratios) == chosen
        for size in (2, 3, chosen, 15):
            theirs = {frozenset(members) for members in partitions[size].values()}
            assert partition(two_step.cut(ours, size)) == theirs


@pytest.mark.parametrize("criterion", ["bic", "aic"])
def test_a_tree_that_never_overflows_changes_nothing(reference, criterion):
    records = np.random.default_rng(4).random((40, 2))
    chosen, criteria, _, ratios, _ = reference.twostep(records, 15, criterion.upper())
    solution = two_step.fit(records, np.ones(40), criterion=criterion)
    assert solution.leaf_entries == 40
    assert solution.threshold == 0
    assert solution.information_criteria == pytest.approx(list(criteria.values())[::-1], rel=1e-9)
    assert solution.distance_ratios == pytest.approx(
        [ratios[size] for size in range(2, 16)], rel=1e-9
    )
    assert len(solution.centres) == chosen


def blobs(counts, seed=0, scale=0.01) -> tuple[np.ndarray, np.ndarray]:
    """Points about the corners of a cube in mixed order, and the corner of each."""
    random = np.random.default_rng(seed)
    truth = random.permutation(np.repeat(np.arange(len(counts)), counts))
    corners = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]])
    return corners[truth] + random.normal(scale=scale, size=(len(truth), 3)), truth


@pytest.mark.parametrize("criterion", ["bic", "aic"])
@pytest.mark.parametrize("counts", [(300, 300), (900, 300, 90), (600, 500, 400, 300)])
def test_separated_groups_are_found_and_counted(criterion, counts):
    points, truth = blobs(counts)
    solution = two_step.fit(points, np.ones(len(points)), criterion=criterion)
    assert len(solution.centres) == len(counts)
    assert partition(solution.labels) == partition(truth)
    fixed = two_step.fit(points, np.ones(len(points)), len(counts))
    assert np.array_equal(fixed.labels, solution.labels)


def test_the_study_splits_off_the_large_loans(study_loans):
    """Without a number two clusters are clearest, as for k-means; three follow the density."""
    weights = np.ones(len(study_loans))
    solution = two_step.fit(study_loans, weights)
    silhouette = kmeans.weighted_silhouette(study_loans, weights, solution.labels, solution.centres)
    assert sorted(np.bincount(solution.labels).tolist()) == [736, 6605]
    assert round(silhouette, 4) == 0.7572
    assert min(np.bincount(two_step.fit(study_loans, weights, 3).labels)) == 736


def test_the_tree_keeps_its_bounds_and_every_loan(study_loans):
    weights = np.arange(len(study_loans)) % 4 + 1.0
    standardised = two_step.standardise(study_loans, weights, np.zeros_like(study_loans))
    tree = two_step.Tree(0.0)
    for i in range(len(study_loans)):
        if not tree.insert(two_step.taken(standardised, slice(i, i + 1))):
            break
    entries = tree.root.entries()
    assert entries.counts.sum() == weights[: i + 1].sum()
    assert len(entries.counts) == i + 1  # threshold 0: nothing was absorbed so far
    smaller = two_step.rebuilt(entries, two_step.larger_threshold(entries, 0.0))
    nodes = [(smaller.root, 1)]
    for node, level in nodes:
        assert 1 <= len(node.clusters.counts) <= 8
        assert level <= 3
        for slot, child in enumerate(node.children or []):
            nodes.append((child, level + 1))
            below = two_step.summary(child)
            for whole, part in zip(node.clusters, below, strict=True):
                assert whole[slot] == pytest.approx(part[0], abs=1e-8)
    assert smaller.root.entries().counts.sum() == entries.counts.sum()


def test_leaf_entries_add_up_to_the_sample(study_loans):
    """All loans at mean 0 and variance 1, whatever the tree merged on the way."""
    weights = np.arange(len(study_loans)) % 4 + 1.0
    leaves, threshold, aside = two_step.pre_cluster(
        two_step.standardise(study_loans, weights, np.zeros_like(study_loans))
    )
    assert 64 < len(leaves.counts) <= 512
    assert threshold > 0
    assert aside == 0
    whole = two_step.pooled(leaves, np.zeros(len(leaves.counts), np.int64))
    assert whole.counts.tolist() == [weights.sum()]
    assert whole.means == pytest.approx(np.zeros((1, 3)), abs=1e-9)
    assert whole.squares / weights.sum() == pytest.approx(np.ones((1, 3)), abs=1e-9)


def test_strays_are_outliers_when_asked():
    points, truth = blobs((700, 500), seed=3, scale=0.05)
    places = [100, 601]
    points = np.insert(points, [100, 600], [[9.0, 0.5, 0.5], [0.5, 9.0, -9.0]], axis=0)
    weights = np.ones(len(points))
    solution = two_step.fit(points, weights, noise_percent=25)
    inside = np.delete(solution.labels, places)
    assert np.flatnonzero(solution.labels == -1).tolist() == places
    assert partition(inside) == partition(truth)
    assert solution.aside >= 2
    means = [
        np.delete(points, places, axis=0)[inside == cluster].mean(axis=0) for cluster in (0, 1)
    ]
    assert solution.centres == pytest.approx(np.array(means))
    assert (two_step.fit(points, weights).labels >= 0).all()


def test_what_fits_again_is_taken_back():
    """Sparse leaf entries near others re-enter; only the far one stays aside."""
    tree = two_step.Tree(0.5)
    everything = two_step.Features(
        np.array([50.0, 1.0, 1.0]), np.array([[0.0], [0.5], [6.0]]), np.zeros((3, 1))
    )
    tree.insert(two_step.taken(everything, slice(0, 1)))
    stays = tree.refit(two_step.taken(everything, slice(1, 3)))
    assert stays.means.tolist() == [[6.0]]
    assert tree.root.entries().counts.tolist() == [51.0]


def test_a_grid_cell_stands_for_its_loans():
    """Cells with their squares standardise and merge as the loans inside them do."""
    random = np.random.default_rng(8)
    loans = random.random((300, 3))
    cells = np.unique((loans * 2).astype(int), axis=0, return_inverse=True)[1].ravel()
    whole = two_step.Features(np.ones(300), loans, np.zeros((300, 3)))
    merged = two_step.pooled(whole, cells)
    standardised = two_step.standardise(loans, np.ones(300), np.zeros((300, 3)))
    for direct, by_cell in zip(
        two_step.pooled(standardised, cells),
        two_step.standardise(merged.means, merged.counts, merged.squares),
        strict=True,
    ):
        assert by_cell == pytest.approx(direct, abs=1e-9)
    solution = two_step.fit(merged.means, merged.counts, 2, merged.squares)
    assert solution.information_criteria[0] == pytest.approx(
        two_step.fit(loans, np.ones(300), 2).information_criteria[0]
    )


def test_the_distance_is_what_the_merge_loses():
    """xi from the records themselves, as the notes define it."""
    random = np.random.default_rng(2)
    left, right = random.normal(size=(12, 3)), random.normal(size=(5, 3))

    def xi(records):
        return -len(records) * 0.5 * np.log(1 + records.var(axis=0)).sum()

    clusters = two_step.pooled(
        two_step.Features(np.ones(17), np.vstack([left, right]), np.zeros((17, 3))),
        np.repeat([0, 1], [12, 5]),
    )
    lost = xi(left) + xi(right) - xi(np.vstack([left, right]))
    assert two_step.pair_distances(clusters) == pytest.approx(np.array([[0, lost], [lost, 0]]))


def test_equal_distances_merge_the_lowest_pair_first():
    entries = two_step.Features(
        np.ones(4), np.array([[-1.5], [-0.5], [0.5], [1.5]]), np.zeros((4, 1))
    )
    agglomeration = two_step.agglomerate(entries)
    assert agglomeration.merges.tolist() == [[0, 1], [2, 3], [0, 2]]
    assert two_step.cut(agglomeration, 3).tolist() == [0, 0, 1, 2]
    assert two_step.cut(agglomeration, 9).tolist() == [0, 1, 2, 3]


def test_constant_features_count_for_nothing():
    points, _ = blobs((200, 100))
    with_constant = np.column_stack([points, np.full(300, 0.1)])
    plain, wider = (two_step.fit(cloud, np.ones(300)) for cloud in (points, with_constant))
    assert np.array_equal(plain.labels, wider.labels)
    assert np.array_equal(plain.information_criteria, wider.information_criteria)
    assert wider.centres[:, 3] == pytest.approx(0.1)


def test_one_point_is_one_cluster():
    for count in (None, 3):
        solution = two_step.fit(np.array([[0.3, 0.7]]), np.array([5.0]), count, noise_percent=25)
        assert solution.labels.tolist() == [0]
        assert solution.centres.tolist() == [[0.3, 0.7]]


def test_an_unknown_criterion_is_refused():
    with pytest.raises(KeyError):
        two_step.fit(np.array([[0.0], [1.0]]), np.ones(2), criterion="wic")


coordinates = st.integers(0, 40).map(lambda value: value / 40)
clouds = st.tuples(st.integers(1, 60), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=coordinates)
)


@settings(max_examples=100, deadline=None)
@given(clouds, st.none() | st.integers(1, 5), st.integers(1, 9), st.none() | st.just(25.0))
def test_every_point_has_a_label_and_every_cluster_its_mean(cloud, count, heaviest, noise):
    points = np.unique(cloud, axis=0)
    weights = np.arange(len(points)) % heaviest + 1.0
    solution = two_step.fit(points, weights, count, noise_percent=noise)
    found = solution.labels >= 0
    assert noise is not None or found.all()
    assert len(solution.centres) <= (count or 15)
    labels, first = np.unique(solution.labels[found], return_index=True)
    assert labels.tolist() == list(range(len(solution.centres)))
    assert (np.diff(first) > 0).all()
    for cluster, centre in enumerate(solution.centres):
        members = solution.labels == cluster
        mean = np.average(points[members], axis=0, weights=weights[members])
        assert centre == pytest.approx(mean, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (25, 3), elements=st.floats(0, 1, width=32)), st.permutations(range(25)))
def test_the_order_of_the_entries_matters_only_in_ties(cloud, order):
    spread = cloud + np.sqrt(np.arange(75)).reshape(25, 3) / 7  # all distances differ
    entries = two_step.standardise(spread, np.arange(25) % 3 + 1.0, np.zeros((25, 3)))
    shuffled = two_step.taken(entries, np.array(order))
    ours, theirs = two_step.agglomerate(entries), two_step.agglomerate(shuffled)
    if np.diff(np.sort(two_step.pair_distances(entries)[np.triu_indices(25, 1)])).min() < 1e-9:
        return
    assert ours.distances == pytest.approx(theirs.distances, abs=1e-9)
    back = np.empty(25, np.int64)
    back[np.array(order)] = two_step.cut(theirs, 4)
    assert partition(back) == partition(two_step.cut(ours, 4))


@settings(max_examples=40, deadline=None)
@given(clouds)
def test_units_of_the_features_change_nothing(cloud):
    """Standardising takes the scale out; powers of two do so to the last bit."""
    points = np.unique(cloud, axis=0)
    weights = np.arange(len(points)) % 3 + 1.0
    scales = np.array([4.0, 0.5, 64.0])[: points.shape[1]]
    plain, scaled = (two_step.fit(points * scale, weights) for scale in (1.0, scales))
    assert np.array_equal(plain.labels, scaled.labels)
    assert np.array_equal(plain.information_criteria, scaled.information_criteria)
