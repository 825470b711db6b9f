"""Which former segment a new one is: by the members they share, else by where they lie.

A cluster dissolves when no cluster of the other partition has a Jaccard coefficient over 0.5 with
it (Hennig, Cluster-wise assessment of cluster stability, 2007); then its successor is another.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DISSOLVED = 0.5


class Match(NamedTuple):
    """former: row of the former segment, None for a new one. how: members, centres, new or first.

    jaccard: members in both over members in either, None where none were compared.
    """

    former: int | None
    how: str
    jaccard: float | None


def match(
    shared: NDArray[np.float64],
    former_centres: NDArray[np.float64],
    new_centres: NDArray[np.float64],
) -> list[Match]:
    """One match per new segment; no former segment is matched twice.

    shared: (former, new) common members; where there are none at all, centres decide: two segments
    are the same when each is the other's nearest, in units of the former centres' spread.
    """
    former_count, new_count = shared.shape
    if former_count == 0:
        return [Match(None, "first", None)] * new_count
    if shared.sum() == 0:
        return match_centres(former_centres, new_centres)
    # Loaded here: only a training after another needs it.
    from scipy.optimize import linear_sum_assignment

    either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    jaccard = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
    pairs = dict(zip(*reversed(linear_sum_assignment(jaccard, maximize=True)), strict=True))
    matches = []
    for new in range(new_count):
        former = pairs.get(new)
        value = float(jaccard[:, new].max()) if former is None else float(jaccard[former, new])
        same = former is not None and value > DISSOLVED
        matches.append(Match(int(former) if same else None, "members" if same else "new", value))
    return matches


def match_centres(former: NDArray[np.float64], new: NDArray[np.float64]) -> list[Match]:
    """Mutually nearest centres, ties to the first."""
    if len(new) == 0:
        return []
    spread = np.ptp(np.vstack([former, new]), axis=0)
    spread[spread == 0] = 1.0
    distances = (((former[:, None] - new[None]) / spread) ** 2).sum(axis=2)
    matches = []
    for place in range(len(new)):
        nearest = int(distances[:, place].argmin())
        same = int(distances[nearest].argmin()) == place
        matches.append(Match(nearest if same else None, "centres" if same else "new", None))
    return matches


def coded(
    matches: list[Match], former_codes: list[str], taken: set[str]
) -> list[tuple[str, str, float | None]]:
    """Code, how it was found and Jaccard of each new segment, largest segment first.

    former_codes: of the rows matched. taken: every code there ever was, none of which is new.
    """
    highest = max((int(code.removeprefix("S")) for code in taken), default=0)
    result = []
    for former, how, jaccard in matches:
        if former is None:
            highest += 1
            result.append((f"S{highest}", "new" if how == "standing" else how, jaccard))
        else:
            result.append((former_codes[former], how, jaccard))
    return result
