"""How far a segmentation stands by itself: the training repeated under perturbations.

Source: Hennig, Cluster-wise assessment of cluster stability, Computational Statistics & Data
Analysis 52 (2007), whose ``clusterboot`` is the bootstrap here: a segment is as stable as the mean,
over the runs, of its largest Jaccard similarity with a cluster of the run; 0.75 is his limit for a
stable one. Three more things that must not decide are moved too: the order of the rows, the
scaling, and whether the loans of some month are there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from algorithms.prototypes import Candidate, assign, learn
from algorithms.two_step import Features, numbered_by_first, pooled

HALVINGS = 30
MICRO_CLUSTERS = 2000
SEED = 20151231
SCALINGS = ("min_max", "z_score", "robust")


class Points(NamedTuple):
    """What is trained from, in the contract's order of the points.

    coordinates: (n, features) min-max scaled. counts: (n,) loans. squares: (n, features) about the
    mean inside each point. months: (m, n) loans of each month.
    """

    coordinates: NDArray[np.float64]
    counts: NDArray[np.float64]
    squares: NDArray[np.float64]
    months: NDArray[np.float64]


class Run(NamedTuple):
    """A perturbed training: the order of the points (n,), loans at each (n,), the scaling."""

    kind_code: str
    run_number: int
    order: NDArray[np.int64]
    weights: NDArray[np.float64]
    scaling_code: str


class Outcome(NamedTuple):
    """What a run made of all loans.

    jaccards: (k,) of each cluster of the champion with the run's most similar one.
    is_modal: whether the run gave the solution that most runs give.
    """

    kind_code: str
    run_number: int
    jaccards: NDArray[np.float64]
    is_modal: bool


def certify(
    candidate: Candidate,
    scaling_code: str,
    points: Points,
    labels: NDArray[np.int64],
    repeats: int,
    bound: float,
    largest: int = MICRO_CLUSTERS,
) -> list[Outcome]:
    """Train the candidate again under every perturbation and compare with the champion.

    labels: (n,) the champion's cluster of each point, any integers; jaccards go by their order.
    repeats: shuffles, and as many bootstraps. bound: Jaccard similarity from which two clusters
    count as the same. largest: micro-clusters that a run learns from at most.
    """
    runs = list(perturbations(candidate, scaling_code, points, repeats))
    cells = micro_clusters(points.coordinates, largest)
    partitions = [partition(candidate, points, run, cells) for run in runs]
    champion = np.unique(labels, return_inverse=True)[1]
    are_modal = modal_runs(partitions, points.counts, bound)
    return [
        Outcome(
            run.kind_code,
            run.run_number,
            jaccard_table(champion, found, points.counts).max(axis=1),
            is_modal,
        )
        for run, found, is_modal in zip(runs, partitions, are_modal, strict=True)
    ]


def perturbations(
    candidate: Candidate, scaling_code: str, points: Points, repeats: int
) -> Iterator[Run]:
    """Shuffles, bootstraps, the other scalings, and every month left out in turn.

    Each run has a random stream of its own, so that more runs leave the first ones as they are.
    Two-step standardises by itself, so it has no other scaling; where one month is all there is,
    nothing would be left to learn from.
    """
    loans = points.counts.sum()
    in_order = np.arange(len(points.counts))
    for number in range(1, repeats + 1):
        order = np.random.default_rng([SEED, 1, number]).permutation(len(in_order))
        yield Run("shuffle", number, order, points.counts, scaling_code)
    for number in range(1, repeats + 1):
        random = np.random.default_rng([SEED, 2, number])
        drawn = random.multinomial(int(loans), points.counts / loans).astype(float)
        yield Run("bootstrap", number, in_order, drawn, scaling_code)
    if candidate.algorithm_code != "two_step":
        others = (code for code in SCALINGS if code != scaling_code)
        for number, code in enumerate(others, start=1):
            yield Run("scaling", number, in_order, points.counts, code)
    for number, month in enumerate(points.months, start=1):
        if month.sum() < loans:
            yield Run("month", number, in_order, points.counts - month, scaling_code)


def partition(
    candidate: Candidate, points: Points, run: Run, cells: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Cluster of every point (n,) by what the run learned, from 0 in the order of the points.

    The run learns from the micro-clusters of its loans, in its order of them. Points without loans
    in the run teach it nothing, but are assigned like all others.
    """
    taken = run.order[run.weights[run.order] > 0]
    shares = run.weights[taken] / points.counts[taken]
    members = Features(
        run.weights[taken], points.coordinates[taken], points.squares[taken] * shares[:, None]
    )
    folded = pooled(members, numbered_by_first(cells[taken]))
    learned = learn(
        candidate,
        folded.means,
        folded.counts,
        folded.squares,
        *scaling(run.scaling_code, members, points.coordinates),
    )
    return numbered_by_first(assign(learned, points.coordinates) + 1)


def micro_clusters(points: NDArray[np.float64], largest: int) -> NDArray[np.int64]:
    """Micro-cluster of each point (n,), from 0: cells of the finest grid that has few enough.

    A grid has 2 ** halvings cells a side. No more points than that stay as they are.
    """
    if len(points) <= largest:
        return np.arange(len(points))
    spans = np.ptp(points, axis=0)
    placed = (points - points.min(axis=0)) / np.where(spans > 0, spans, 1.0)

    def cells_of(halvings: int) -> NDArray[np.int64]:
        cells = np.zeros(len(points), np.int64)
        for feature in placed.T:
            fine = np.minimum(np.floor(feature * 2**halvings), 2**halvings - 1).astype(np.int64)
            cells = np.unique(cells * 2**halvings + fine, return_inverse=True)[1]
        return cells

    # Cells nest, so each halving has as many or more.
    too_many = bisect_right(range(HALVINGS + 1), largest, key=lambda n: cells_of(n).max() + 1)
    return cells_of(too_many - 1)


def scaling(
    scaling_code: str, members: Features, everyone: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets and spreads (features,) of a scaling by the loans of a run.

    everyone: (n, features) all points. On the min-max scale they lie between 0 and 1 by the loans
    of the training; a run without the largest loan stretches it, as a training would. A feature
    without spread keeps its unit.
    """
    counts, means, _ = members
    if scaling_code == "z_score":
        whole = pooled(members, np.zeros(len(counts), np.int64))
        offsets, spreads = whole.means[0], np.sqrt(whole.squares[0] / whole.counts[0])
    elif scaling_code == "robust":
        lower, offsets, upper = (
            np.array([quantile(values, counts, share) for values in means.T])
            for share in (0.25, 0.5, 0.75)
        )
        spreads = upper - lower
    else:
        spans = np.ptp(everyone, axis=0)
        offsets = means.min(axis=0) - everyone.min(axis=0)
        spreads = np.ptp(means, axis=0) / np.where(spans > 0, spans, 1.0)
    return offsets, np.where(spreads > 0, spreads, 1.0)


def quantile(values: NDArray[np.float64], counts: NDArray[np.float64], share: float) -> float:
    """Quantile of values (n,) that occur counts (n,) times, between two loans on a line."""
    order = np.argsort(values, kind="stable")
    last = np.cumsum(counts[order]) - 1
    place = share * last[-1]
    lower, upper = values[order][np.searchsorted(last, [np.floor(place), np.ceil(place)])]
    return float(lower + (place - np.floor(place)) * (upper - lower))


def jaccard_table(
    first: NDArray[np.int64], second: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Jaccard similarity (a, b) of every cluster of one partition with each of another.

    first, second: (n,) clusters from 0 to a - 1 and b - 1, none empty. weights: (n,) loans.
    """
    shape = first.max() + 1, second.max() + 1
    shared = np.bincount(first * shape[1] + second, weights, shape[0] * shape[1]).reshape(shape)
    return shared / (shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared)


def modal_runs(
    partitions: list[NDArray[np.int64]], weights: NDArray[np.float64], bound: float
) -> list[bool]:
    """Which runs gave the modal solution: the one that most runs agree with, of equals the first.

    Two partitions agree when each cluster of either has a counterpart in the other, similar to at
    least the bound: a few loans at a border do not make another solution. Clusters must be
    numbered by their first point, so that equal partitions are equal arrays.
    """
    names = [found.tobytes() for found in partitions]
    frequencies = Counter(names)
    distinct = dict(zip(names, partitions, strict=True))
    agreeing = {name: [name] for name in distinct}
    for (name, found), (other, other_found) in combinations(distinct.items(), 2):
        table = jaccard_table(found, other_found, weights)
        if min(table.max(axis=0).min(), table.max(axis=1).min()) >= bound:
            agreeing[name].append(other)
            agreeing[other].append(name)
    modal = max(distinct, key=lambda name: sum(frequencies[other] for other in agreeing[name]))
    return [name in agreeing[modal] for name in names]
