"""Composition, coverage, gap and validity of any handful of loans: the SQL against the oracle."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import oracle
from coverage import segment_association
from model_sql import model_sql
from warehouse import ROOT

MACROS = [
    *(f"statistics/{path.name}" for path in sorted((ROOT / "macros/statistics").glob("*.sql"))),
    "segmentation/segmentation_space.sql",
]
MARTS = {
    name: model_sql(f"marts/coverage/{name}.sql", *MACROS)
    for name in ("segment_composition", "product_coverage", "coverage_gap", "segment_validity")
}
SEEDS = ("reference/confidence_level", "reference/tier", "policy/segment_evidence_policy")


@st.composite
def described_loan(draw) -> oracle.DescribedLoan:
    tier = draw(st.sampled_from(oracle.TIER_CODES))
    product = draw(st.sampled_from(["P1", "P2", "P3"]))
    drawn = {name: draw(st.sampled_from("ab")) for name in oracle.DIMENSIONS}
    return oracle.DescribedLoan(
        weight=1,
        segment_code=draw(st.sampled_from(["S1", "S2", "S3"])),
        customer_id=draw(st.sampled_from(["C1", "C2", "C3"])),
        tier_code=tier,
        is_specialised=product == "P1",
        values=drawn | {"tier": tier, "product": product},
    )


def plain_loan(segment: str = "S1", product: str = "P2") -> oracle.DescribedLoan:
    values = dict.fromkeys(oracle.DIMENSIONS, "unknown") | {"tier": "core", "product": product}
    return oracle.DescribedLoan(1, segment, "C1", "core", product == "P1", values)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        for seed in SEEDS:
            name = seed.split("/")[1]
            connection.execute(f"create table {name} as from '{ROOT}/seeds/{seed}.csv'")
        yield connection


def built(connection, loans: list[oracle.DescribedLoan]) -> dict[str, oracle.Rows]:
    """The four marts of these loans."""
    columns = ("loan_id", "customer_id", "segment_code", "tier_code", "product_code",
               "is_specialised", "coverage_weight", "dimension_code",
               "dimension_value")  # fmt: skip
    rows = [
        (f"L{n}", loan.customer_id, loan.segment_code, loan.tier_code, loan.values["product"],
         loan.is_specialised, 1, dimension, value)
        for n, loan in enumerate(loans)
        for dimension, value in loan.values.items()
    ]  # fmt: skip
    special = {"is_specialised": pa.bool_(), "coverage_weight": pa.decimal128(18, 2)}
    types = [special.get(name, pa.string()) for name in columns]
    schema = pa.schema(list(zip(columns, types, strict=True)))
    table = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema)
    segments = pa.table({"segment_code": pa.array(oracle.segment_codes(loans), pa.string())})
    connection.register("int_coverage__loan_dimension", table)
    connection.register("segment_profile", segments)
    found = {}
    for name, sql in MARTS.items():
        if name == "segment_validity":
            connection.register("segment_association", segment_association.tested(
                connection.sql("from segment_composition")
            ))  # fmt: skip
        connection.execute(f"create or replace table {name} as {sql}")
        found[f"marts.{name}"] = oracle.read_table(connection, f"main.{name}")
    return found


@settings(max_examples=15, deadline=None)
@given(st.lists(described_loan(), max_size=25))
@example([])
@example([plain_loan()])
@example([plain_loan(product="P1")] * 3)
@example([plain_loan(), plain_loan("S2")])
@example([plain_loan(product="P1"), plain_loan("S2", "P2")])
def test_any_loans(connection, loans):
    found = built(connection, loans)
    for name, compute in (
        ("marts.segment_composition", oracle.segment_composition),
        ("marts.product_coverage", oracle.product_coverage),
        ("marts.coverage_gap", oracle.coverage_gap),
        ("marts.segment_validity", oracle.segment_validity),
    ):
        assert oracle.compare_keyed(compute(loans), found[name], oracle.KEYS[name]) == []
    for row in found["marts.coverage_gap"]:
        if row["gap"] is not None:
            assert row["gap"] == row["mix_effect"] + row["within_segment_effect"]
