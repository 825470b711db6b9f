"""What a candidate learned, as rows that SQL can assign every loan by.

A prototype is a centre (k-means), a unit (Kohonen) or a profile (two-step), in the units the
candidate learned in: (scaled - offset) / spread. A loan goes to its nearest prototype, ties to the
lower number, and so to that prototype's cluster; two-step measures the log-likelihood distance,
the others the Euclidean one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from algorithms import kmeans, kohonen, two_step


class Candidate(NamedTuple):
    """A row of the candidate policy; None where the cell is empty."""

    algorithm_code: str
    cluster_count: int | None = None
    grid_rows: int | None = None
    grid_columns: int | None = None
    information_criterion: str | None = None
    noise_percent: float | None = None


class Learned(NamedTuple):
    """Prototypes and the cluster of each training point.

    coordinates: (p, features). clusters: (p,) from 0, -1 if it won no point. labels: (n,) clusters
    of the points, -1 an outlier. offsets, spreads: (features,). details: (p,) columns by name.
    """

    coordinates: NDArray[np.float64]
    clusters: NDArray[np.int64]
    labels: NDArray[np.int64]
    offsets: NDArray[np.float64]
    spreads: NDArray[np.float64]
    details: list[dict]


def learn(
    candidate: Candidate,
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    squares: NDArray[np.float64],
    offsets: NDArray[np.float64],
    spreads: NDArray[np.float64],
    grown: dict[float | None, two_step.Grown] | None = None,
) -> Learned:
    """Train one candidate.

    points: (n, features) min-max scaled, in the contract's order. weights: (n,) loans.
    squares: (n, features) about the mean inside each point, 0 for exact points.
    offsets, spreads: (features,) of the candidate's scaling. Two-step standardises by itself.
    grown: two-step trees of these points by noise_percent, kept here for the next candidate.
    """
    # Sums go along the rows in memory; another layout would add up in another order.
    points, squares = np.ascontiguousarray(points), np.ascontiguousarray(squares)
    if candidate.algorithm_code == "two_step":
        grown = {} if grown is None else grown
        if candidate.noise_percent not in grown:
            tree = two_step.grow(points, weights, squares, candidate.noise_percent)
            grown[candidate.noise_percent] = tree
        return learn_two_step(candidate, points, weights, squares, grown[candidate.noise_percent])
    placed = (points - offsets) / spreads
    if candidate.algorithm_code == "kmeans":
        solution = kmeans.fit(placed, weights, candidate.cluster_count)
        run = {"start_number": solution.start_number, "iterations": solution.iterations}
        clusters = np.arange(len(solution.centres))
        details = [run] * len(clusters)
        return Learned(solution.centres, clusters, solution.labels, offsets, spreads, details)
    solution = kohonen.fit(
        placed, weights, candidate.grid_rows, candidate.grid_columns, candidate.cluster_count
    )
    columns = zip(solution.rows, solution.columns, solution.hits, solution.u_matrix, strict=True)
    details = [
        {"grid_row": int(row) + 1, "grid_column": int(column) + 1}
        | {"hit_count": round(hits), "u_distance": float(distance)}
        for row, column, hits, distance in columns
    ]
    return Learned(
        solution.codebook, solution.unit_clusters, solution.labels, offsets, spreads, details
    )


def learn_two_step(
    candidate: Candidate,
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    squares: NDArray[np.float64],
    grown: two_step.Grown,
) -> Learned:
    """Profiles of the clusters that the last pass measures every loan against."""
    solution = two_step.fit(
        points,
        weights,
        candidate.cluster_count,
        squares,
        criterion=candidate.information_criterion,
        noise_percent=candidate.noise_percent,
        grown=grown,
    )
    profiles = solution.profiles
    details = [
        {"profile_count": float(count), "profile_squares": squared.tolist()}
        | {"outlier_distance": solution.outlier_distance}
        for count, squared in zip(profiles.counts, profiles.squares, strict=True)
    ]
    return Learned(
        profiles.means,
        solution.profile_labels,
        solution.labels,
        solution.offsets,
        solution.spreads,
        details,
    )


def assign(learned: Learned, points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cluster of each point (n,) by its nearest prototype as SQL assigns a loan, -1 an outlier.

    points: (n, features) min-max scaled.
    """
    won = np.flatnonzero(learned.clusters >= 0)
    if len(won) == 0:
        return np.full(len(points), -1)
    placed = (points - learned.offsets) / learned.spreads
    details = learned.details[won[0]]
    if details.get("profile_count") is None:
        nearest, _ = kmeans.nearest_centres(placed, learned.coordinates[won])
        return learned.clusters[won][nearest]
    profiles = two_step.Features(
        np.array([learned.details[number]["profile_count"] for number in won]),
        learned.coordinates[won],
        np.array([learned.details[number]["profile_squares"] for number in won]),
    )
    nearest, distances = two_step.nearest(placed, profiles)
    farthest = details["outlier_distance"]
    outlying = np.zeros(len(points), bool) if farthest is None else distances > farthest
    return np.where(outlying, -1, learned.clusters[won][nearest])
