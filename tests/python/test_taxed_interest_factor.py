"""The factor of a partly exempt loan against Python's decimals, and its boundaries."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import ROOT

MACROS = jinja2.Template(
    "".join(
        (ROOT / "macros/finance" / f"{name}.sql").read_text(encoding="utf-8")
        for name in ("exact_divide", "taxed_interest_factor")
    )
).module
VALUE_ADDED_TAX = Decimal("0.9366037736")
STEP = Decimal("0.00000001")


def factors(rows: list[tuple]) -> list[Decimal]:
    """What SQL makes of (rate, regime factor, limit, whether it is for the whole rate)."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table loan (id int, annual_rate decimal(11, 8), regime_factor decimal(11, 10),"
            " exempt_rate_limit decimal(11, 8), is_limit_for_whole boolean)"
        )
        connection.executemany(
            "insert into loan values (?, ?, ?, ?, ?)",
            [
                (number, *(str(cell) if isinstance(cell, Decimal) else cell for cell in row))
                for number, row in enumerate(rows)
            ],
        )
        expression = MACROS.taxed_interest_factor(
            "annual_rate", "regime_factor", "exempt_rate_limit", "is_limit_for_whole"
        )
        answer = connection.execute(
            f"select {expression}, typeof({expression}) from loan order by id"
        )
        found = answer.fetchall()
    assert {kind for _, kind in found} == {"DECIMAL(11,10)"}
    return [factor for factor, _ in found]


def expected(rate: Decimal, regime: Decimal, limit: Decimal | None, whole: bool) -> Decimal:
    if limit is None:
        return regime
    if rate <= limit or rate <= 0:
        return Decimal(1)
    if whole:
        return regime
    with localcontext(prec=80):
        net = (rate - (1 - regime) * (rate - limit)) / rate
        return net.quantize(Decimal("1e-10"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("rate", "limit", "whole", "factor"),
    [
        # 1.5 times 4.35 %: at the limit all is exempt, a step above nothing or the limit's part.
        ("0.06525", "0.06525", True, "1"),
        ("0.06525001", "0.06525", True, "0.9366037736"),
        ("0.06525", "0.06525", False, "1"),
        ("0.06525001", "0.06525", False, "0.9999999903"),
        ("0.069", "0.06525", True, "0.9366037736"),
        ("0.069", "0.06525", False, "0.9965545529"),
        ("0.6", "999", False, "1"),
        ("0.06", None, False, "0.9366037736"),
        # No interest, or interest the bank pays, is not taxed; unless nothing is exempt.
        ("0", "0", False, "1"),
        ("-0.005", "-0.01", True, "1"),
        ("0", None, None, "0.9366037736"),
        # All of it above the limit; the least and the largest rate there is.
        ("0.06", "0", False, "0.9366037736"),
        ("0.00000001", "0", False, "0.9366037736"),
        ("99.99999999", "0.06525", False, "0.9366451396"),
    ],
)
def test_boundaries(rate, limit, whole, factor):
    row = (Decimal(rate), VALUE_ADDED_TAX, None if limit is None else Decimal(limit), whole)
    assert factors([row]) == [Decimal(factor)]
    assert expected(*row) == Decimal(factor)


def test_half_a_unit_goes_away_from_zero():
    """1 - 0.0000000001 x excess / rate: half of the rate in excess is a tie."""
    regime = Decimal("0.9999999999")
    rows = [
        (8 * STEP, regime, limit * STEP, False) for limit in (Decimal(3), Decimal(4), Decimal(5))
    ]
    assert factors(rows) == [regime, Decimal(1), Decimal(1)]
    assert [expected(*row) for row in rows] == [regime, Decimal(1), Decimal(1)]


rates = st.decimals(min_value=Decimal("-0.05"), max_value=Decimal("0.6"), places=8)
regimes = st.decimals(min_value=Decimal("0.5"), max_value=Decimal(1), places=10)
limits = st.one_of(
    st.none(), st.just(Decimal(999)), st.decimals(min_value=0, max_value=Decimal("0.6"), places=8)
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(rates, regimes, limits, st.booleans()), min_size=1, max_size=200))
def test_any_rate(rows):
    assert factors(rows) == [expected(*row) for row in rows]
