"""dbt Python model: how unlikely a feature's difference between segments is by chance."""

import numpy as np
import pyarrow as pa
from scipy.special import fdtrc

SMALLEST = np.finfo(float).tiny


def model(dbt, session):
    """One row per candidate and feature with an F value: -log10 of its p-value, at most 307.65."""
    dbt.config(materialized="table")
    tests = dbt.ref("int_segmentation__candidate_feature")
    tests = tests.filter("f_value is not null").order("candidate_code, feature_code").fetchnumpy()
    f_values, between, within = (
        np.asarray(tests[name], float)
        for name in ("f_value", "between_degrees_of_freedom", "within_degrees_of_freedom")
    )
    p_values = np.maximum(fdtrc(between, within, f_values), SMALLEST)
    return pa.table(
        {
            "candidate_code": pa.array(tests["candidate_code"].tolist(), pa.string()),
            "feature_code": pa.array(tests["feature_code"].tolist(), pa.string()),
            "negative_log10_p": pa.array(-np.log10(p_values) + 0.0, pa.float64()),
        }
    )
