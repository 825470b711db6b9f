"""Segments as readable rules: a shallow decision tree, its leaves as bounds in decimals.

scikit-learn's tree compares single-precision values with a threshold half-way between two of them;
SQL compares exact decimals. So the tree is grown on ranks, which single precision holds exactly
and which split as the values they stand for do, and each threshold becomes a short decimal between
the two values it lies between. No point can fall on the other side.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

DEPTH = 3


class Rule(NamedTuple):
    """A leaf: whoever lies over every ``above`` and at or under every ``up_to`` is under the rule.

    segment: the one with the largest weight in the leaf, the first of equals. above, up_to:
    (features,) decimals, None where there is no bound. weight: of the points under the rule.
    """

    segment: int
    above: tuple[Decimal | None, ...]
    up_to: tuple[Decimal | None, ...]
    weight: float


def learn(
    features: list[pa.Array],
    segments: NDArray[np.int64],
    weights: NDArray[np.float64],
    depth: int = DEPTH,
) -> list[Rule]:
    """Rules that share out all there is, from the left of the tree to the right.

    features: arrays of n decimals. segments: (n,) numbers from 0. weights: (n,) loans per point.
    depth: conditions a rule has at most. Leaves side by side that say the same are one rule.
    """
    nowhere = (None,) * len(features)
    everything = Rule(int(np.bincount(segments, weights).argmax()), nowhere, nowhere, weights.sum())
    if not features or (segments == segments[0]).all():
        return [everything]
    # Loaded here: a second that one segment does not need.
    from sklearn.tree import DecisionTreeClassifier

    values = [feature.unique().sort() for feature in features]
    ranks = np.column_stack(
        [
            pc.index_in(feature, value_set=known).to_numpy(zero_copy_only=False)
            for feature, known in zip(features, values, strict=True)
        ]
    )
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
    tree = tree.fit(ranks, segments, weights).tree_

    def leaves(node: int, rule: Rule, inside: NDArray[np.int64]) -> list[Rule]:
        """Rules of the tree from a node on; inside: the points that reach it."""
        weight = np.bincount(segments[inside], weights[inside])
        rule = rule._replace(segment=int(weight.argmax()), weight=float(weight.sum()))
        if tree.children_left[node] < 0:
            return [rule]
        feature = tree.feature[node]
        here = ranks[inside, feature]
        is_left = here <= tree.threshold[node]
        bound = short_decimal(
            values[feature][here[is_left].max()].as_py(),
            values[feature][here[~is_left].min()].as_py(),
        )
        left = rule._replace(up_to=with_bound(rule.up_to, feature, bound))
        right = rule._replace(above=with_bound(rule.above, feature, bound))
        below = leaves(tree.children_left[node], left, inside[is_left])
        below += leaves(tree.children_right[node], right, inside[~is_left])
        return [rule] if len(below) == 2 and below[0].segment == below[1].segment else below

    return leaves(0, everything, np.arange(len(segments)))


def with_bound(
    bounds: tuple[Decimal | None, ...], feature: int, bound: Decimal
) -> tuple[Decimal | None, ...]:
    """The bounds with another one for a feature."""
    return (*bounds[:feature], bound, *bounds[feature + 1 :])


def short_decimal(low: Decimal, high: Decimal) -> Decimal:
    """A decimal t, low <= t < high: the middle, rounded to a tenth of high - low or coarser.

    The rounding is to a power of ten, and never to finer digits than the two have: between 1,000
    and 2,034 it is 1,500, between 540 and 541 it is 540.
    """
    with localcontext(prec=80):
        finest = min(0, *(value.normalize().as_tuple().exponent for value in (low, high)))
        step = Decimal(1).scaleb(max((high - low).adjusted() - 1, finest))
        # Half a step goes down, so that what would round up to high stays under it.
        steps = ((low + high) / 2 / step - Decimal("0.5")).to_integral_value(ROUND_CEILING)
        return steps * step + 0  # no -0
