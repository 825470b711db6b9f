"""Kohonen map with SPSS Modeler's two phases, as a batch map over weighted points.

Specification: IBM SPSS Modeler, Kohonen node, expert options (phases, neighbourhoods, eta, cycles);
batch map: Kohonen, Essentials of the self-organizing map, Neural Networks 37 (2013).

Modeler moves the map after every record: w += eta * (x - w) for the winner and all units less than
N grid steps away. Here it moves once per cycle, by the same eta towards the mean of the loans that
would have moved a unit: w += eta * (mean - w). That is MiniSom's ``train_batch_offline`` with the
recipe's phases, and the record rule itself where a cycle has one record. A batch does not depend
on the order of the loans, nor on how many there are (a weight of 2 everywhere changes nothing),
and is a few array operations for 50,000 points where both of MiniSom's loops take a Python step
per record. MiniSom is the map: its codebook and its ``bubble`` neighbourhood.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from minisom import MiniSom
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from algorithms.kmeans import cluster_means, nearest_centres

EXPONENTIAL_FLOOR = 0.01
NEIGHBOURS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]


class Phase(NamedTuple):
    """Learning phase: ``neighbourhood`` to ``last_neighbourhood``, ``eta`` to ``last_eta``.

    A neighbourhood of N reaches the units fewer than N grid steps away (the larger of rows and
    columns), so 1 is the winner alone.
    """

    neighbourhood: int
    last_neighbourhood: int
    eta: float
    last_eta: float
    cycles: int


def recipe(
    neighbourhoods: tuple[int, int] = (2, 1),
    etas: tuple[float, float] = (0.3, 0.1),
    cycles: tuple[int, int] = (20, 150),
) -> tuple[Phase, Phase]:
    """Modeler's two phases, by default with its default values.

    Phase 1 goes from its neighbourhood to that of phase 2 plus 1 and from eta to that of phase 2,
    phase 2 from there to 1 and to 0.
    """
    return (
        Phase(neighbourhoods[0], neighbourhoods[1] + 1, *etas, cycles[0]),
        Phase(neighbourhoods[1], 1, etas[1], 0.0, cycles[1]),
    )


class Solution(NamedTuple):
    """A trained map. Units are counted row by row; clusters in the order of their first unit.

    codebook: (units, features). rows, columns: (units,) grid position. hits: (units,) loans.
    u_matrix: (units,) mean distance to the up to eight grid neighbours, the largest = 1.
    unit_clusters: (units,) cluster of the unit, -1 if it won no loan. winners, labels:
    (n,) unit and cluster of a point. centres: (k, features) weighted means of the members.
    quantisation_error: mean distance of a loan to its unit.
    """

    codebook: NDArray[np.float64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    hits: NDArray[np.float64]
    u_matrix: NDArray[np.float64]
    unit_clusters: NDArray[np.int64]
    winners: NDArray[np.int64]
    labels: NDArray[np.int64]
    centres: NDArray[np.float64]
    quantisation_error: float


def fit(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    rows: int,
    columns: int,
    cluster_count: int | None = None,
    phases: tuple[Phase, ...] | None = None,
    decay: str = "linear",
) -> Solution:
    """Train a map of ``rows`` x ``columns`` units; they are the clusters, or are grouped to some.

    points: (n, features) distinct points, scaled. weights: (n,) loans per point. cluster_count:
    None makes every unit with loans a cluster. decay: linear or exponential, of eta.
    """
    som = MiniSom(rows, columns, points.shape[1], neighborhood_function="bubble")
    codebook = som.get_weights().reshape(rows * columns, -1)  # a view: training moves the map
    codebook[:] = initial_codebook(points, weights, rows, columns)
    train(som, points, weights, schedule(recipe() if phases is None else phases, decay))
    winners, squared = nearest_centres(points, codebook)
    hits = np.bincount(winners, weights, len(codebook))
    unit_clusters = group_units(codebook, hits, cluster_count)
    labels = unit_clusters[winners]
    centres = np.zeros((unit_clusters.max() + 1, points.shape[1]))
    return Solution(
        codebook.copy(),
        *np.divmod(np.arange(rows * columns), columns),
        hits,
        u_matrix(codebook, rows, columns),
        unit_clusters,
        winners,
        labels,
        cluster_means(points, weights, labels, centres),
        float((np.sqrt(squared) * weights).sum() / weights.sum()),
    )


def initial_codebook(
    points: NDArray[np.float64], weights: NDArray[np.float64], rows: int, columns: int
) -> NDArray[np.float64]:
    """A regular grid (units, features) in the plane of the two widest principal components.

    Kohonen's linear start, two standard deviations to either side of the mean, the longer side of
    the map along the wider component. Each component points to where its largest element is
    positive, so that the same points always give the same map. MiniSom's ``pca_weights_init``
    knows neither weights nor deviations.
    """
    total = weights.sum()
    loans = weights[:, None]
    mean = (loans * points).sum(axis=0) / total
    centred = points - mean
    covariance = np.einsum("ni,nj->ij", loans * centred, centred) / total
    variances, components = np.linalg.eigh(covariance)
    largest = np.abs(components).argmax(axis=0)
    components = components * np.where(components[largest, np.arange(len(mean))] < 0, -1.0, 1.0)
    spans = 2 * np.sqrt(np.maximum(variances, 0.0)) * components
    wide = spans[:, -1]
    narrow = spans[:, -2] if len(mean) > 1 else np.zeros(1)
    down, across = (wide, narrow) if rows > columns else (narrow, wide)
    row, column = np.divmod(np.arange(rows * columns), columns)
    return mean + np.outer(steps(rows)[row], down) + np.outer(steps(columns)[column], across)


def steps(count: int) -> NDArray[np.float64]:
    """Even steps from -1 to 1; a single one stands in the middle."""
    return np.linspace(-1, 1, count) if count > 1 else np.zeros(1)


def schedule(phases: tuple[Phase, ...], decay: str = "linear") -> list[tuple[int, float]]:
    """Neighbourhood and eta of every cycle.

    Each whole neighbourhood of a phase gets an equal run of cycles; it never grows. eta falls from
    cycle to cycle by a fixed amount or by a fixed factor, which needs a last value over 0: 0.01,
    the floor, where the phase ends at 0.
    """
    cycles = []
    for phase in phases:
        stages = max(phase.neighbourhood - phase.last_neighbourhood, 0) + 1
        last_eta = phase.last_eta or min(EXPONENTIAL_FLOOR, phase.eta)
        for cycle in range(phase.cycles):
            passed = cycle / phase.cycles
            eta = {
                "linear": phase.eta + (phase.last_eta - phase.eta) * passed,
                "exponential": phase.eta * (last_eta / phase.eta) ** passed,
            }[decay]
            cycles.append((phase.neighbourhood - cycle * stages // phase.cycles, eta))
    return cycles


def train(
    som: MiniSom,
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    cycles: list[tuple[int, float]],
) -> None:
    """Move the map through the cycles; a unit whose neighbourhood won no loan stays."""
    codebook = som.get_weights().reshape(-1, points.shape[1])
    reaches = {size: neighbourhood_matrix(som, size) for size in {size for size, _ in cycles}}
    weighted = [weights * feature for feature in points.T]
    for size, eta in cycles:
        winners, _ = nearest_centres(points, codebook)
        won = [np.bincount(winners, column, len(codebook)) for column in (weights, *weighted)]
        totals = np.einsum("uv,vf->uf", reaches[size], np.column_stack(won))
        loans, sums = totals[:, :1], totals[:, 1:]
        means = np.divide(sums, loans, out=codebook.copy(), where=loans > 0)
        codebook += eta * (means - codebook)


def neighbourhood_matrix(som: MiniSom, size: int) -> NDArray[np.float64]:
    """MiniSom's bubble around every unit (units, units): 1 where less than ``size`` away."""
    grid = np.ndindex(som.get_weights().shape[:2])
    return np.array([som.neighborhood(position, size).ravel() for position in grid])


def group_units(
    codebook: NDArray[np.float64], hits: NDArray[np.float64], cluster_count: int | None
) -> NDArray[np.int64]:
    """Cluster of each unit (units,), -1 without loans; Ward's method over the units with loans.

    Units count equally: weighting by loans cuts the mass in two before it sees a small far group,
    which the map gives a few units of its own (on the study's loans only the equal count finds the
    71 large ones). SciPy's Ward is what scikit-learn's calls, without its second of import; of
    equal distances the two may undo another merge.
    """
    used = np.flatnonzero(hits > 0)
    groups = np.arange(len(used))
    if cluster_count is not None and cluster_count < len(used):
        labels = hierarchy.cut_tree(hierarchy.ward(codebook[used]), n_clusters=cluster_count)[:, 0]
        _, first, groups = np.unique(labels, return_index=True, return_inverse=True)
        groups = np.argsort(np.argsort(first))[groups]
    unit_clusters = np.full(len(codebook), -1)
    unit_clusters[used] = groups
    return unit_clusters


def u_matrix(codebook: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """Mean distance of each unit (units,) to its up to eight grid neighbours, the largest = 1.

    MiniSom's ``distance_map(scaling="mean")``, but for the last bit: that takes a product of
    vectors, whose sum depends on where in memory they lie. 0 where all units are in one place.
    """
    grid = codebook.reshape(rows, columns, -1)
    totals, counts = np.zeros((rows, columns)), np.zeros((rows, columns))
    for down, across in NEIGHBOURS:
        here = grid[max(-down, 0) : rows - max(down, 0), max(-across, 0) : columns - max(across, 0)]
        there = grid[max(down, 0) : rows + min(down, 0), max(across, 0) : columns + min(across, 0)]
        squared = np.zeros(here.shape[:2])
        for feature in range(grid.shape[2]):
            difference = here[:, :, feature] - there[:, :, feature]
            squared += difference * difference
        place = np.s_[
            max(-down, 0) : rows - max(down, 0), max(-across, 0) : columns - max(across, 0)
        ]
        totals[place] += np.sqrt(squared)
        counts[place] += 1
    means = np.divide(totals, counts, out=np.zeros_like(totals), where=counts > 0)
    return (means / means.max() if means.max() > 0 else means).ravel()
