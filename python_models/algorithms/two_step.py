"""Two-step clustering after SPSS: a cluster-feature tree, then agglomeration of its leaf entries.

Specification: IBM's TWOSTEP CLUSTER command and algorithm notes; distance and number of clusters
after Chiu et al. (KDD 2001); the tree after Zhang et al. (BIRCH, SIGMOD 1996).

Why scikit-learn carries neither step: ``Birch`` has one fixed threshold on a Euclidean radius, no
weights, no depth limit and no rebuilding; ``AgglomerativeClustering`` joins by linkages of pair
distances, while the log-likelihood distance of a merged cluster needs its mean and variance.

A cluster feature is kept as (count, mean, squares about the mean) rather than (count, sum x,
sum x^2): the same content without the cancellation (Lang and Schubert, BETULA, 2020).

Everything is deterministic; the tree, as in the original, depends on the order of the points.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from algorithms.kmeans import cluster_means

BRANCHES = 8
LEVELS = 3
MAXIMUM_CLUSTERS = 15
COARSE_SHARE = 0.04
CLEAR_LEAD = 1.15


class Features(NamedTuple):
    """Cluster features of some clusters in standardised units.

    counts: (c,) loans. means, squares: (c, features), squares about the mean.
    """

    counts: NDArray[np.float64]
    means: NDArray[np.float64]
    squares: NDArray[np.float64]


class Agglomeration(NamedTuple):
    """The merges from all entries down to one cluster.

    merges: (entries - 1, 2) kept and absorbed cluster, each named by its lowest entry.
    distances: (entries - 1,) log-likelihood distance of each merge.
    log_likelihoods: (entries,) sum of xi over the clusters before each merge, and at the end.
    """

    merges: NDArray[np.int64]
    distances: NDArray[np.float64]
    log_likelihoods: NDArray[np.float64]


class Grown(NamedTuple):
    """A tree's leaf entries with their threshold and loans set aside, and all their merges."""

    leaves: Features
    threshold: float
    aside: float
    agglomeration: Agglomeration


class Solution(NamedTuple):
    """labels: (n,) clusters in the order of their first point, -1 an outlier.

    centres: (k, features) weighted means of the members, in the units of the input.
    information_criteria: of 1, 2, ... clusters. distance_ratios: of 2, 3, ... clusters.
    leaf_entries, threshold: size and last threshold of the tree.
    aside: loans that no leaf entry took back.
    profiles, profile_labels: (c, features) what the last pass measured distances to, in units of
    ``offsets`` and ``spreads`` (features,), and the label of each (c,), -1 if it won no point.
    outlier_distance: ln V, None without noise handling.
    """

    labels: NDArray[np.int64]
    centres: NDArray[np.float64]
    information_criteria: NDArray[np.float64]
    distance_ratios: NDArray[np.float64]
    leaf_entries: int
    threshold: float
    aside: float
    profiles: Features
    profile_labels: NDArray[np.int64]
    offsets: NDArray[np.float64]
    spreads: NDArray[np.float64]
    outlier_distance: float | None


def fit(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    cluster_count: int | None = None,
    squares: NDArray[np.float64] | None = None,
    criterion: str = "bic",
    maximum: int = MAXIMUM_CLUSTERS,
    noise_percent: float | None = None,
    grown: Grown | None = None,
) -> Solution:
    """Cluster weighted points; ``cluster_count`` None lets the criterion and the ratios choose.

    points: (n, features) in their fixed order. weights: (n,) loans. squares: (n, features) squares
    about the mean inside each point, where a point is a grid cell. criterion: bic or aic.
    noise_percent: set leaf entries under this share of the largest aside (SPSS: 25); None: never.
    grown: what ``grow`` made of the same points and noise_percent, where it is known already.

    A last pass gives every loan to the nearest cluster, as the command does ("passes the data once
    to find the cluster centers and again to assign cluster memberships"). With noise handling a
    loan farther than ln V is an outlier, V the product of the standardised ranges: as likely under
    a uniform noise cluster. Loans set aside for good shape no cluster, but face the same rule, so
    that a loan scored later is treated like one trained on.
    """
    if squares is None:
        squares = np.zeros_like(points)
    standardised = standardise(points, weights, squares)
    leaves, threshold, aside, agglomeration = grown or grow(points, weights, squares, noise_percent)
    penalty = {"bic": np.log(weights.sum()), "aic": 2.0}[criterion]
    parameters = 2 * standardised.means.shape[1]
    log_likelihoods = agglomeration.log_likelihoods[::-1][:maximum]
    sizes = np.arange(1, len(log_likelihoods) + 1)
    criteria = -2 * log_likelihoods + sizes * parameters * penalty
    ratios = ratios_of(agglomeration.distances[::-1][:maximum])
    if cluster_count is None:
        cluster_count = choose_cluster_count(criteria, ratios, maximum)
    entry_labels = cut(agglomeration, cluster_count)
    clusters = pooled(leaves, entry_labels)
    winners, distances = nearest(standardised.means, clusters)
    outlier_distance = None
    labels = winners
    if noise_percent is not None:
        outlier_distance = float(np.log(np.ptp(standardised.means, axis=0)).sum())
        labels = np.where(distances > outlier_distance, -1, winners)
    labels = numbered_by_first(labels)
    found = labels >= 0
    centres = np.zeros((labels.max(initial=-1) + 1, points.shape[1]))
    centres = cluster_means(points[found], weights[found], labels[found], centres)
    profile_labels = np.full(len(clusters.counts), -1)
    profile_labels[winners[found]] = labels[found]
    offsets, variances, varying = moments(points, weights, squares)
    return Solution(
        labels,
        centres,
        criteria,
        ratios,
        len(leaves.counts),
        threshold,
        aside,
        spread_out(clusters, varying),
        profile_labels,
        np.where(varying, offsets, 0.0),
        np.where(varying, np.sqrt(variances), 1.0),
        outlier_distance,
    )


def grow(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    squares: NDArray[np.float64],
    noise_percent: float | None = None,
) -> Grown:
    """Both steps up to the choice of a number of clusters, which candidates can share."""
    entries = pre_cluster(standardise(points, weights, squares), noise_percent)
    return Grown(*entries, agglomerate(entries[0]))


def spread_out(clusters: Features, varying: NDArray[np.bool_]) -> Features:
    """The clusters with a column for every feature again: mean 0 and no squares if constant."""
    means, squares = np.zeros((2, len(clusters.counts), len(varying)))
    means[:, varying] = clusters.means
    squares[:, varying] = clusters.squares
    return Features(clusters.counts, means, squares)


def standardise(
    points: NDArray[np.float64], weights: NDArray[np.float64], squares: NDArray[np.float64]
) -> Features:
    """Every point as a cluster, features at mean 0 and variance 1 over all loans.

    Constant features are left out: they tell no clusters apart and have no variance to divide by.
    """
    means, variances, varying = moments(points, weights, squares)
    scale = variances[varying]
    return Features(
        weights.astype(np.float64),
        (points - means)[:, varying] / np.sqrt(scale),
        squares[:, varying] / scale,
    )


def moments(
    points: NDArray[np.float64], weights: NDArray[np.float64], squares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Mean and variance of each feature over all loans, and whether it varies at all."""
    total = weights.sum()
    loans = weights[:, None]
    means = (loans * points).sum(axis=0) / total
    centred = points - means
    variances = ((loans * centred * centred).sum(axis=0) + squares.sum(axis=0)) / total
    return means, variances, (np.ptp(points, axis=0) > 0) | (squares.sum(axis=0) > 0)


def xi(clusters: Features) -> NDArray[np.float64]:
    """Log-likelihood of each cluster (c,): -N / 2 * sum over features of ln(1 + variance).

    The 1 is the variance of the whole sample, which keeps clusters of one value finite.
    """
    variances = clusters.squares / clusters.counts[:, None]
    return -0.5 * clusters.counts * np.log1p(variances).sum(axis=1)


def merged_each(clusters: Features, other: Features) -> Features:
    """Every cluster merged with the one other."""
    counts = clusters.counts + other.counts
    difference = other.means - clusters.means
    share = (other.counts / counts)[:, None]
    lever = clusters.counts[:, None] * share
    return Features(
        counts,
        clusters.means + share * difference,
        clusters.squares + other.squares + lever * (difference * difference),
    )


def trial_merges(clusters: Features, other: Features) -> tuple[NDArray[np.float64], Features]:
    """Every cluster merged with the one other: the distances (c,) and the merged clusters.

    The log-likelihood distance is what the merge loses: xi_i + xi_s - xi_(i,s).
    """
    merged = merged_each(clusters, other)
    return xi(clusters) + xi(other) - xi(merged), merged


def taken(clusters: Features, which: slice | NDArray) -> Features:
    """Some of the clusters."""
    return Features(clusters.counts[which], clusters.means[which], clusters.squares[which])


def joined(parts: list[Features]) -> Features:
    """The clusters of all parts, one after the other."""
    return Features(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def pooled(clusters: Features, labels: NDArray[np.int64]) -> Features:
    """The clusters of one label merged into one, labels 0 to k - 1."""
    counts = np.bincount(labels, clusters.counts)
    means, squares = np.zeros((2, len(counts), clusters.means.shape[1]))
    np.add.at(means, labels, clusters.counts[:, None] * clusters.means)
    means /= counts[:, None]
    difference = clusters.means - means[labels]
    np.add.at(
        squares, labels, clusters.squares + clusters.counts[:, None] * difference * difference
    )
    return Features(counts, means, squares)


class Node:
    """A node of the tree: up to eight clusters and, above the leaves, the node under each.

    likelihoods: xi of the clusters (c,), kept because every entry asks for it on its way down.
    """

    def __init__(self, clusters: Features, children: list[Node] | None = None):
        self.clusters = clusters
        self.children = children
        self.likelihoods = xi(clusters)

    def insert(
        self, entry: Features, likelihood: NDArray[np.float64], threshold: float
    ) -> Node | None:
        """Add an entry below; the new right-hand node if this one had to be split.

        Down to the nearest cluster at every level (ties to the earlier); the leaf entry reached
        absorbs the new one within the threshold, else the new one stands beside it.
        likelihood: xi of the entry (1,).
        """
        merged = merged_each(self.clusters, entry)
        likelihoods = xi(merged)
        distances = self.likelihoods + likelihood - likelihoods
        slot = int(distances.argmin())
        if self.children is None:
            if distances[slot] <= threshold:
                self.put(slot, merged, likelihoods, slot)
            else:
                self.add(entry, likelihood)
        else:
            right = self.children[slot].insert(entry, likelihood, threshold)
            if right is None:
                self.put(slot, merged, likelihoods, slot)
            else:
                left, other = summary(self.children[slot]), summary(right)
                self.put(slot, left, xi(left))
                self.add(other, xi(other))
                self.children.append(right)
        return self.split() if len(self.clusters.counts) > BRANCHES else None

    def put(
        self, slot: int, source: Features, likelihoods: NDArray[np.float64], at: int = 0
    ) -> None:
        """Overwrite one cluster."""
        for column, new in zip(self.clusters, source, strict=True):
            column[slot] = new[at]
        self.likelihoods[slot] = likelihoods[at]

    def add(self, entry: Features, likelihood: NDArray[np.float64]) -> None:
        """One more cluster."""
        self.clusters = joined([self.clusters, entry])
        self.likelihoods = np.concatenate([self.likelihoods, likelihood])

    def split(self) -> Node:
        """Keep the clusters nearer the one end of the farthest pair, give the others away."""
        distances = pair_distances(self.clusters)
        left, right = np.unravel_index(distances.argmax(), distances.shape)
        moves = distances[right] < distances[left]
        moves[[left, right]] = False, True
        given = Node(taken(self.clusters, moves))
        self.clusters = taken(self.clusters, ~moves)
        self.likelihoods = self.likelihoods[~moves]
        if self.children is not None:
            given.children = [c for c, move in zip(self.children, moves, strict=True) if move]
            self.children = [c for c, move in zip(self.children, moves, strict=True) if not move]
        return given

    def entry_distance(self, entry: Features) -> float:
        """Distance to the leaf entry that ``insert`` would reach."""
        distances, _ = trial_merges(self.clusters, entry)
        slot = int(distances.argmin())
        return (
            float(distances[slot])
            if self.children is None
            else self.children[slot].entry_distance(entry)
        )

    def entries(self) -> Features:
        """All leaf entries below, from left to right."""
        if self.children is None:
            return self.clusters
        return joined([child.entries() for child in self.children])


def summary(node: Node) -> Features:
    """All clusters of a node as one."""
    return pooled(node.clusters, np.zeros(len(node.clusters.counts), np.int64))


def pair_distances(clusters: Features) -> NDArray[np.float64]:
    """Log-likelihood distances (c, c) between clusters, 0 on the diagonal."""
    rows = [
        trial_merges(clusters, taken(clusters, slice(i, i + 1)))[0]
        for i in range(len(clusters.counts))
    ]
    distances = np.array(rows)
    np.fill_diagonal(distances, 0.0)
    return distances


class Tree:
    """A cluster-feature tree of at most eight branches and three levels: 512 leaf entries."""

    def __init__(self, threshold: float):
        self.threshold = threshold
        self.root: Node | None = None
        self.levels = 1

    def insert(self, entry: Features) -> bool:
        """Add an entry. False: it is in, but the tree has outgrown its levels."""
        if self.root is None:
            self.root = Node(Features(*(column.copy() for column in entry)))
            return True
        right = self.root.insert(entry, xi(entry), self.threshold)
        if right is not None:
            left = self.root
            self.root = Node(joined([summary(left), summary(right)]), [left, right])
            self.levels += 1
        return self.levels <= LEVELS

    def refit(self, entries: Features) -> Features:
        """Absorb the entries that fit a leaf entry; those that do not are handed back."""
        stays = np.ones(len(entries.counts), bool)
        for i in range(len(stays)):
            entry = taken(entries, slice(i, i + 1))
            if self.root.entry_distance(entry) <= self.threshold:
                self.root.insert(entry, xi(entry), self.threshold)
                stays[i] = False
        return taken(entries, stays)


def pre_cluster(
    standardised: Features, noise_percent: float | None = None
) -> tuple[Features, float, float]:
    """Step 1: leaf entries, the last threshold, and the loans set aside that did not refit.

    The threshold starts at 0. When the tree overflows it is rebuilt from its leaf entries with a
    larger one. With noise handling the entries under the share of the largest are set aside
    first, and re-enter, then and at the end, where a leaf entry absorbs them. As in the original
    only an overflow sets aside: a stray after the last one stays in the tree.
    """
    share = (noise_percent or 0.0) / 100
    tree = Tree(0.0)
    aside = taken(standardised, slice(0, 0))
    for i in range(len(standardised.counts)):
        if tree.insert(taken(standardised, slice(i, i + 1))):
            continue
        entries = tree.root.entries()
        sparse = entries.counts < share * entries.counts.max()
        tree = rebuilt(taken(entries, ~sparse), larger_threshold(entries, tree.threshold))
        aside = tree.refit(joined([aside, taken(entries, sparse)]))
    aside = tree.refit(aside)
    return tree.root.entries(), tree.threshold, float(aside.counts.sum())


def rebuilt(entries: Features, threshold: float) -> Tree:
    """A tree of the entries in their order; a still larger threshold if it overflows again."""
    while True:
        tree = Tree(threshold)
        if all(tree.insert(taken(entries, slice(i, i + 1))) for i in range(len(entries.counts))):
            return tree
        threshold = larger_threshold(entries, threshold)


def larger_threshold(entries: Features, threshold: float) -> float:
    """Median distance from an entry to its nearest, among those over the old threshold.

    SPSS does not publish its growth; this one lets about half of the entries merge.
    """
    distances = pair_distances(entries)
    np.fill_diagonal(distances, np.inf)
    nearest_distances = np.sort(distances.min(axis=1))
    over = nearest_distances[np.isfinite(nearest_distances) & (nearest_distances > threshold)]
    return float(over[len(over) // 2]) if len(over) else 2 * threshold


def agglomerate(entries: Features) -> Agglomeration:
    """Step 2: merge the nearest two clusters until one is left; ties: the lowest pair of entries.

    One row of distances is new after each merge, so all merges cost entries^2 distances and as
    many searches of the (entries, entries) matrix.
    """
    entry_count = len(entries.counts)
    clusters = Features(*(column.copy() for column in entries))
    distances = pair_distances(clusters)
    distances[np.tril_indices(entry_count)] = np.inf
    alive = np.ones(entry_count, bool)
    log_likelihood = xi(clusters)
    merges = np.zeros((entry_count - 1, 2), np.int64)
    merge_distances = np.zeros(entry_count - 1)
    log_likelihoods = np.full(entry_count, log_likelihood.sum())
    for step in range(entry_count - 1):
        kept, absorbed = (int(i) for i in np.unravel_index(distances.argmin(), distances.shape))
        merges[step] = kept, absorbed
        merge_distances[step] = distances[kept, absorbed]
        _, merged = trial_merges(
            taken(clusters, slice(kept, kept + 1)), taken(clusters, slice(absorbed, absorbed + 1))
        )
        for column, new in zip(clusters, merged, strict=True):
            column[kept] = new[0]
        alive[absorbed] = False
        log_likelihood[kept] = xi(merged)[0]
        log_likelihoods[step + 1] = log_likelihood[alive].sum()
        row, _ = trial_merges(clusters, merged)
        row[~alive] = np.inf
        distances[absorbed] = distances[:, absorbed] = np.inf
        distances[kept, kept + 1 :] = row[kept + 1 :]
        distances[:kept, kept] = row[:kept]
    return Agglomeration(merges, merge_distances, log_likelihoods)


def cut(agglomeration: Agglomeration, cluster_count: int) -> NDArray[np.int64]:
    """Cluster of every entry (entries,) when some are left, numbered by their lowest entry."""
    owner = np.arange(len(agglomeration.merges) + 1)
    for kept, absorbed in agglomeration.merges[: max(len(owner) - cluster_count, 0)]:
        owner[owner == absorbed] = kept
    return np.unique(owner, return_inverse=True)[1]


def distance_ratios(
    information_criteria: NDArray[np.float64], parameters_per_cluster: int, penalty: float
) -> NDArray[np.float64]:
    """Ratios of distance for 2, 3, ... clusters from printed criteria of 1, 2, ... clusters.

    penalty: per parameter, 2 for AIC and ln N for BIC. The distance of the merge from k to k - 1
    clusters is (IC(k - 1) - IC(k) + penalty * parameters) / 2.
    """
    criteria = np.asarray(information_criteria, np.float64)
    return ratios_of((criteria[:-1] - criteria[1:] + penalty * parameters_per_cluster) / 2)


def ratios_of(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each merge distance over the next; distances of the merges to 1, 2, ... clusters.

    Over a distance of 0 (coinciding clusters) the ratio is infinite, or 1 if both are 0.
    """
    upper, lower = np.maximum(distances[:-1], 0), np.maximum(distances[1:], 0)
    ratios = np.where(upper > 0, np.inf, 1.0)
    return np.divide(upper, lower, out=ratios, where=lower > 0)


def choose_cluster_count(
    information_criteria: NDArray[np.float64],
    ratios: NDArray[np.float64],
    maximum: int = MAXIMUM_CLUSTERS,
) -> int:
    """The rule of SPSS: a coarse count from the criterion, then the clearest jump in distance.

    1 if the criterion does not fall at all. Coarse: the first count whose next step falls by less
    than 0.04 of the first step, else the maximum. Of the two largest ratios up to it, the larger
    wins if it is over 1.15 times the other, else the larger count. Equal ratios: the larger count.
    """
    criteria = np.asarray(information_criteria, np.float64)
    coarse = min(maximum, len(criteria))
    if coarse < 2 or criteria[0] <= criteria[1]:
        return 1
    falls = -np.diff(criteria)
    for count in range(2, coarse):
        if falls[count - 1] < COARSE_SHARE * falls[0]:
            coarse = count
            break
    ranked = sorted(
        ((ratio, count) for count, ratio in enumerate(ratios, start=2) if count <= coarse),
        reverse=True,
    )
    if len(ranked) < 2:
        return ranked[0][1] if ranked else coarse
    (first, count), (second, runner_up) = ranked[:2]
    return count if first > CLEAR_LEAD * second else max(count, runner_up)


def nearest(
    means: NDArray[np.float64], clusters: Features
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest cluster of a single loan at each mean (n,), ties to the lower, and its distance."""
    loans = Features(np.ones(len(means)), means, np.zeros_like(means))
    distances = np.column_stack(
        [
            trial_merges(loans, taken(clusters, slice(i, i + 1)))[0]
            for i in range(len(clusters.counts))
        ]
    )
    labels = distances.argmin(axis=1)
    return labels, distances[np.arange(len(means)), labels]


def numbered_by_first(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels renumbered from 0 in the order of their first point; -1 stays."""
    found, first = np.unique(labels, return_index=True)
    order = found[found >= 0][np.argsort(first[found >= 0], kind="stable")]
    number = np.full(labels.max(initial=-1) + 2, -1)
    number[order] = np.arange(len(order))
    return number[labels]
