"""Rules of a decision tree: bounds in decimals that share out all points as the tree does."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from sklearn.tree import DecisionTreeClassifier

from algorithms import rules
from segmentation.segment_tree import rules_of


def decimals(values) -> pa.Array:
    return pa.array([Decimal(str(value)) for value in values], pa.decimal128(28, 10))


def under(rule: rules.Rule, point) -> bool:
    """Whether a point is under a rule, by exact comparison."""
    return all(
        (above is None or value > above) and (up_to is None or value <= up_to)
        for value, above, up_to in zip(point, rule.above, rule.up_to, strict=True)
    )


def segments_by_rule(learned, features) -> list[int]:
    """The segment that the rules give each point; it must be under exactly one."""
    found = []
    for point in zip(*(feature.to_pylist() for feature in features), strict=True):
        [rule] = [rule for rule in learned if under(rule, point)]
        found.append(rule.segment)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_rules_are_the_tree(seed):
    """scikit-learn's tree on the values themselves, wherever single precision tells them apart."""
    random = np.random.default_rng(seed)
    terms = random.integers(1, 60, 400)
    amounts = random.integers(1, 4000, 400) * 5000
    rates = random.integers(3000, 9000, 400) / 1000
    segments = (terms > 30).astype(int) + (amounts > 9_000_000) + (rates > 7.7)
    segments = np.where(random.random(400) < 0.15, random.integers(0, 4, 400), segments)
    weights = random.integers(1, 50, 400).astype(float)
    features = [decimals(terms), decimals(amounts), decimals(rates)]
    learned = rules.learn(features, segments, weights)
    values = np.column_stack([terms, amounts, rates])
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(values, segments, weights)
    assert segments_by_rule(learned, features) == tree.predict(values).tolist()
    assert sum(rule.weight for rule in learned) == weights.sum()
    assert len(learned) <= 8


def test_values_that_single_precision_takes_for_one_are_told_apart():
    """20,000,000.01 and 20,000,000.02 are the same to scikit-learn, not to a bank."""
    features = [decimals(["20000000.01", "20000000.02", "20000000.03"])]
    segments = np.array([0, 1, 1])
    values = np.array([[20000000.01], [20000000.02], [20000000.03]])
    assert DecisionTreeClassifier(random_state=0).fit(values, segments).tree_.node_count == 1
    learned = rules.learn(features, segments, np.ones(3))
    assert segments_by_rule(learned, features) == [0, 1, 1]


def test_one_segment_or_no_feature_is_a_rule_without_condition():
    everything = [rules.Rule(0, (None,), (None,), 3.0)]
    assert rules.learn([decimals([1, 2])], np.zeros(2, int), np.array([1.0, 2.0])) == everything
    unseen = rules.learn([], np.array([0, 1]), np.array([1.0, 2.0]))
    assert unseen == [rules.Rule(1, (), (), 3.0)]


def test_a_constant_feature_divides_nothing():
    learned = rules.learn([decimals([5, 5])], np.array([0, 1]), np.array([1.0, 2.0]))
    assert learned == [rules.Rule(1, (None,), (None,), 3.0)]


def test_neighbouring_leaves_that_say_the_same_are_one_rule():
    """A second split would only part 9 : 4 from 9 : 1; the first segment has the most in both."""
    features = [decimals([1, 1, 2, 2, 9])]
    segments = np.array([0, 1, 0, 1, 2])
    weights = np.array([9, 4, 9, 1, 9.0])
    values = np.array([[1], [1], [2], [2], [9]])
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(values, segments, weights)
    assert tree.get_n_leaves() == 3
    learned = rules.learn(features, segments, weights)
    assert [(rule.segment, rule.weight) for rule in learned] == [(0, 23.0), (2, 9.0)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("540", "541", "540"),
        ("540", "542", "541"),
        ("360", "720", "540"),
        ("1000", "2034", "1500"),
        ("1000000", "2000000", "1500000"),
        ("21300000", "40000000", "31000000"),
        ("99.99", "100.01", "100"),
        ("6.5", "6.6", "6.5"),
        ("0.0000000001", "0.0000000002", "0.0000000001"),
        ("-100", "0.01", "-50"),
        ("-100", "-0.01", "-50"),
        ("-0.01", "0.01", "0"),
        ("0", "5000000", "2500000"),
        ("-2", "-1", "-2"),
        ("123456789012345678.0000000001", "123456789012345678.0000000002",
         "123456789012345678.0000000001"),
    ],
)  # fmt: skip
def test_a_short_decimal_between_two(low, high, expected):
    assert rules.short_decimal(Decimal(low), Decimal(high)) == Decimal(expected)


def test_a_short_decimal_is_never_outside():
    random = np.random.default_rng(7)
    for _ in range(2000):
        scale = int(random.integers(-10, 7))
        pair = {Decimal(int(n)).scaleb(scale) for n in random.integers(-(10**9), 10**9, 2)}
        if len(pair) == 2:
            low, high = sorted(pair)
            bound = rules.short_decimal(low, high)
            assert low <= bound < high
            assert bound.as_tuple().exponent >= -10


def test_rules_are_numbered_by_segment_and_a_missing_feature_has_no_bound():
    """S10 comes after S2; the rate, that the champion does not know, bounds nothing."""
    points = pa.table(
        {
            "segment_code": ["S10", "S2", "S2", "S1"],
            "member_count": pa.array([1, 2, 3, 4], pa.int64()),
            "value_1": decimals([1, 2, 50, 20]),
            "value_2": pa.nulls(4, pa.decimal128(28, 10)),
        }
    )
    found = [
        (row["rule_number"], row["segment_code"], row["above_1"], row["up_to_1"], row["above_2"])
        for row in rules_of("loan", points, ["1", "2"])
    ]
    assert found == [
        (1, "S1", Decimal(11), Decimal(35), None),
        (2, "S2", Decimal(35), None, None),
        (3, "S2", Decimal(1), Decimal(11), None),
        (4, "S10", None, Decimal(1), None),
    ]
