"""dbt Python model: what every candidate learns from the training points."""

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from algorithms.prototypes import Candidate, learn


def model(dbt, session):
    """One row per candidate and prototype: centre, unit of the map or two-step profile."""
    dbt.config(materialized="table")
    features = dbt.config.meta_get("features")
    table = dbt.ref("int_segmentation__training_point").order("point_number").fetchnumpy()
    points, squares = (
        np.column_stack([np.asarray(table[f"{kind}_{name}"], float) for name in features])
        for kind in ("scaled", "squares")
    )
    weights = np.asarray(table["loan_count"], float)
    scalings = {row["scaling_code"]: row for row in records(dbt.ref("int_segmentation__scaling"))}

    rows, grown = [], {}
    candidates = dbt.ref("segmentation_candidate_policy").filter("is_active").order("policy_order")
    for policy in records(candidates):
        if len(points) == 0:
            break
        scaling = scalings[policy["scaling_code"]]
        # A product of matrices may add up in another order on another number of threads.
        with threadpool_limits(1):
            learned = learn(
                Candidate(**{name: policy[name] for name in Candidate._fields}),
                points,
                weights,
                squares,
                *(
                    np.array([scaling[f"{kind}_{name}"] for name in features])
                    for kind in ("offset", "spread")
                ),
                grown,
            )
        for number, coordinates in enumerate(learned.coordinates):
            cluster = int(learned.clusters[number])
            row = {
                "candidate_code": policy["candidate_code"],
                "prototype_number": number + 1,
                "cluster_number": cluster + 1 if cluster >= 0 else None,
                **learned.details[number],
            }
            vectors = {
                "learned": coordinates,
                "offset": learned.offsets,
                "spread": learned.spreads,
                "profile_squares": row.pop("profile_squares", [None] * len(features)),
            }
            for kind, values in vectors.items():
                row |= {f"{kind}_{name}": x for name, x in zip(features, values, strict=True)}
            rows.append(row)
    return pa.Table.from_pylist(rows, schema(features))


def records(relation):
    """The rows of a small relation as dicts."""
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def schema(features):
    """Columns of the table, also when no candidate has learned anything."""
    vectors = ("learned", "offset", "spread", "profile_squares")
    return pa.schema(
        [
            ("candidate_code", pa.string()),
            ("prototype_number", pa.int32()),
            ("cluster_number", pa.int32()),
            *[(f"{kind}_{name}", pa.float64()) for kind in vectors for name in features],
            ("start_number", pa.int32()),
            ("iterations", pa.int32()),
            ("grid_row", pa.int32()),
            ("grid_column", pa.int32()),
            ("hit_count", pa.int64()),
            ("u_distance", pa.float64()),
            ("profile_count", pa.float64()),
            ("outlier_distance", pa.float64()),
        ]
    )
