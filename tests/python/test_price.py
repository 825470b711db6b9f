"""What a loan would earn is what the loans there are earn, by the same models, which only read."""

import collections
import csv
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest

import price
import pricing
from oracle import POLICY, round_fraction
from pricing import priced, request
from warehouse import ROOT


@pytest.fixture(scope="module")
def copies(demo) -> dict[str, dict]:
    """Every tenth loan there is."""
    return pricing.copies(demo.database, "right(loan_id, 1) = '7'")


def test_loans_there_are_cost_fall_and_risk_what_they_do(demo, copies):
    """Price of the day and segment, loss and capital; the bridge of their first month agrees."""
    assert len(copies) > 700
    assert pricing.differences(demo.database, copies) == []
    assert len({row["segment_code"] for row in copies.values()}) == 3
    bridges = demo.rows(
        """
        select loan_id, bridge.ftp_rate
        from marts.ftp_bridge as bridge
        inner join staging.stg_loan_servicing__loan_contract as loans
            on
                bridge.contract_kind_code = 'loan' and bridge.contract_id = loan_id
                and bridge.month_end_date = last_day(loans.start_date)
        where right(loan_id, 1) = '7'"""
    )
    assert {loan_id: copies[loan_id]["ftp_rate"] for loan_id in copies} == dict(bridges)


def test_amounts_of_a_year_are_the_rates_on_the_whole_amount(demo, copies):
    """A loan has no class before it is granted, so without PD it has the general provision."""
    costs = demo.rows(
        """
        select contract_id, annual_cost_amount, balance_cost_rate
        from intermediate.int_value__operating_cost
        where contract_kind_code = 'loan' and right(contract_id, 1) = '7'"""
    )
    assert len(costs) == len(copies)
    for loan_id, annual, share in costs:
        row = copies[loan_id]
        amount = Fraction(row["contract_amount"])
        if row["loss_source_code"] == "provision":
            assert row["expected_loss_rate"] == Decimal("0.01")
        cost = Fraction(annual) + amount * Fraction(share)
        loss = amount * Fraction(row["expected_loss_rate"])
        capital = amount * Fraction(row["capital_rate"])
        assert row["annual_operating_cost_amount"] == round_fraction(cost, 2)
        assert row["annual_expected_loss_amount"] == round_fraction(loss, 2)
        assert row["economic_capital_amount"] == round_fraction(capital, 2)
    assert {row["loss_source_code"] for row in copies.values()} == {"stated", "provision"}


def test_a_full_month_of_a_loan_there_is_earns_its_part_of_the_year(demo, copies):
    months = demo.rows(
        """
        select loan_id, days, contribution_amount
        from marts.loan_monthly_contribution as months
        inner join staging.stg_loan_servicing__loan_contract as loans using (loan_id)
        where
            right(loan_id, 1) = '7' and average_daily_balance = contract_amount
            and repricing_months is null and month_end_date > last_day(start_date)"""
    )
    assert len({loan_id for loan_id, *_ in months}) > 300
    for loan_id, days, contribution in months:
        row = copies[loan_id]
        daily = Fraction(row["contract_amount"]) * Fraction(row["ftp_margin_pct"]) / 36000
        assert round_fraction(daily * days, 10) == contribution
        assert row["annual_contribution_amount"] == round_fraction(daily * 365, 2)
        life = round_fraction(daily * row["term_days"], 2)
        assert row["life_contribution_amount"] == life


def policy(name: str, **cells: str) -> dict:
    """The shipped row of 2024 with these cells."""
    with (POLICY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        [row] = [
            row
            for row in csv.DictReader(file)
            if row["valid_from"] <= "2024-02-01" <= row["valid_to"]
            and all(row[key] == value for key, value in cells.items())
        ]
    return row


@pytest.mark.parametrize(
    ("size", "exposure_class", "weight"),
    [
        ("medium", "sme", 85),
        ("small", "regulatory_retail", 75),
        ("large", "general_corporate", 100),
    ],
)
def test_a_loan_of_another_day_follows_its_policies(demo, size, exposure_class, weight):
    """In a leap year under value added tax: from contribution to value, worked out apart."""
    [row] = priced(
        demo.database,
        request(
            start_date="date '2024-02-01'", contract_amount="12345678.90",
            enterprise_size_code=f"'{size}'", probability_of_default="0.0123",
        ),
    )  # fmt: skip
    assert row["exposure_class_code"] == exposure_class
    assert row["customer_id"] is None
    assert row["net_interest_factor"] == Decimal("0.9366037736")
    amount = Fraction("12345678.90")
    spread = round_fraction(
        Fraction("0.069") * Fraction(row["net_interest_factor"]) - Fraction(row["ftp_rate"]), 10
    )
    contribution = round_fraction(amount * Fraction(spread) * 366 / 360, 2)
    default_loss = Fraction(policy("loss_given_default")["loss_given_default_pct"]) / 100
    loss = round_fraction(amount * Fraction("0.0123") * default_loss, 2)
    cost = sum(
        Fraction(policy("operating_cost", cost_code=code)[column] or 0) * times
        for code, column, times in (
            ("loan_account", "annual_amount", 1),
            ("loan_balance", "balance_cost_pct", amount / 100),
        )
    )
    rule = policy("profitability_policy")
    pre_tax = contribution - round_fraction(cost, 2) - loss
    tax = round_fraction(Fraction(pre_tax) * Fraction(rule["income_tax_rate_pct"]) / 100, 2)
    capital = round_fraction(amount * weight * Fraction(rule["capital_ratio_pct"]) / 10000, 2)
    charge = round_fraction(Fraction(capital) * Fraction(rule["hurdle_rate_pct"]) / 100, 2)
    assert row["loss_source_code"] == "default_lgd"
    assert row["annual_contribution_amount"] == contribution
    assert row["annual_expected_loss_amount"] == loss
    assert row["annual_income_tax_amount"] == tax
    assert row["economic_capital_amount"] == capital
    assert row["annual_capital_charge_amount"] == charge
    assert row["annual_eva_amount"] == pre_tax - tax - charge
    assert row["raroc"] == pytest.approx(float((pre_tax - tax) / capital), abs=1e-12)


def test_peers_are_the_loans_of_the_segment_and_of_the_size(demo):
    [row] = priced(demo.database, request(customer_id="'C00012'", term_days="284"))
    of_segment, of_size = (
        demo.rows(
            f"""
            select
                count(*), quantile_cont(cast(ftp_margin_pct as double), [0.25, 0.5, 0.75])
            from marts.loan_segment
            inner join intermediate.int_segmentation__loan_feature using (loan_id)
            inner join intermediate.int_customer__customer using (customer_id)
            where segment_code = '{row["segment_code"]}' and {condition}"""
        )[0]
        for condition in ("true", f"enterprise_size = '{row['enterprise_size']}'")
    )
    for scope, (count, quartiles) in (("segment", of_segment), ("segment_size", of_size)):
        assert row[f"{scope}_loan_count"] == count
        assert [
            row[f"{scope}_ftp_margin_pct_{name}"]
            for name in ("lower_quartile", "median", "upper_quartile")
        ] == pytest.approx(quartiles, abs=1e-12)
    assert of_segment[0] > of_size[0] > 0


def test_loans_that_lack_something_are_priced_as_far_as_it_goes(demo):
    """No term: the policy's tenor, no life and no segment; no curve for a currency: no price."""
    open_ended, foreign, unknown = priced(
        demo.database,
        " union all ".join(
            [
                request(term_days="null"),
                request(request_id="'2'", currency_code="'USD'"),
                request(request_id="'3'", currency_code="'XXX'"),
            ]
        ),
    )
    assert open_ended["ftp_rate"] is not None and open_ended["annual_eva_amount"] is not None
    assert open_ended["life_contribution_amount"] is None and open_ended["segment_code"] is None
    assert foreign["contract_amount"] > 1000000 and foreign["segment_code"] is not None
    assert unknown["contract_amount"] is None and unknown["annual_eva_amount"] is None
    assert priced(demo.database, request() + " where false") == []


@pytest.fixture(scope="module")
def elected(demo, tmp_path_factory) -> pathlib.Path:
    """The demo bank, had it elected on all days that a small credit is exempt under a limit."""
    path = tmp_path_factory.mktemp("elected") / "a copy-of.it.duckdb"
    shutil.copy(demo.database, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            insert into intermediate.int_reporting__elected_exemption by name
            select
                * exclude (valid_from, valid_to, legal_basis, surety, decided_by),
                date '2000-01-01' as valid_from, date '2100-01-01' as valid_before
            from seeds.tax_exemption
            where election_code = 'method_1'"""
        )
        # Customers that a request could be taken for, were it known by a name.
        connection.execute(
            """
            insert into intermediate.int_customer__customer by name
            select customer_id, 'large' as enterprise_size
            from (select unnest(['=1', '1=', '=']) as customer_id)"""
        )
        connection.execute(
            """
            insert into seeds.exposure_class by name
            select * replace ('C00037' as customer_id, 'sme' as exposure_class_code)
            from seeds.exposure_class
            where customer_type_code is null and enterprise_size_code is null"""
        )
    return path


def test_an_exemption_counts_what_a_customer_owes_once(elected):
    """A loan there is, asked for in its own place, is exempt by the rule, worked out apart."""
    with duckdb.connect(str(elected), read_only=True) as connection:
        loans = pricing.rows(
            connection,
            """
            select
                loans.*, benchmark_rate_pct, prices.annual_rate_pct as first_rate_pct,
                coalesce(enterprise_size_at_start_code, enterprise_size) as size
            from staging.stg_loan_servicing__loan_contract as loans
            inner join intermediate.int_loan__price_at_start as prices using (loan_id)
            inner join intermediate.int_customer__customer using (customer_id)""",
        )
    owed = collections.defaultdict(list)
    for loan in loans:
        owed[loan["customer_id"]].append(loan)
    condition = "currency_code = 'CNY' and repricing_months is null and right(loan_id, 1) = '3'"
    found = pricing.copies(elected, condition)
    expected, twice = {}, set()
    for loan in loans:
        if loan["loan_id"] not in found:
            continue
        credit = sum(
            other["contract_amount"]
            for other in owed[loan["customer_id"]]
            if other["start_date"] <= loan["start_date"] < other["maturity_date"]
        )
        limit = loan["benchmark_rate_pct"] * Decimal("1.5")
        is_exempt = loan["size"] in ("small", "micro") and (
            credit <= 1000000 or (credit <= 10000000 and loan["first_rate_pct"] <= limit)
        )
        expected[loan["loan_id"]] = Decimal(1 if is_exempt else "0.945")
        if is_exempt and credit <= 10000000 < credit + loan["contract_amount"]:
            twice.add(loan["loan_id"])
    assert {key: row["net_interest_factor"] for key, row in found.items()} == expected
    assert len(expected) > 500 and len(set(expected.values())) == 2
    assert len(twice) > 10


# What one request says that another could hear: the weight of its risk, and is it exempt?
MANY = [
    ({"customer_id": "'C00012'"}, "0.75", True),
    ({"customer_id": "'C00012'", "enterprise_size_code": "'medium'"}, "1", False),
    ({"customer_id": "'C00012'", "start_date": "date '2024-02-01'"}, "0.75", True),
    ({"customer_id": "'C00012'", "contract_amount": "9000000"}, "0.75", False),
    ({"customer_id": "'C00012'", "currency_code": "'USD'"}, "0.75", False),
    ({"enterprise_size_code": "'medium'", "start_date": "date '2024-02-01'"}, "0.85", False),
    ({"enterprise_size_code": "'micro'", "contract_amount": "9000000"}, "0.75", True),
    ({"customer_id": "'='", "start_date": "date '2013-05-31'", "term_days": "null"}, "1", False),
]


def test_requests_asked_together_do_not_hear_each_other(elected):
    """One customer's sizes, days and amounts are each request's own; 5,787,000 are owed already."""
    with duckdb.connect(str(elected), read_only=True) as connection:
        asked = [
            request(request_id=f"'{number}'", annual_rate_pct="6", **values)
            for number, (values, *_) in enumerate(MANY)
        ]
        connection.execute("create temp table together as " + " union all ".join(asked))
        together = pricing.rows(
            connection, "from what_if.price_loans('together') order by request_id"
        )
        assert [
            (float(row["risk_weight"]), row["net_interest_factor"] == 1) for row in together
        ] == [(float(weight), is_exempt) for _, weight, is_exempt in MANY]
        for one, found in zip(asked, together, strict=True):
            connection.execute(f"create or replace temp table alone as {one}")
            assert pricing.rows(connection, "from what_if.price_loans('alone')") == [found]


def test_a_request_without_an_id_of_its_own_is_refused_in_one_line(demo):
    """Two loans of one id would be joined with each other."""
    for asked, said in (
        (request() + " union all " + request(), "request_id '1' is asked for twice"),
        (request(request_id="null"), "a request has no request_id"),
    ):
        with pytest.raises(duckdb.Error, match=f"{said}. Give") as caught:
            priced(demo.database, asked)
        assert len(str(caught.value).splitlines()) == 1


# ------------------------------------------------------------------------------- the command


def run(monkeypatch, capsys, *words: str) -> tuple[int, str]:
    """The exit code of the command, and what it printed."""
    monkeypatch.setattr(sys, "argv", ["price.py", *map(str, words)])
    code = 0
    try:
        price.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 2
        if isinstance(end.code, str):
            sys.stderr.write(end.code + "\n")
    printed = capsys.readouterr()
    return code, printed.out + printed.err


GOOD = ("--rate", "6.9", "--term", "284", "--amount", "5466000", "--customer", "C00012")


def test_the_command_prints_a_table_and_writes_nothing(demo, monkeypatch, capsys):
    before = hashlib.sha256(demo.database.read_bytes()).hexdigest()
    code, text = run(monkeypatch, capsys, demo.database, *GOOD)
    [row] = priced(
        demo.database,
        request(customer_id="'C00012'", term_days="284", contract_amount="5466000"),
    )
    assert code == 0, text
    assert "- %" not in text and "None" not in text
    assert "5,466,000.00 for 284 days from 2015-12-31 at 6.9000 % to customer C00012" in text
    for name in ("annual_contribution_amount", "life_contribution_amount", "annual_eva_amount"):
        assert f"{row[name]:,.2f}" in text
    assert "Segment S1 基本小微型 Basic small and micro" in text
    assert f"What loans of S1, {row['enterprise_size']} pay" in text
    assert hashlib.sha256(demo.database.read_bytes()).hexdigest() == before


def test_the_command_takes_every_option(demo, monkeypatch, capsys):
    code, text = run(
        monkeypatch, capsys, demo.database, "--rate", "4.2", "--term", "365",
        "--amount", "1,000,000.50", "--start", "2024-02-01", "--currency", "CNY",
        "--product", "LN115", "--guarantee", "GU", "--channel", "online", "--size", "medium",
        "--repayment", "annuity", "--repricing-months", "6", "--benchmark", "PBOC_LE_1Y",
        "--pd", "0.02", "--lgd", "0.45",
    )  # fmt: skip
    assert code == 0, text
    assert "to a new customer (medium)" in text and "1,000,000.50 CNY" in text
    assert "sme weighs 85 %" in text and "PD 0.0200 × LGD 0.4500" in text


def test_what_is_not_known_is_left_out_and_numbers_stand_apart(demo, monkeypatch, capsys):
    """A new customer has no size to have peers of; a loan of a cent holds no capital."""
    words = ("--rate", "1", "--term", "365", "--amount")
    code, text = run(monkeypatch, capsys, demo.database, *words, "999999999999.99")
    assert code == 0, text
    assert "to a new customer (size unknown)" in text and "None" not in text
    assert text.count("What loans of ") == 1
    assert re.search(r"\(EVA\) +-[0-9]{2},[0-9]{3},[0-9]{3},[0-9]{3}\.[0-9]{2}\n", text)
    code, text = run(monkeypatch, capsys, demo.database, *words, "0.01")
    assert code == 0, text
    assert re.search(r"  RAROC +-\n", text)


def test_a_customer_of_the_bank_may_be_called_anything(elected, monkeypatch, capsys):
    """Also what a request could be called; whom the bank does not know is nobody's namesake."""
    words = ("--rate", "6", "--term", "365", "--amount", "1000")
    code, text = run(monkeypatch, capsys, elected, *words, "--customer", "=1")
    assert code == 0 and "to customer =1 (large)" in text, text
    code, text = run(monkeypatch, capsys, elected, *words)
    assert code == 0 and "to a new customer (size unknown)" in text, text


def test_a_rule_for_a_customer_holds_for_whoever_stands_for_it(elected):
    """Its own row wins over that of its size."""
    asked = request(customer_id="'C00037'", start_date="date '2024-02-01'")
    [row] = priced(elected, asked)
    assert (row["enterprise_size"], row["exposure_class_code"]) == ("small", "sme")
    assert float(row["risk_weight"]) == 0.85


def test_a_bank_without_codes_may_ask_for_any(demo):
    """Nothing is unknown where neither loans nor policies know a list."""
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        assert price.known_codes(connection, "curve_code", ("seeds.ftp_curve_policy",)) == []
        assert "GU" in price.known_codes(connection, *price.CODES["guarantee"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*GOOD, "--rate", "6,9"), "--rate: '6,9' is no number"),
        ((*GOOD, "--rate", "60.1"), "--rate: 60.1 is not from -5 to 60"),
        ((*GOOD, "--rate", "6.1234567"), "--rate: 6.1234567 has over 6 decimals"),
        (GOOD[2:], "the following arguments are required: --rate"),
        ((*GOOD, "--amount", "0"), "--amount: 0 is not from 0.01"),
        ((*GOOD, "--amount", "54,66"), "--amount: '54,66' is no number"),
        ((*GOOD, "--amount", "NaN"), "--amount: 'NaN' is no number"),
        ((*GOOD, "--term", "-1"), "--term: '-1' is no whole number from 0"),
        ((*GOOD, "--term", "1.5"), "--term: '1.5' is no whole number"),
        ((*GOOD, "--start", "31.12.2015"), "--start: '31.12.2015' is no day"),
        ((*GOOD, "--start", "9999-12-31"), "--start: 9999-12-31 is not from 1900-01-01"),
        ((*GOOD, "--size", "tiny"), "--size: invalid choice: 'tiny'"),
        ((*GOOD, "--pd", "2"), "--pd: 2 is not from 0 to 1"),
        ((*GOOD, "--lgd", "0.45"), "--lgd means nothing without --pd"),
        ((*GOOD, "--customer", "C'"), "customer 'C'' is not known"),
        ((*GOOD, "--product", "P?"), "product 'P?' is not known. Take none or one of DP001, "),
        ((*GOOD, "--guarantee", "?"), "guarantee '?' is not known. Take none or one of CE, CO, CR"),
        ((*GOOD, "--channel", "?"), "channel '?' is not known. Take none or one of branch, online"),
        ((*GOOD, "--benchmark", "L"), "benchmark 'L' is not known. Take none or one of PBOC_1_5Y"),
        ((*GOOD, "--instead-of", "L00001"), "loan 'L00001' is not of that customer"),
        ((*GOOD[:-2], "--instead-of", "L00001"), "loan 'L00001' is not of that customer"),
        ((*GOOD, "--currency", "XXX"), "there is no exchange rate for XXX on 2015-12-31"),
        ((*GOOD, "--colour", "red"), "unrecognized arguments: --colour red"),
    ],
)
def test_bad_input_is_one_clear_line(demo, monkeypatch, capsys, words, said):
    code, text = run(monkeypatch, capsys, demo.database, *words)
    assert code == 2
    assert said in text
    assert len(text.splitlines()) == 1


def test_a_file_that_cannot_price_is_said_in_one_line(demo, tmp_path, monkeypatch, capsys):
    missing, damaged, empty = (tmp_path / name for name in ("none", "damaged", "empty"))
    damaged.write_bytes(b"no database" * 999)
    with duckdb.connect(str(empty)) as connection:
        connection.execute("create table t (a integer)")
    for path, said in (
        (missing, "no such database. Run make build first"),
        (damaged, "cannot be read"),
        (empty, "cannot price loans yet. Run make build"),
    ):
        code, text = run(monkeypatch, capsys, path, *GOOD)
        assert (code, len(text.splitlines())) == (2, 1)
        assert said in text


def test_a_copy_under_another_name_prices_too(demo, elected, monkeypatch, capsys):
    """In the function's SQL nothing is called by the name of the file."""
    assert elected.name != demo.database.name
    words = (*GOOD, "--start", "2024-02-01", "--size", "medium", "--instead-of", "L03393")
    code, text = run(monkeypatch, capsys, elected, *words)
    assert code == 0 and "to customer C00012 (medium)" in text, text


def test_a_file_of_another_build_is_said_in_one_line(demo, tmp_path, monkeypatch, capsys):
    path = tmp_path / "partial.duckdb"
    shutil.copy(demo.database, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table intermediate.int_ftp__curve_bracket")
    code, text = run(monkeypatch, capsys, path, *GOOD)
    assert (code, len(text.splitlines())) == (2, 1), text
    assert "partial.duckdb cannot price this loan. Run make build. Catalog Error: Table" in text


def test_make_hands_on_what_the_command_line_says():
    """Not a terminal's own TERM."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("no make")
    shown = subprocess.run(
        [make, "--dry-run", "price", "RATE=6.9", "AMOUNT=1000", "CUSTOMER=C 1", "INSTEAD_OF=L 2"],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={"TERM": "xterm", "PATH": "/usr/bin:/bin"},
    ).stdout  # fmt: skip
    words = '--rate "6.9" --amount "1000" --customer "C 1" --instead-of "L 2"'
    assert f'price.py "bankmart.duckdb" {words}' in " ".join(shown.split())
