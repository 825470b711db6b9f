"""dbt Python model: the centres every candidate learns from the training points."""

import numpy as np
import pyarrow as pa

from algorithms import kmeans


def model(dbt, session):
    """One row per candidate and cluster: where the cluster's centre lies in the scaled space."""
    dbt.config(materialized="table")
    features = dbt.config.meta_get("features")
    columns = dbt.ref("int_segmentation__training_point").order("point_number").fetchnumpy()
    points = np.column_stack([np.asarray(columns[f"scaled_{name}"], float) for name in features])
    weights = np.asarray(columns["loan_count"], float)
    candidates = dbt.ref("segmentation_candidate_policy").order("policy_order").fetchnumpy()

    rows = []
    for code, algorithm, count in zip(
        candidates["candidate_code"],
        candidates["algorithm_code"],
        candidates["cluster_count"],
        strict=True,
    ):
        if algorithm != "kmeans" or count < 1:
            raise ValueError(
                f"segmentation_candidate_policy: {code} asks for {algorithm} with {count} clusters;"
                " kmeans with 1 or more is what can be trained"
            )
        if len(points) == 0:
            continue
        solution = kmeans.fit(points, weights, int(count))
        for number, centre in enumerate(solution.centres, start=1):
            rows.append(
                {
                    "candidate_code": str(code),
                    "cluster_number": number,
                    "start_number": solution.start_number,
                    "iterations": solution.iterations,
                    **{
                        f"scaled_{name}": float(x) for name, x in zip(features, centre, strict=True)
                    },
                }
            )
    schema = pa.schema(
        [
            ("candidate_code", pa.string()),
            ("cluster_number", pa.int32()),
            ("start_number", pa.int32()),
            ("iterations", pa.int32()),
            *[(f"scaled_{name}", pa.float64()) for name in features],
        ]
    )
    return pa.Table.from_pylist(rows, schema)
