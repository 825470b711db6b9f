"""What the contract's k-means chooses from all distinct loans, beside the project's centres.

The project learns from cells, so its ten starts are other points. Prints one JSON line: for every
candidate the inertia and the silhouette over all loans, of its centres and of the full fit's.
"""

import json
import math
import sys
from pathlib import Path

import duckdb
import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[2] / "python_models"))
from inertia import FEATURES, read_centres

from algorithms import kmeans


def main(database: Path, candidates: list[str]) -> None:
    """Fit, measure and print."""
    answer = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            f"select {', '.join(FEATURES)}, count(*) as loans"
            " from intermediate.int_segmentation__scaled_member"
            f" group by {', '.join(FEATURES)} order by min(member_id)"
        ).fetchnumpy()
        loans = np.column_stack([columns[name] for name in FEATURES])
        weights = columns["loans"].astype(float)
        for code in candidates:
            centres = read_centres(connection, code)
            labels, squared = kmeans.nearest_centres(loans, centres)
            full = kmeans.fit(loans, weights, len(centres))
            answer[code] = {
                "project": {
                    "inertia": math.fsum(squared * weights),
                    "silhouette": kmeans.weighted_silhouette(loans, weights, labels, centres),
                },
                "full": {"inertia": full.inertia, "silhouette": full.silhouette},
            }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
