"""Inertia of the project's k-means centres over all loans, and where scikit-learn takes them.

Prints one JSON line: for every candidate the number of clusters, the inertia of its centres as
they are, and that of scikit-learn's KMeans over all loans started from them.
"""

import json
import sys
from pathlib import Path

import duckdb
import numpy as np
from sklearn.cluster import KMeans

sys.path.append(str(Path(__file__).resolve().parent / "peers"))
from space import FEATURES, read_space

BLOCK = 1_000_000


def inertia(loans: np.ndarray, centres: np.ndarray) -> float:
    """Sum of squared distances of all loans (n, features) to their nearest centre."""
    total = 0.0
    for start in range(0, len(loans), BLOCK):
        block = loans[start : start + BLOCK, None, :] - centres
        total += float(np.square(block).sum(axis=2).min(axis=1).sum())
    return total


def read_centres(connection: duckdb.DuckDBPyConnection, code: str) -> np.ndarray:
    """A candidate's centres (clusters, features) as the project learned them."""
    columns = ", ".join(name.replace("scaled_", "learned_") for name in FEATURES)
    return np.array(
        connection.execute(
            f"select {columns} from intermediate.segment_prototype"
            " where candidate_code = ? order by prototype_number",
            [code],
        ).fetchall()
    )


def main(database: Path, space: Path, candidates: list[str]) -> None:
    """Measure and print."""
    loans = read_space(space)
    answer = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        for code in candidates:
            centres = read_centres(connection, code)
            count = len(centres)
            # The default tolerance stops short of where no assignment changes.
            model = KMeans(count, init=centres, n_init=1, tol=0).fit(loans)
            answer[code] = {
                "cluster_count": count,
                "project": inertia(loans, centres),
                "continued": model.inertia_,
                "iterations": model.n_iter_,
            }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
