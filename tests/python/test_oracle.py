"""The oracle is only worth asking if it knows the answers that were worked out on paper."""

import csv
import json
import pathlib
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import oracle

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared"

CURVE_HEADER = "curve_code,curve_date,tenor_days,annual_rate_pct"
ACCOUNT_HEADER = "account_id,customer_id,product_code,open_date,maturity_date,annual_rate_pct"
LOAN_HEADER = (
    "loan_id,customer_id,product_code,loan_type_code,contract_amount,start_date,maturity_date,"
    "annual_rate_pct,currency_code"
)


def bring(folder: pathlib.Path, **extracts: str) -> pathlib.Path:
    """Write extracts given as text; indentation is for the reader of the test."""
    for table, text in extracts.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def only(rows: list[dict], **key) -> dict:
    found = [row for row in rows if all(row[name] == value for name, value in key.items())]
    assert len(found) == 1, found
    return found[0]


def reasons(marts: dict) -> list[tuple]:
    return sorted(tuple(row.values()) for row in marts["quality.rejected_row"])


# ------------------------------------------------------------------------------- contribution


def test_a_deposit_of_ten_million_all_year(tmp_path):
    bring(
        tmp_path,
        deposit_account=f"{ACCOUNT_HEADER}\nA,C,D,2015-01-01,2016-01-01,0.35",
        deposit_balance="account_id,balance_date,balance\nA,2015-01-01,10000000",
        ftp_curve=f"{CURVE_HEADER}\nCNY,2015-01-01,30,2.6",
    )
    marts = oracle.compute(tmp_path, date(2015, 12, 31))
    row = only(marts["marts.customer_contribution"], customer_id="C")
    assert row["deposit_contribution_amount"] == Decimal("228125.00")
    assert row["deposit_average_daily_balance"] == Decimal("10000000.00")
    assert row["plug_in_error_amount"] == 0
    assert row["elapsed_days"] == 365
    assert len(marts["marts.deposit_account_monthly_contribution"]) == 12


def test_a_loan_of_ten_million_all_year(tmp_path):
    bring(
        tmp_path,
        loan_contract=f"{LOAN_HEADER}\nL,C,P,WC,10000000,2015-01-01,2016-01-01,6.9,",
        loan_balance="loan_id,balance_date,principal_balance\nL,2015-01-01,10000000",
        ftp_curve=f"{CURVE_HEADER}\nCNY,2015-01-01,365,4.0",
    )
    marts = oracle.compute(tmp_path, date(2015, 12, 31))
    row = only(marts["marts.customer_contribution"], customer_id="C")
    assert row["loan_contribution_amount"] == Decimal("255550.69")


def test_a_loan_drawn_at_mid_year_counts_its_own_days(tmp_path):
    bring(
        tmp_path,
        loan_contract=f"{LOAN_HEADER}\nL,C,P,WC,12000000,2015-07-01,2016-07-01,6.9,",
        loan_balance="loan_id,balance_date,principal_balance\nL,2015-07-01,12000000",
        ftp_curve=f"{CURVE_HEADER}\nCNY,2015-01-01,365,4.0",
    )
    marts = oracle.compute(tmp_path, date(2015, 12, 31))
    row = only(marts["marts.customer_contribution"], customer_id="C")
    assert row["loan_average_daily_balance"] == Decimal("6049315.07")
    assert row["loan_contribution_amount"] == Decimal("154590.67")
    assert row["plug_in_contribution_amount"] == Decimal("154590.67")


def test_two_loans_at_changing_prices_add_up_exactly(tmp_path):
    bring(
        tmp_path,
        loan_contract=f"""{LOAN_HEADER}
            L1,C,P,WC,5000000,2015-01-01,2016-01-01,7.2,
            L2,C,P,WC,15000000,2015-07-01,2016-07-01,6.0,""",
        loan_balance="""loan_id,balance_date,principal_balance
            L1,2015-01-01,5000000
            L1,2015-07-01,0
            L2,2015-07-01,15000000""",
        ftp_curve=f"{CURVE_HEADER}\nCNY,2015-01-01,365,4.2\nCNY,2015-07-01,365,3.6",
    )
    marts = oracle.compute(tmp_path, date(2015, 12, 31))
    row = only(marts["marts.customer_contribution"], customer_id="C")
    assert row["loan_contribution_amount"] == Decimal("224161.67")


GOLDEN_CURVE = {
    30: "2.80", 90: "3.00", 180: "3.20", 365: "3.50", 730: "3.80", 1095: "4.00", 1825: "4.30",
    3650: "4.60",
}  # fmt: skip


@pytest.mark.parametrize(
    ("tenor", "percent"),
    [
        (Fraction("284.5"), "3.3695"),
        (Fraction("405.3"), "3.5331"),
        (Fraction("1991.6"), "4.3274"),
        (0, "2.8000"),
        (30, "2.8000"),
        (365, "3.5000"),
        (3650, "4.6000"),
        (9999, "4.6000"),
        (240, "3.2973"),
    ],
)
def test_curve_is_straight_between_nodes_and_flat_outside(tenor, percent):
    nodes = {days: Decimal(rate) for days, rate in GOLDEN_CURVE.items()}
    assert oracle.round_fraction(oracle.curve_point(nodes, tenor), 4) == Decimal(percent)


def curve_rows(*days: str) -> list[dict]:
    return [
        {
            "curve_code": "CNY",
            "curve_date": date.fromisoformat(day),
            "tenor_days": 1,
            "annual_rate_pct": Decimal(number),
        }
        for number, day in enumerate(days, start=1)
    ]


def test_curve_of_the_day_else_before_else_the_earliest():
    curves = oracle.Curves(curve_rows("2015-03-01", "2015-04-01"))
    assert curves.matched("CNY", date(2015, 3, 31), 1) == Decimal("0.01")
    assert curves.matched("CNY", date(2015, 4, 1), 1) == Decimal("0.02")
    assert curves.matched("CNY", date(2014, 1, 1), 1) == Decimal("0.01")
    assert curves.matched("USD", date(2015, 4, 1), 1) is None


def test_demand_rate_is_rounded_once():
    nodes = [(1, "1.0"), (365, "2.0"), (368, "2.1")]
    rows = [
        {
            "curve_code": "CNY",
            "curve_date": date(2015, 1, 1),
            "tenor_days": tenor,
            "annual_rate_pct": Decimal(rate),
        }
        for tenor, rate in nodes
    ]
    assert oracle.Curves(rows).demand("CNY", date(2015, 1, 1)) == Decimal("0.017")


def test_tax_changes_on_the_first_of_may_2016():
    assert oracle.net_interest_factor(date(2016, 4, 30)) == Decimal("0.945")
    assert oracle.net_interest_factor(date(2016, 5, 1)) == Decimal("0.9366037736")


@pytest.mark.parametrize(
    ("value", "rounded"), [("0.125", "0.13"), ("-0.125", "-0.13"), ("0.1249", "0.12")]
)
def test_halves_go_away_from_zero(value, rounded):
    assert oracle.round_fraction(Fraction(value), 2) == Decimal(rounded)
    assert oracle.round_decimal(Decimal(value), 2) == Decimal(rounded)


def test_a_missing_exchange_rate_empties_only_its_month(tmp_path):
    bring(
        tmp_path,
        deposit_account="account_id,customer_id,product_code,open_date,annual_rate_pct,"
        "currency_code\nA,C,D,2015-01-01,1,USD",
        deposit_balance="account_id,balance_date,balance\nA,2015-01-31,100\nA,2015-03-31,0",
        exchange_rate="currency_code,rate_date,rate_to_reporting\nUSD,2015-02-01,6.125",
        ftp_curve=f"{CURVE_HEADER}\nUSD,2015-01-01,1,2",
    )
    marts = oracle.compute(tmp_path)
    january, february, march = marts["marts.deposit_account_monthly_contribution"]
    assert january["average_daily_balance"] is january["contribution_amount"] is None
    assert february["average_daily_balance"] == Decimal("612.50")
    assert february["contribution_amount"] == Decimal("0.4763888889")
    assert march["average_daily_balance"] == Decimal("592.74")
    row = only(marts["marts.customer_contribution"], customer_id="C")
    assert row["deposit_average_daily_balance"] == Decimal("394.72")
    assert only(marts["quality.unpriced_balance"], contract_id="A")


def test_a_loan_without_any_rate_keeps_its_average(tmp_path):
    bring(
        tmp_path,
        loan_contract=f"{LOAN_HEADER}\nL,C,P,WC,100,2015-01-01,,,",
        loan_balance="loan_id,balance_date,principal_balance\nL,2015-01-01,100\nL,2015-02-01,0",
        loan_rate="loan_id,effective_date,annual_rate_pct\nL,2015-03-01,5",
        ftp_curve=f"{CURVE_HEADER}\nCNY,2015-01-01,1,2",
    )
    marts = oracle.compute(tmp_path, date(2015, 2, 28))
    january, february = marts["marts.loan_monthly_contribution"]
    assert (january["average_daily_balance"], january["contribution_amount"]) == (100, None)
    assert february["contribution_amount"] == 0
    row = only(marts["marts.customer_contribution"], customer_id="C")
    assert row["loan_contribution_amount"] == 0


def test_a_year_of_unpriced_months_is_null_and_adds_nothing(tmp_path):
    bring(
        tmp_path,
        deposit_account=f"{ACCOUNT_HEADER}\nA,C,D,2015-01-01,,1",
        deposit_balance="account_id,balance_date,balance\nA,2015-01-01,100",
        fee_income="fee_id,customer_id,booked_date,amount\nF,C,2015-01-31,5",
    )
    row = only(oracle.compute(tmp_path)["marts.customer_contribution"], customer_id="C")
    assert row["deposit_contribution_amount"] is None
    assert row["loan_contribution_amount"] == 0
    assert row["contribution_amount"] == Decimal("5.00")


def test_nothing_at_all_still_answers(tmp_path):
    marts = oracle.compute(tmp_path)
    assert len(marts["quality.extract_reconciliation"]) == len(oracle.LAYOUT) == 18
    assert {row["amount_read"] for row in marts["quality.extract_reconciliation"]} == {0}
    assert len(marts["marts.tier_summary"]) == 4
    assert marts["marts.contribution_concentration"] == []
    assert marts["marts.loan_segment"] == []


def test_customers_without_any_date_earn_nothing(tmp_path):
    bring(tmp_path, customer="customer_id,customer_type_code\nC,corporate")
    row = only(oracle.compute(tmp_path)["marts.customer_contribution"], customer_id="C")
    assert row["as_of_date"] is row["elapsed_days"] is None
    assert row["contribution_amount"] == row["loan_average_daily_balance"] == 0


# ------------------------------------------------------------------------------------- tiers


@pytest.mark.parametrize(
    ("amount", "class_code", "in_scope", "tier_code"),
    [
        ("1000000.00", "1", True, "core"),
        ("999999.99", "1", True, "basic"),
        ("200000.00", "1", True, "basic"),
        ("199999.99", "1", True, "potential"),
        ("1000000.00", "2", True, "potential"),
        ("1000000.00", None, True, "potential"),
        ("1000000.00", "1", False, "out_of_scope"),
    ],
)
def test_tier_boundaries(amount, class_code, in_scope, tier_code):
    assert oracle.tier_of(Decimal(amount), class_code, in_scope) == tier_code


def test_the_worst_class_of_open_loans_decides(tmp_path):
    bring(
        tmp_path,
        customer="customer_id,customer_type_code,in_rating_scope\nC,corporate,1\nD,corporate,1",
        loan_contract=f"""{LOAN_HEADER}
            REPAID,C,P,WC,1,2015-01-01,,5,
            OPEN,C,P,WC,1,2015-01-01,,5,
            MATURED,D,P,WC,1,2015-01-01,2015-12-31,5,
            ENDLESS,D,P,WC,1,2015-12-31,,5,""",
        loan_balance="""loan_id,balance_date,principal_balance
            REPAID,2015-01-01,1
            REPAID,2015-12-31,0
            OPEN,2015-12-31,0.01""",
        loan_classification="""loan_id,effective_date,class_code
            REPAID,2015-01-01,5
            OPEN,2015-01-01,3
            OPEN,2015-12-31,2
            OPEN,2016-01-01,5
            MATURED,2015-01-01,4
            ENDLESS,2015-12-31,1""",
    )
    tiers = oracle.compute(tmp_path, date(2015, 12, 31))["marts.customer_tier"]
    assert only(tiers, customer_id="C")["class_code"] == "2"
    assert only(tiers, customer_id="D")["class_code"] == "1"


def test_concentration_counts_whole_customers_from_the_top():
    amounts = {"A": "50.00", "B": "60.00", "C": "-10.00"}
    tiers = [{"customer_id": c, "contribution_amount": Decimal(a)} for c, a in amounts.items()]
    curve = {row["percentile"]: row for row in oracle.contribution_concentration(tiers)}
    assert curve[33]["cumulative_customer_share"] == pytest.approx(1 / 3)
    assert curve[33]["cumulative_contribution_share"] == pytest.approx(0.6)
    assert curve[34]["cumulative_contribution_share"] == pytest.approx(1.1)
    assert curve[100]["cumulative_contribution_share"] == pytest.approx(1.0)


# ---------------------------------------------------------------------------------- the door


def test_the_layout_is_the_published_one():
    """Our own list of columns against the shared one, where that is at hand."""
    published = SHARED / "contract_extracts.csv"
    if not published.exists():
        pytest.skip("the shared contract is not beside the repository")
    with published.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            column = only(
                [vars(c) for c in oracle.COLUMNS[row["extract"]]], name=row["column"]
            )  # order is checked below
            kind = column["kind"]
            written = {"text": "varchar", "decimal": f"decimal({kind.precision},{kind.scale})"}
            assert written.get(kind.base, kind.base) == row["type"], row
            assert column["is_key"] == (row["key"] == "yes"), row
            assert column["is_required"] == (row["required"] == "yes"), row
            minimum = "" if kind.minimum is None else str(kind.minimum)
            minimum += " (exclusive)" if kind.minimum_is_excluded else ""
            assert minimum == row["minimum"], row
            assert ("" if kind.maximum is None else str(kind.maximum)) == row["maximum"], row
            assert (column["allowed"] or set()) == set(filter(None, row["allowed"].split(";"))), row
    with published.open(encoding="utf-8") as file:
        order = [(row["extract"], row["column"]) for row in csv.DictReader(file)]
    assert order == [(table, c.name) for table, columns in oracle.COLUMNS.items() for c in columns]


def test_records_of_a_difficult_csv():
    text = 'a,b\r\n"x\n""y""",\n\r\n un"quoted ,"z"\n'
    assert oracle.parse_csv(text) == [["a", "b"], ['x\n"y"', ""], [' un"quoted ', "z"]]
    assert oracle.parse_csv("a,b\n1,2") == [["a", "b"], ["1", "2"]]
    assert oracle.parse_csv("a,b\n1,") == [["a", "b"], ["1", ""]]
    for broken in ('a\n"x', 'a\n"x"y'):
        with pytest.raises(oracle.UnreadableExtract):
            oracle.parse_csv(broken)


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("1.230", "money", "1.23"),
        ("-0", "money", "0"),
        ("1.231", "money", None),
        ("1e3", "money", None),
        ("+1", "money", None),
        (".5", "money", None),
        ("1.", "money", None),
        ("9999999999999999.99", "money", "9999999999999999.99"),
        ("10000000000000000", "money", None),
        ("9" * 400, "money", None),
        (2.675000001, "money", "2.68"),
        (float("nan"), "money", None),
        (float("inf"), "money", None),
        (1e300, "money", None),
        ("1000", "rate", None),
        ("999", "rate", "999"),
        ("3.0", "whole_from_0", "3"),
        ("3.5", "whole_from_0", None),
        ("2147483647", "whole_from_0", "2147483647"),
        ("2147483648", "whole_from_0", None),
        (3.0, "whole_from_0", "3"),
        (3.5, "whole_from_0", None),
        (True, "whole_from_0", None),
    ],
)
def test_numbers(cell, kind, value):
    if value is None:
        with pytest.raises(oracle.WrongType):
            oracle.type_cell(cell, oracle.KINDS[kind])
    else:
        assert oracle.type_cell(cell, oracle.KINDS[kind]) == Decimal(value)


@pytest.mark.parametrize("cell", ["2015-02-29", "2015-1-1", "20150101", "2015-01-01 00:00:00"])
def test_dates_that_are_none(cell):
    with pytest.raises(oracle.WrongType):
        oracle.as_date(cell)


def test_the_first_reason_in_order_is_given(tmp_path):
    bring(
        tmp_path,
        loan_contract=f"""{LOAN_HEADER}
            L1,,P,WC,x,2015-01-01,2014-01-01,99,
            L2,NOBODY,P,WC,x,2015-01-01,2014-01-01,99,
            L3,NOBODY,P,WC,-1,2015-01-01,2014-01-01,5,
            L4,NOBODY,P,WC,1,2015-01-01,2014-12-31,5,
            L5,NOBODY,P,WC,1,2015-01-01,2015-01-01,5,
            L6,C,P,WC,1,2015-01-01,2015-01-01,5,
            L6,C,P,WC,2,2015-01-01,2015-01-01,5,""",
        customer="customer_id,customer_type_code\n C ,corporate",
        loan_balance="""loan_id,balance_date,principal_balance
            L4,2015-01-01,7
            L9,2015-01-01,7""",
    )
    marts = oracle.compute(tmp_path)
    assert reasons(marts) == [
        ("loan_balance", "L9|2015-01-01", "unknown_reference"),
        ("loan_contract", "L1", "missing_required"),
        ("loan_contract", "L2", "wrong_type"),
        ("loan_contract", "L3", "out_of_range"),
        ("loan_contract", "L4", "bad_order"),
        ("loan_contract", "L5", "unknown_reference"),
        ("loan_contract", "L6", "duplicate_key"),
    ]
    books = only(marts["quality.extract_reconciliation"], extract_name="loan_contract")
    assert books["amount_accepted"] == 2  # the last of the two
    assert books["amount_rejected"] == -1 + 1 + 1 + 1
    assert only(marts["quality.unpriced_balance"], contract_id="L4")


def test_an_unknown_campaign_does_not_cost_a_loan(tmp_path):
    bring(
        tmp_path,
        loan_contract=f"{LOAN_HEADER},campaign_id\nL,C,P,WC,1,2015-01-01,,5,,GONE",
        campaign="campaign_id,campaign_name,start_date\nK,k,2015-01-01",
    )
    assert oracle.open_door(tmp_path).accepted["loan_contract"][0]["campaign_id"] is None


def test_parts_are_read_in_path_order_and_know_their_partition(tmp_path):
    for month, balance in (("2015-02", 2), ("2015-01", 1)):
        folder = tmp_path / "deposit_balance" / f"balance_date={month}-01"
        folder.mkdir(parents=True)
        pq.write_table(
            pa.table({"account_id": [7, 7], "balance": [9.0, float(balance)]}), folder / "p.parquet"
        )
    door = oracle.open_door(tmp_path)
    assert [tuple(row.values()) for row in door.accepted["deposit_balance"]] == [
        ("7", date(2015, 1, 1), Decimal("1.00")),
        ("7", date(2015, 2, 1), Decimal("2.00")),
    ]
    assert [row["row_key"] for row in door.rejected] == ["7|2015-01-01", "7|2015-02-01"]


# -------------------------------------------------------------------------------- segmentation


def loans_of(features: list[tuple]) -> list[oracle.SegmentedLoan]:
    return [
        oracle.SegmentedLoan(f"{number:05}", term, Decimal(str(amount)), Decimal(str(rate)))
        for number, (term, amount, rate) in enumerate(features, start=1)
    ]


def test_the_published_segments_come_back():
    replica = SHARED / "paper" / "replica"
    if not replica.exists():
        pytest.skip("the loan fixture is not beside the repository")
    golden = json.loads((replica / "golden_kmeans.json").read_text())
    with (replica / "loans_fixture.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    population = loans_of([(int(r["term_days"]), r["amount_wan"], r["rate_pct"]) for r in rows])
    (figures,) = oracle.segment(population)
    sizes = {row["segment_code"]: row["loan_count"] for row in oracle.segment_profile(population)}
    assert sizes == {"S1": 6605, "S2": 665, "S3": 71}
    assert round(figures["silhouette"], 6) == golden["silhouette_centre"] == 0.751151
    assert figures["mean_eta_squared"] == pytest.approx(sum(golden["eta2"]) / 3, abs=1e-4)
    expected = {"1": "S1", "2": "S3", "3": "S2"}
    codes = [loan.segment_code for loan in population]
    assert codes == [expected[row["expected_cluster"]] for row in rows]


@pytest.mark.parametrize("distinct", [1, 2, 3])
def test_few_distinct_loans_make_few_segments(distinct):
    population = loans_of([(100 + i % distinct, 5 + i % distinct, 6) for i in range(7)])
    (figures,) = oracle.segment(population)
    assert figures["cluster_count"] == distinct
    assert figures["silhouette"] == (None if distinct == 1 else 1.0)
    assert {loan.own_distance for loan in population} == {0.0}


def test_an_emptied_cluster_keeps_its_centre():
    points = np.array([[0.0], [1.0]])
    labels = oracle.lloyd(points, np.ones(2), np.array([[0.0], [1.0], [9.0]]))
    assert labels.tolist() == [0, 1]


def test_incomplete_loans_are_listed_without_a_segment():
    population = loans_of([(100, 5, 6), (200, 6, 7)])
    population[0].rate_pct = None
    oracle.segment(population)
    codes = [row["segment_code"] for row in oracle.loan_segment(population)]
    assert codes == [None, "S1"]


# ------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("customer", "size"),
    [
        ({"industry_section": "C", "employee_count": 1000, "annual_revenue": 400000000}, "large"),
        ({"industry_section": "C", "employee_count": 999, "annual_revenue": 400000000}, "medium"),
        ({"industry_section": "C", "employee_count": 1000, "annual_revenue": 2999999}, "micro"),
        ({"industry_section": "C", "employee_count": 20, "annual_revenue": 3000000}, "small"),
        ({"industry_section": "C", "employee_count": 20}, "unknown"),
        ({"industry_section": "F", "employee_count": 20, "annual_revenue": 1}, "unknown"),
        ({"industry_section": "F", "industry_division": "51", "employee_count": 4,
          "annual_revenue": 500000000}, "micro"),
        ({"industry_section": "K", "industry_class_code": "7010", "annual_revenue": 2000000000,
          "total_assets": 100000000}, "large"),
        ({"industry_section": "K", "industry_class_code": "7040", "employee_count": 1},
         "unclassified"),
        ({"industry_section": "K", "industry_division": "70", "employee_count": 1}, "unknown"),
        ({"industry_section": "Q", "industry_division": "84", "employee_count": 1},
         "unclassified"),
        ({"industry_section": "J"}, "unclassified"),
        ({"employee_count": 5}, "unknown"),
        ({}, "unknown"),
        ({"industry_section": "J", "enterprise_size_code": "small"}, "small"),
    ],
)  # fmt: skip
def test_enterprise_size(customer, size):
    assert oracle.enterprise_size(customer) == size


def test_size_rules_are_the_published_ones():
    published = SHARED / "domain" / "standards" / "size_threshold.csv"
    if not published.exists():
        pytest.skip("the shared standards are not beside the repository")
    measures = {"X": oracle.STAFF, "Y": oracle.REVENUE, "Z": oracle.ASSETS}
    ours = {}
    for scopes, bounds in oracle.SIZE_RULES:
        ours |= dict.fromkeys(scopes.split(), bounds)
    theirs = {}
    with published.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            bounds = {
                measures[row[f"measure_{n}"]]: tuple(
                    int(row[f"{size}_min_{n}"]) for size in ("large", "medium", "small")
                )
                for n in "12"
                if row[f"measure_{n}"]
            }
            theirs |= dict.fromkeys(row["gbt_scope"].split(";"), bounds)
    assert ours == theirs


# ---------------------------------------------------------------------------------- coverage


def described(segment_code, tier_code="basic", is_specialised=False, customer_id="C"):
    values = dict.fromkeys(oracle.DIMENSIONS, "v") | {"tier": tier_code}
    return oracle.DescribedLoan(
        Fraction(1), segment_code, customer_id, tier_code, is_specialised, values
    )


def test_composition_keeps_empty_cells_and_null_denominators():
    rows = oracle.segment_composition([described("S1"), described("S1"), described("S2")])
    cell = only(
        rows, population_code="all", dimension_code="product", dimension_value="v",
        segment_code="S1",
    )  # fmt: skip
    assert (cell["loan_count"], cell["customer_count"]) == (2, 1)
    assert (cell["share_of_segment"], cell["lift"]) == (1.0, 1.0)
    empty = only(
        rows, population_code="core", dimension_code="product", dimension_value="v",
        segment_code="S2",
    )  # fmt: skip
    assert empty["loan_count"] == 0
    assert empty["share_of_value"] is empty["share_of_segment"] is empty["lift"] is None


def test_gap_is_mix_plus_within():
    loans = [
        described("S1", "core", True), described("S1"), described("S2"), described("S2", "core"),
        described("S2", "core"),
    ]  # fmt: skip
    gaps = {row["population_code"]: row for row in oracle.coverage_gap(loans)}
    assert gaps["all"]["gap"] == 0
    core = gaps["core"]
    assert core["gap"] == pytest.approx(core["mix_effect"] + core["within_segment_effect"])
    assert gaps["potential"]["gap"] is None
