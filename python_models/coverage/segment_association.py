"""dbt Python model: how likely chance alone would spread the loans over values and segments so."""

import numpy as np
import pyarrow as pa
from scipy.stats import chi2_contingency

from algorithms.relations import records


def model(dbt, session):
    """One row per dimension with at least two values and two segments: the chi-square test."""
    dbt.config(materialized="table")
    return tested(dbt.ref("segment_composition"))


def tested(composition):
    """The tests of all dimensions of a segment_composition."""
    cells = records(
        composition.filter("population_code = 'all'")
        .project("dimension_code, dimension_value, segment_code, loan_count")
        .order("dimension_code, dimension_value, segment_code")
    )
    rows = []
    for dimension in sorted({cell["dimension_code"] for cell in cells}):
        here = [cell for cell in cells if cell["dimension_code"] == dimension]
        segments = len({cell["segment_code"] for cell in here})
        test = independence([cell["loan_count"] for cell in here], segments)
        if test:
            rows.append({"dimension_code": dimension} | test)
    schema = pa.schema(
        [
            ("dimension_code", pa.string()),
            ("chi_square", pa.float64()),
            ("degrees_of_freedom", pa.int64()),
            ("p_value", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def independence(counts, columns):
    """Pearson's test of a cross-table, given row by row; None of a single row or column.

    Without Yates's correction, which only a 2 x 2 table would get. Empty rows and columns say
    nothing.
    """
    table = np.asarray(counts, float).reshape(-1, columns)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return None
    test = chi2_contingency(table, correction=False)
    return {
        "chi_square": float(test.statistic),
        "degrees_of_freedom": int(test.dof),
        "p_value": float(test.pvalue),
    }
