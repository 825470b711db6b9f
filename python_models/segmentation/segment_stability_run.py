"""dbt Python model: the champion's training of loans, repeated under perturbations."""

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from algorithms.prototypes import Candidate
from algorithms.stability import Points, certify

SCHEMA = pa.schema(
    [
        ("kind_code", pa.string()),
        ("run_number", pa.int32()),
        ("cluster_number", pa.int32()),
        ("jaccard", pa.float64()),
        ("is_modal", pa.bool_()),
    ]
)


def model(dbt, session):
    """One row per run and cluster of the champion: how much of it the run found again."""
    dbt.config(materialized="table")
    table = dbt.ref("int_segmentation__micro_cluster").order("point_number, month_end_date")
    champions = dbt.ref("int_segmentation__choice").filter("is_champion and grain_code = 'loan'")
    champion_codes = [code for (code,) in champions.select("candidate_code").fetchall()]
    policies = records(dbt.ref("int_segmentation__candidate"))
    spaces = {row["space_code"]: row for row in records(dbt.ref("int_segmentation__space"))}
    [choice] = records(dbt.ref("segmentation_choice_policy"))
    columns = table.fetchnumpy()
    if len(columns["point_number"]) == 0:
        return SCHEMA.empty_table()
    [policy] = [row for row in policies if row["candidate_code"] in champion_codes]
    flags = spaces[policy["space_code"]]
    slots = [name[4:] for name, has in flags.items() if name.startswith("has_") and has]
    points, clusters = training_points(columns, slots)
    # A product of matrices may add up in another order on another number of threads.
    with threadpool_limits(1):
        outcomes = certify(
            Candidate(**{name: policy[name] for name in Candidate._fields}),
            policy["scaling_code"],
            points,
            clusters,
            choice["stability_runs"],
            choice["nameable_jaccard"],
        )
    rows = [
        {"cluster_number": int(cluster), "jaccard": float(jaccard)}
        | {"kind_code": outcome.kind_code, "run_number": outcome.run_number}
        | {"is_modal": outcome.is_modal}
        for outcome in outcomes
        for cluster, jaccard in zip(np.unique(clusters), outcome.jaccards, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def training_points(columns, slots):
    """The points of the table and the champion's cluster of each (n,)."""
    numbers = np.asarray(columns["point_number"], int) - 1
    firsts = np.unique(numbers, return_index=True)[1]
    members = np.asarray(columns["member_count"], float)
    counts = np.bincount(numbers, members)

    def each(kind):
        return [np.asarray(columns[f"{kind}_{slot}"], float) for slot in slots]

    def totals(kind):
        return np.column_stack([np.bincount(numbers, values) for values in each(kind)])

    shifts = totals("sum") / counts[:, None]
    coordinates = np.column_stack(each("place"))[firsts] + shifts
    squares = np.maximum(totals("square_sum") - totals("sum") * shifts, 0.0)
    month_ends, months = np.unique(columns["month_end_date"], return_inverse=True)
    by_month = np.zeros((len(month_ends), len(counts)))
    by_month[months, numbers] = members
    clusters = np.asarray(columns["cluster_number"], int)[firsts]
    return Points(coordinates, counts, squares, by_month), clusters


def records(relation):
    """The rows of a small relation as dicts."""
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
