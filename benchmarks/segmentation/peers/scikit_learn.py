"""Peer: scikit-learn's KMeans on all loans, ten starts for every number of clusters.

Writes one JSON file: for every number of clusters the inertia, the rounds of the best start and
the seconds of the fit.
"""

import json
import sys
import time
from pathlib import Path

from sklearn.cluster import KMeans
from space import read_space

STARTS = 10


def main(space: Path, out: Path, cluster_counts: list[int]) -> None:
    """Fit and write."""
    loans = read_space(space)
    fits = {}
    for count in cluster_counts:
        began = time.perf_counter()
        model = KMeans(count, n_init=STARTS, random_state=0).fit(loans)
        fits[count] = {
            "inertia": model.inertia_,
            "iterations": model.n_iter_,
            "seconds": time.perf_counter() - began,
        }
    out.write_text(json.dumps(fits), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [int(count) for count in sys.argv[3:]])
