"""Enterprise size on the whole grid of its bounds, against the published thresholds."""

import itertools
from decimal import Decimal

import duckdb
import pyarrow as pa

import oracle
from model_sql import model_sql
from warehouse import ROOT

MEASURES = (oracle.STAFF, oracle.REVENUE, oracle.ASSETS)


def around(measure: str, bounds: tuple) -> list[Decimal]:
    """Each bound, one less and one more; of amounts a yuan and a cent."""
    is_staff = measure == oracle.STAFF
    unit = 1 if is_staff else 10000
    steps = [-1, 0, 1] if is_staff else [-1, Decimal("-0.01"), 0, Decimal("0.01"), 1]
    return [Decimal(bound * unit) + step for bound in bounds for step in steps]


def grid() -> list[dict]:
    """Every industry of the standard with every combination of its measures' values."""
    customers = []
    for scopes, measures in oracle.SIZE_RULES:
        values = [around(measure, bounds) for measure, bounds in measures.items()]
        for scope, cells in itertools.product(scopes.split(), itertools.product(*values)):
            customers.append(
                dict.fromkeys(MEASURES)
                | dict(zip(measures, cells, strict=True))
                | {"industry_section": scope[0], "industry_class_code": scope[1:] or None}
                | {"customer_id": f"C{len(customers):05}"}
            )
    return customers


def test_every_bound_of_every_measure():
    customers = grid()
    columns = {name: [customer[name] for customer in customers] for name in customers[0]}
    nothing = pa.nulls(len(customers), pa.string())
    stg_crm__customer = pa.table(
        columns
        | {name: pa.array(columns[name], pa.decimal128(18, 2)) for name in MEASURES}
        | {"industry_division": nothing, "enterprise_size_code": nothing}
    )
    sql = model_sql(
        "intermediate/customer/int_customer__enterprise_size.sql",
        "finance/enterprise_size_measure.sql",
    )
    with duckdb.connect() as connection:
        connection.register("stg_crm__customer", stg_crm__customer)
        connection.execute(
            "create table enterprise_size_rule as"
            " from read_csv(?, types = {'code_prefix': 'varchar'})",
            [str(ROOT / "seeds" / "reference" / "enterprise_size_rule.csv")],
        )
        found = dict(connection.execute(sql).fetchall())
    assert len(customers) > 2000
    wrong = {
        customer["customer_id"]: (customer, found[customer["customer_id"]])
        for customer in customers
        if found[customer["customer_id"]] != oracle.enterprise_size(customer)
    }
    assert wrong == {}
    assert set(found.values()) == {"large", "medium", "small", "micro"}
