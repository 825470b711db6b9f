"""The division macro against Python's decimals: every quotient, every tie, every sign."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import ROOT

MACRO = jinja2.Template((ROOT / "macros/finance/exact_divide.sql").read_text()).module


def divided(numerators: list[Decimal], denominators: list[int], scale: int) -> list[Decimal]:
    with duckdb.connect() as connection:
        connection.execute("create table pair (id int, n decimal(34, 12), d bigint)")
        connection.executemany(
            "insert into pair values (?, ?, ?)",
            [(i, str(n), d) for i, (n, d) in enumerate(zip(numerators, denominators, strict=True))],
        )
        expression = MACRO.exact_divide("n", "d", scale)
        return [
            row[0]
            for row in connection.execute(f"select {expression} from pair order by id").fetchall()
        ]


def expected(numerator: Decimal, denominator: int, scale: int) -> Decimal:
    with localcontext(prec=80):
        return (numerator / denominator).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)


numerators = st.decimals(
    min_value=Decimal("-1e16"), max_value=Decimal("1e16"), places=12, allow_nan=False
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(numerators, st.integers(1, 9_999_999_999)), min_size=1, max_size=200),
    st.sampled_from([0, 2, 10]),
)
def test_any_quotient(pairs, scale):
    tops, bottoms = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert divided(tops, bottoms, scale) == [expected(n, d, scale) for n, d in pairs]


@pytest.mark.parametrize("scale", [2, 10])
@pytest.mark.parametrize("denominator", [1, 2, 30, 31, 360, 365, 366, 1095])
def test_ties_go_away_from_zero(scale, denominator):
    """Numerators that fall on, just under and just over half a unit of the last decimal."""
    half = Decimal(denominator) * Decimal(1).scaleb(-scale) / 2
    tick = Decimal("0.000000000001")
    tops = [
        sign * (whole + half + nudge)
        for sign in (1, -1)
        for whole in (Decimal(0), Decimal(denominator) * 7, Decimal(denominator) * 123456789)
        for nudge in (-tick, Decimal(0), tick)
    ]
    tops = [top for top in tops if top == top.quantize(tick)]
    assert divided(tops, [denominator] * len(tops), scale) == [
        expected(top, denominator, scale) for top in tops
    ]
