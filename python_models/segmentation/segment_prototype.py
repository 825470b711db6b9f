"""dbt Python model: what every candidate learns from the training points of its space."""

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.metadata import version

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from algorithms.prototypes import Candidate, learn
from algorithms.relations import records

LIBRARIES = ("numpy", "scipy", "minisom", "duckdb")
LIBRARY_VERSIONS = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
VECTORS = ("learned", "offset", "spread", "profile_squares")


def model(dbt, session):
    """One row per candidate and prototype: centre, unit of the map or two-step profile."""
    dbt.config(materialized="table")
    points = dbt.ref("int_segmentation__training_point")
    scalings = {
        (row["space_code"], row["scaling_code"]): row
        for row in records(dbt.ref("int_segmentation__scaling"))
    }
    spaces = {row["space_code"]: row for row in records(dbt.ref("int_segmentation__space"))}
    slots = [
        name.removeprefix("has_")
        for name in dbt.ref("int_segmentation__space").columns
        if name.startswith("has_")
    ]
    policies = records(dbt.ref("int_segmentation__candidate").order("policy_order"))
    used = {
        code: [slot for slot in slots if space[f"has_{slot}"]] for code, space in spaces.items()
    }
    folded = {
        code: training_points(points, code, used[code])
        for code in sorted({policy["space_code"] for policy in policies})
    }

    # Two-step candidates of a space share one tree.
    grown = {code: {} for code in folded}

    def learn_one(policy):
        """What a candidate learns from the points of its space."""
        space_code = policy["space_code"]
        scaling = scalings[space_code, policy["scaling_code"]]
        return learn(
            Candidate(**{name: policy[name] for name in Candidate._fields}),
            *folded[space_code],
            *(
                np.array([scaling[f"{kind}_{slot}"] for slot in used[space_code]])
                for kind in ("offset", "spread")
            ),
            grown[space_code],
        )

    known = [policy for policy in policies if len(folded[policy["space_code"]][0])]
    trees = [policy for policy in known if policy["algorithm_code"] == "two_step"]
    # Large maps take longest, so they begin.
    others = sorted(
        (policy for policy in known if policy["algorithm_code"] != "two_step"),
        key=lambda policy: -(policy["grid_rows"] or 0) * (policy["grid_columns"] or 0),
    )
    # A product of matrices may add up in another order on another number of threads, so only
    # whole candidates are learned side by side. Trees are grown after them: a thread of many
    # small steps keeps the others waiting.
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        solutions = [*pool.map(learn_one, others), *map(learn_one, trees)]
    codes = [policy["candidate_code"] for policy in (*others, *trees)]
    learned = dict(zip(codes, solutions, strict=True))
    rows = []
    for policy in policies:
        code, space_code = policy["candidate_code"], policy["space_code"]
        if code in learned:
            origin = {
                "input_hash": input_hash(*folded[space_code]),
                "library_versions": LIBRARY_VERSIONS,
            }
            for row in prototypes(code, learned[code], slots, used[space_code]):
                rows.append(row | origin)
    return pa.Table.from_pylist(rows, schema(slots))


def training_points(relation, space_code, slots):
    """Coordinates (n, features), loans per point (n,) and squares (n, features) of a space."""
    table = relation.filter(f"space_code = '{space_code}'").order("point_number").fetchnumpy()
    coordinates, squares = (
        np.column_stack([np.asarray(table[f"{kind}_{slot}"], float) for slot in slots])
        for kind in ("scaled", "squares")
    )
    return coordinates, np.asarray(table["member_count"], float), squares


def prototypes(candidate_code, learned, slots, used):
    """The table's rows for a candidate; a feature it does not use stands at 0 everywhere."""
    for number, coordinates in enumerate(learned.coordinates):
        cluster = int(learned.clusters[number])
        row = {
            "candidate_code": candidate_code,
            "prototype_number": number + 1,
            "cluster_number": cluster + 1 if cluster >= 0 else None,
            **learned.details[number],
        }
        profile_squares = row.pop("profile_squares", None)
        values = {
            "learned": coordinates,
            "offset": learned.offsets,
            "spread": learned.spreads,
            "profile_squares": profile_squares,
        }
        unused = {"spread": 1.0, "profile_squares": None if profile_squares is None else 0.0}
        for kind in VECTORS:
            known = {} if values[kind] is None else dict(zip(used, values[kind], strict=True))
            row |= {f"{kind}_{slot}": known.get(slot, unused.get(kind, 0.0)) for slot in slots}
        yield row


def input_hash(*arrays):
    """What was learned from, as a number that another order of the loans does not change."""
    return sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def schema(slots):
    """Columns of the table, also when no candidate has learned anything."""
    return pa.schema(
        [
            ("candidate_code", pa.string()),
            ("prototype_number", pa.int32()),
            ("cluster_number", pa.int32()),
            *[(f"{kind}_{slot}", pa.float64()) for kind in VECTORS for slot in slots],
            ("start_number", pa.int32()),
            ("iterations", pa.int32()),
            ("grid_row", pa.int32()),
            ("grid_column", pa.int32()),
            ("hit_count", pa.int64()),
            ("u_distance", pa.float64()),
            ("profile_count", pa.float64()),
            ("outlier_distance", pa.float64()),
            ("input_hash", pa.string()),
            ("library_versions", pa.string()),
        ]
    )
