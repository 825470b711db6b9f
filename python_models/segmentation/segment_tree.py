"""dbt Python model: the champion's segments as the rules of a shallow decision tree."""

import numpy as np
import pyarrow as pa

from algorithms import rules

BOUND = pa.decimal128(28, 10)


def model(dbt, session):
    """One row per grain and rule: its segment and the bounds of each feature in its own unit."""
    dbt.config(materialized="table")
    points = dbt.ref("int_segmentation__rule_point")
    slots = [name.removeprefix("value_") for name in points.columns if name.startswith("value_")]
    points = points.order("grain_code, point_number").to_arrow_table()
    grains = points["grain_code"]
    rows = []
    for grain in sorted(set(grains.to_pylist())):
        here = points.filter(pa.array([code == grain for code in grains.to_pylist()]))
        rows += rules_of(grain, here.combine_chunks(), slots)
    schema = pa.schema(
        [
            ("grain_code", pa.string()),
            ("rule_number", pa.int32()),
            ("segment_code", pa.string()),
            *[(f"{kind}_{slot}", BOUND) for kind in ("above", "up_to") for slot in slots],
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def rules_of(grain, points, slots):
    """The rows of a grain; rules go by segment, those of most members first."""
    used = [slot for slot in slots if points[f"value_{slot}"].null_count == 0]
    codes = sorted(set(points["segment_code"].to_pylist()), key=lambda code: (len(code), code))
    number_of = {code: number for number, code in enumerate(codes)}
    learned = rules.learn(
        [points[f"value_{slot}"].combine_chunks() for slot in used],
        np.array([number_of[code] for code in points["segment_code"].to_pylist()]),
        points["member_count"].to_numpy().astype(float),
    )
    learned = sorted(learned, key=lambda rule: (rule.segment, -rule.weight))
    for number, rule in enumerate(learned, start=1):
        row = {"grain_code": grain, "rule_number": number, "segment_code": codes[rule.segment]}
        for kind in ("above", "up_to"):
            bounds = dict(zip(used, getattr(rule, kind), strict=True))
            row |= {f"{kind}_{slot}": bounds.get(slot) for slot in slots}
        yield row
