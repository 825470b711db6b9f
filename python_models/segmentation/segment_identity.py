"""dbt Python model: which former segment each segment of a champion is."""

import numpy as np
import pyarrow as pa

from algorithms import identity

SCHEMA = pa.schema(
    [
        ("grain_code", pa.string()),
        ("candidate_code", pa.string()),
        ("cluster_number", pa.int32()),
        ("segment_code", pa.string()),
        ("matched_by_code", pa.string()),
        ("jaccard", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per cluster of each grain's champion, with its segment code."""
    dbt.config(materialized="table")
    champions = records(dbt.ref("int_segmentation__choice").filter("is_champion"))
    trainings = {row["grain_code"]: row for row in records(dbt.ref("int_segmentation__training"))}
    clusters = records(dbt.ref("int_segmentation__cluster").order("size_rank"))
    former = records(dbt.ref("int_segmentation__standing_segment").order("segment_code"))
    overlaps = records(dbt.ref("int_segmentation__segment_overlap"))
    rows = []
    for champion in champions:
        grain_code, candidate_code = champion["grain_code"], champion["candidate_code"]
        new = [row for row in clusters if row["candidate_code"] == candidate_code]
        known = [row for row in former if row["grain_code"] == grain_code]
        standing = [row for row in known if row["is_standing"]]
        if trainings[grain_code]["is_training"]:
            shared = np.zeros((len(standing), len(new)))
            old_at = {row["cluster_number"]: n for n, row in enumerate(standing)}
            new_at = {row["cluster_number"]: n for n, row in enumerate(new)}
            for row in overlaps:
                old = old_at.get(row["former_cluster_number"])
                if row["grain_code"] == grain_code and old is not None:
                    shared[old, new_at[row["cluster_number"]]] = row["member_count"]
            matches = identity.match(shared, centres(standing), centres(new))
        else:
            places = {row["cluster_number"]: n for n, row in enumerate(standing)}
            matches = [
                identity.Match(places.get(row["cluster_number"]), "standing", None) for row in new
            ]
        taken = {row["segment_code"] for row in known}
        codes = [row["segment_code"] for row in standing]
        for row, (code, how, jaccard) in zip(
            new, identity.coded(matches, codes, taken), strict=True
        ):
            rows.append(
                {
                    "grain_code": grain_code,
                    "candidate_code": candidate_code,
                    "cluster_number": row["cluster_number"],
                    "segment_code": code,
                    "matched_by_code": how,
                    "jaccard": jaccard,
                }
            )
    return pa.Table.from_pylist(rows, SCHEMA)


def centres(segments):
    """Means (n, features) in the features' own units; a feature nobody has is 0."""
    names = sorted(name for name in (segments[0] if segments else {}) if name.startswith("mean_"))
    values = [float(row[name] or 0) for row in segments for name in names]
    return np.array(values).reshape(len(segments), len(names))


def records(relation):
    """The rows of a small relation as dicts."""
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
