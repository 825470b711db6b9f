"""The min-max scaled space of all loans, as every peer begins with it."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

FEATURES = ("scaled_1", "scaled_2", "scaled_3")


def read_space(path: Path) -> np.ndarray:
    """All loans (n, 3), one after the other in memory, in doubles."""
    table = pq.read_table(path, columns=list(FEATURES))
    return np.column_stack([table[name].to_numpy() for name in FEATURES])
