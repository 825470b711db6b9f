"""The warehouse on a real Czech bank: deposits, overdrafts and fees to the cent.

Everything expected here is computed a second time, in pandas and exact decimals, from the
contract's definitions and the printed control totals; no model of the project is consulted.
Two settings of the same bank are built once each:

- `march_1994`: one flat curve, no loan balances, retail loans admitted to the segmentation;
- `year_1993`: the curve moves during the year, the deposit rate falls in mid-month, loans
  carry the balances their repayments leave, classes are known early; the first quarter of
  1994 is in the files but lies after the reporting date.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd
import pytest

from real_data import (
    BERKA_FORMS,
    BERKA_LAST_DAY,
    BerkaBank,
    Tables,
    berka_closing_balances,
    berka_extracts,
    berka_fees,
    berka_month_ends,
    berka_owners,
    berka_postings,
    curve_rate,
    differences,
    money,
    rounded,
    write_extracts,
)
from warehouse import Build, build

ZERO = Decimal(0)
NET_INTEREST_FACTOR = Decimal("0.945")

FEES_BY_MONTH = {
    "1993-02": "14.60",
    "1993-03": "159.20",
    "1993-04": "276.00",
    "1993-05": "1120.00",
    "1993-06": "2571.00",
    "1993-07": "4091.20",
    "1993-08": "5594.60",
    "1993-09": "6748.20",
    "1993-10": "8180.80",
    "1993-11": "9742.60",
    "1993-12": "11423.40",
    "1994-01": "13386.60",
    "1994-02": "14791.60",
}
"""1993-12, 1994-02 and the total of 78,099.80 are published control totals; the other months
are pinned as first counted, so that a change of the adapter shows."""

BANKS = {
    "march_1994": (
        BerkaBank(as_of_date=BERKA_LAST_DAY, curve=((date(1993, 1, 1), 365, "6"),)),
        {"segmentation_include_retail": True},
    ),
    "year_1993": (
        BerkaBank(
            as_of_date=date(1993, 12, 31),
            # 365 days lie midway between 182 and 548, so the node values add up exactly
            curve=(
                (date(1993, 3, 15), 1, "10.2"),
                (date(1993, 3, 15), 182, "9.1"),
                (date(1993, 3, 15), 548, "8.3"),
                (date(1993, 7, 1), 1, "8.15"),
                (date(1993, 7, 1), 182, "7.35"),
                (date(1993, 7, 1), 548, "6.95"),
                (date(1993, 9, 2), 1, "5.55"),
                (date(1993, 9, 2), 182, "5.15"),
                (date(1993, 9, 2), 548, "4.95"),
            ),
            deposit_rate_change=(date(1993, 7, 16), "3.65"),
            has_loan_balance=True,
            has_hindsight_class=True,
        ),
        {},
    ),
}

ALL_EXTRACTS = {
    *("deposit_account", "deposit_balance", "deposit_rate", "fee_income", "loan_contract"),
    *("loan_balance", "loan_rate", "loan_classification", "loan_performance", "customer"),
    *("product", "ftp_curve", "exchange_rate", "campaign", "campaign_target"),
    *("campaign_contact", "campaign_event", "ledger_control"),
}

AMOUNT_COLUMN = {
    "deposit_balance": "balance",
    "fee_income": "amount",
    "loan_balance": "principal_balance",
    "loan_contract": "contract_amount",
    "ledger_control": "amount",
}


# ----------  the second calculation


@dataclass
class Days:
    """Daily end-of-day balances in cents, contracts × days, and which contracts have begun.

    The days are those of whole months, but for the last, which ends on the reporting date.
    """

    contract_ids: list[str]
    days: pd.DatetimeIndex
    cents: np.ndarray
    begun: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, as_of_date: date) -> "Days":
        """Each balance is valid until the contract's next row; rows after the date are unseen.

        rows: contract, day, cents.
        """
        contract, day, cents = rows.columns
        seen = rows[rows[day] <= pd.Timestamp(as_of_date)]
        wide = seen.pivot(index=contract, columns=day, values=cents)
        days = pd.date_range(seen[day].min().replace(day=1), as_of_date)
        wide = wide.reindex(columns=days).ffill(axis=1)
        return cls(
            list(wide.index), days, wide.fillna(0).to_numpy("int64"), wide.notna().to_numpy()
        )

    def months(self) -> Iterator[tuple[date, np.ndarray]]:
        """Calendar month ends with the positions of the month's days up to the last day."""
        ends = self.days.to_period("M").to_timestamp(how="end").date
        for month_end in sorted(set(ends)):
            yield month_end, np.flatnonzero(ends == month_end)


@dataclass
class Bank:
    """One built bank beside what it must show."""

    setting: BerkaBank
    tables: Tables
    warehouse: Build

    @property
    def as_of_date(self) -> date:
        return self.setting.as_of_date

    @property
    def elapsed_days(self) -> int:
        return (self.as_of_date - date(self.as_of_date.year, 1, 1)).days + 1

    def ftp_rate(self, month: date) -> Decimal:
        """Demand deposits: 0.7 × curve at 365 days + 0.3 × curve at 1 day, first of the month."""
        first = month.replace(day=1)
        core = curve_rate(self.setting.curve, first, 365)
        volatile = curve_rate(self.setting.curve, first, 1)
        return rounded(Fraction(7, 10) * core + Fraction(3, 10) * volatile, 10)

    def spread(self, day: date) -> Fraction:
        """Deposit spread of the day: the month's FTP less the rate up to that day."""
        rate = self.setting.deposit_rate_pct
        change = self.setting.deposit_rate_change
        if change and change[0] <= day:
            rate = change[1]
        return Fraction(rounded(Fraction(self.ftp_rate(day)) - Fraction(rate) / 100, 10))

    @cached_property
    def deposit_days(self) -> Days:
        return Days.of(berka_closing_balances(), self.as_of_date)

    @cached_property
    def loan_days(self) -> Days | None:
        if "loan_balance" not in self.tables:
            return None
        rows = self.tables["loan_balance"]
        cents = [int(amount.scaleb(2)) for amount in rows["principal_balance"]]
        return Days.of(
            rows[["loan_id"]].assign(day=pd.to_datetime(rows["balance_date"]), cents=cents),
            self.as_of_date,
        )

    @cached_property
    def deposit_months(self) -> dict[tuple[str, date], tuple[int, Decimal, Decimal]]:
        """(account, month end) → days, average daily balance, contribution."""
        history = self.deposit_days
        result = {}
        for month_end, positions in history.months():
            spreads = [self.spread(day.date()) for day in history.days[positions]]
            balance_days = history.cents[:, positions].sum(axis=1)
            products = {
                spread: history.cents[:, positions[[s == spread for s in spreads]]].sum(axis=1)
                for spread in set(spreads)
            }
            for row in np.flatnonzero(history.begun[:, positions[-1]]):
                earned = sum(int(cents[row]) * spread / 36000 for spread, cents in products.items())
                result[history.contract_ids[row], month_end] = (
                    len(positions),
                    rounded(Fraction(int(balance_days[row]), 100 * len(positions)), 2),
                    rounded(earned, 10),
                )
        return result

    @cached_property
    def loan_months(self) -> dict[tuple[str, date], tuple[int, Decimal, None]]:
        """(loan, month end) → days, average daily balance; no rate, so no contribution."""
        history = self.loan_days
        if history is None:
            return {}
        result = {}
        for month_end, positions in history.months():
            cents = history.cents[:, positions]
            for row in np.flatnonzero(history.begun[:, positions[-1]]):
                assert cents[row].any(), "Berka repays no loan in full this early"
                average = Fraction(int(cents[row].sum()), 100 * len(positions))
                result[history.contract_ids[row], month_end] = (
                    len(positions),
                    rounded(average, 2),
                    None,
                )
        return result

    @cached_property
    def loan_customer(self) -> dict[str, str]:
        contracts = self.tables["loan_contract"]
        return dict(zip(contracts["loan_id"], contracts["customer_id"], strict=True))

    @cached_property
    def customers(self) -> pd.DataFrame:
        """Customer parts by the contract: months of the year summed, then rounded to cents."""
        year = self.as_of_date.year
        ids = list(self.tables["customer"]["customer_id"])
        deposits = dict.fromkeys(ids, ZERO)
        with localcontext() as context:
            context.prec = 60
            for (account_id, month_end), (*_, earned) in self.deposit_months.items():
                if month_end.year == year:
                    deposits[berka_owners()[account_id]] += earned
        loans: dict[str, Decimal | None] = dict.fromkeys(ids, ZERO)
        for loan_id, month_end in self.loan_months:
            if month_end.year == year:
                loans[self.loan_customer[loan_id]] = None
        fees = dict.fromkeys(ids, ZERO)
        table = self.tables["fee_income"]
        for customer_id, booked, amount in zip(
            table["customer_id"], table["booked_date"], table["amount"], strict=True
        ):
            if date(year, 1, 1) <= booked <= self.as_of_date:
                fees[customer_id] += amount

        frame = pd.DataFrame(index=pd.Index(ids, name="customer_id"))
        frame["deposit_average"] = self._averages(self.deposit_days, berka_owners(), ids)
        frame["loan_average"] = self._averages(self.loan_days, self.loan_customer, ids)
        frame["deposit"] = [rounded(Fraction(deposits[key]), 2) for key in ids]
        frame["loan"] = pd.Series([loans[key] for key in ids], index=ids, dtype=object)
        frame["fee"] = [fees[key] for key in ids]
        # every loan part here is NULL or 0, and the total takes NULL as 0
        frame["total"] = frame["deposit"] + frame["fee"]
        return frame

    def _averages(
        self, history: Days | None, customer: dict[str, str], ids: list[str]
    ) -> list[Decimal]:
        """Σ of the year's daily balances ÷ elapsed days, rounded once."""
        cents = dict.fromkeys(ids, 0)
        if history is not None:
            in_year = history.days.year == self.as_of_date.year
            for contract_id, balance_days in zip(
                history.contract_ids, history.cents[:, in_year].sum(axis=1), strict=True
            ):
                cents[customer[contract_id]] += int(balance_days)
        return [rounded(Fraction(cents[key], 100 * self.elapsed_days), 2) for key in ids]

    @cached_property
    def customer_class(self) -> dict[str, str]:
        """Worst class among open loans, for the customers who have one."""
        contracts = self.tables["loan_contract"].merge(self.tables["loan_classification"])
        if self.loan_days is None:
            is_open = (contracts["start_date"] <= self.as_of_date) & (
                self.as_of_date < contracts["maturity_date"]
            )
        else:
            last = dict(zip(self.loan_days.contract_ids, self.loan_days.cents[:, -1], strict=True))
            without_rows = (contracts["start_date"] <= self.as_of_date) & ~contracts[
                "loan_id"
            ].isin(last)
            assert not without_rows.any()
            is_open = contracts["loan_id"].map(last).fillna(0) > 0
        is_known = contracts["effective_date"] <= self.as_of_date
        return contracts[is_open & is_known].groupby("customer_id")["class_code"].max().to_dict()


@pytest.fixture(scope="module", params=list(BANKS))
def bank(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """Berka in one of its two settings, built once."""
    setting, more_vars = BANKS[request.param]
    tables = berka_extracts(setting)
    workdir = tmp_path_factory.mktemp(f"berka_{request.param}")
    extracts = write_extracts(workdir / "extracts", tables, BERKA_FORMS)
    variables = {
        "as_of_date": setting.as_of_date.isoformat(),
        "reporting_currency": "CZK",
        **more_vars,
    }
    warehouse = build(
        extracts,
        workdir,
        vars=variables,
        arguments=(
            "--select", "+path:models/marts/relationship", "+ftp_bridge", "+loan_segment",
            "+extract_reconciliation", "+ledger_reconciliation", "+rejected_row",
            "+unpriced_balance",
            "+deposit_account_monthly_contribution", "+loan_monthly_contribution",
        ),
    )  # fmt: skip
    assert warehouse.returncode == 0, warehouse.output[-5000:]
    return Bank(setting, tables, warehouse)


def columns(warehouse: Build, schema: str, table: str) -> set[str]:
    """Column names of a table; empty where the table is not built yet."""
    return {
        name
        for (name,) in warehouse.rows(
            "select column_name from information_schema.columns"
            f" where table_schema = '{schema}' and table_name = '{table}'"
        )
    }


# ----------  the adapter, before any warehouse


def test_postings_match_the_published_control_totals():
    postings = berka_postings()
    credit = postings["type"] == "PRIJEM"
    interest = postings["k_symbol"] == "UROK"

    assert (len(postings), postings["account_id"].nunique()) == (46997, 1229)
    assert money([postings.loc[credit, "amount"].sum(), postings.loc[~credit, "amount"].sum()]) == [
        Decimal("176961254.80"),
        Decimal("137664492.00"),
    ]
    assert interest.sum() == 8305
    assert money([postings.loc[interest, "amount"].sum()]) == [Decimal("1098212.30")]


def test_fees_match_the_published_control_totals():
    fees = berka_fees()
    by_month = fees.groupby(fees["day"].dt.strftime("%Y-%m"))["amount"].agg(["size", "sum"])

    assert (fees["type"] == "VYDAJ").all()
    assert (len(fees), fees["amount"].sum()) == (4563, 7809980)
    assert by_month.loc[["1993-12", "1994-02"], "size"].tolist() == [678, 862]
    assert dict(zip(by_month.index, map(str, money(by_month["sum"])), strict=True)) == FEES_BY_MONTH


def test_closing_balances_follow_from_the_movements():
    """Printed balances are rounded, so they may drift from the exact sum, but only by dimes."""
    closings = berka_closing_balances()
    postings = berka_postings()
    exact = postings.groupby(["account_id", "day"])["movement"].sum()
    drift = closings.set_index(["account_id", "day"])["balance"] - (
        exact.groupby("account_id").cumsum()
    )
    last_in_file = postings.groupby(["account_id", "day"])["balance"].last()
    wrong_order = (
        last_in_file.to_numpy() != closings.sort_values(["account_id", "day"])["balance"].to_numpy()
    )

    assert len(closings) == 38821
    assert drift.abs().max() == 70
    assert closings.groupby("account_id")["balance"].last().sum() == 3929672010
    assert wrong_order.sum() == 3692, "file order is not posting order"


# ----------  the doors


def test_every_row_read_is_accounted_for(bank):
    expected = dict.fromkeys(ALL_EXTRACTS, (0, 0, 0, ZERO, ZERO, ZERO))
    for name, table in bank.tables.items():
        amount = sum(table[AMOUNT_COLUMN[name]]) if name in AMOUNT_COLUMN else ZERO
        expected[name] = (len(table), len(table), 0, amount, amount, ZERO)
    actual = {
        name: tuple(figures)
        for name, *figures in bank.warehouse.rows(
            "select extract_name, rows_read, rows_accepted, rows_rejected,"
            " amount_read, amount_accepted, amount_rejected from quality.extract_reconciliation"
        )
    }

    assert differences(actual, expected) == []
    assert bank.warehouse.rows("select * from quality.rejected_row") == []


def test_balances_and_fees_equal_the_ledger_on_every_month_end(bank):
    """Difference 0.00 on each day and class; the ledger was computed by another road."""
    ledger = bank.tables["ledger_control"]
    expected = {
        (day, account_class, currency): (amount, amount, ZERO)
        for day, account_class, currency, amount in ledger.itertuples(index=False)
        if day <= bank.as_of_date
    }
    actual = {
        tuple(key): tuple(figures)
        for *key, ledger_amount, computed_amount, difference in bank.warehouse.rows(
            "select as_of_date, account_class_code, currency_code,"
            " ledger_amount, computed_amount, difference_amount from quality.ledger_reconciliation"
        )
        for figures in [(ledger_amount, computed_amount, difference)]
    }

    assert len(expected) == 2 * sum(end.date() <= bank.as_of_date for end in berka_month_ends())
    assert differences(actual, expected) == []


def test_fees_by_month_equal_the_published_totals(bank):
    """Year-to-date fees of neighbouring month ends differ by exactly the month."""
    to_date = dict(
        bank.warehouse.rows(
            "select as_of_date, computed_amount from quality.ledger_reconciliation"
            " where account_class_code = 'fee' order by as_of_date"
        )
    )
    by_month = {}
    for end, amount in to_date.items():
        before = end.replace(day=1) - timedelta(days=1)
        before_amount = to_date.get(before, ZERO) if before.year == end.year else ZERO
        by_month[f"{end:%Y-%m}"] = amount - before_amount
    expected = {
        month: Decimal(FEES_BY_MONTH.get(month, "0"))
        for month in (f"{end:%Y-%m}" for end in berka_month_ends())
        if month <= f"{bank.as_of_date:%Y-%m}"
    }

    assert differences(by_month, expected) == []


def test_fee_income_of_the_year_equals_the_published_total(bank):
    """All of 1993 and all of 1994 to 30 March together are the published 78,099.80."""
    year = f"{bank.as_of_date:%Y}"
    expected = sum(Decimal(fee) for month, fee in FEES_BY_MONTH.items() if month[:4] == year)
    [(actual,)] = bank.warehouse.rows(
        "select sum(fee_income_amount) from marts.customer_contribution"
    )

    assert {"1993": "49921.60", "1994": "28178.20"}[year] == str(expected)
    assert actual == expected


# ----------  contribution


def test_deposit_months_equal_the_second_calculation(bank):
    """Every account-month of the record, all years, to the tenth decimal."""
    actual = {
        (account_id, month_end): tuple(figures)
        for account_id, month_end, *figures in bank.warehouse.rows(
            "select account_id, month_end_date, days, average_daily_balance, contribution_amount"
            " from marts.deposit_account_monthly_contribution"
        )
    }

    assert len(actual) > 7000
    assert differences(actual, bank.deposit_months) == []


def test_deposit_months_carry_the_owner(bank):
    actual = dict(
        bank.warehouse.rows(
            "select distinct account_id, customer_id"
            " from marts.deposit_account_monthly_contribution"
        )
    )
    expected = {key: berka_owners()[key] for key in bank.deposit_days.contract_ids}

    assert differences(actual, expected) == []


def test_overdrafts_cost_the_customer(bank):
    """A negative balance has a negative average and, at a positive spread, contribution."""
    assert (bank.deposit_days.cents < 0).any()
    [(negative, same_sign)] = bank.warehouse.rows(
        "select count(*), count(*) filter (where contribution_amount < 0)"
        " from marts.deposit_account_monthly_contribution where average_daily_balance < 0"
    )
    expected = sum(average < 0 for _, average, _ in bank.deposit_months.values())

    assert (negative, same_sign) == (expected, expected)


def test_loans_without_a_rate_have_an_average_but_no_contribution(bank):
    """The file has no rate: NULL, never 0 and never the loss a rate of 0 would show."""
    actual = {
        (loan_id, month_end): tuple(figures)
        for loan_id, month_end, *figures in bank.warehouse.rows(
            "select loan_id, month_end_date, days, average_daily_balance, contribution_amount"
            " from marts.loan_monthly_contribution"
        )
    }
    factors = bank.warehouse.rows(
        "select distinct net_interest_factor from marts.loan_monthly_contribution"
    )

    assert differences(actual, bank.loan_months) == []
    assert [Decimal(str(factor)) for (factor,) in factors] == (
        [NET_INTEREST_FACTOR] if bank.loan_months else []
    )


def test_loans_without_a_rate_are_listed(bank):
    """A month that could not be priced is named in the quality report, and no other is."""
    listed = {
        str(value)
        for row in bank.warehouse.rows("select * from quality.unpriced_balance")
        for value in row
    }
    unpriced = {loan_id for loan_id, _ in bank.loan_months}

    assert unpriced <= listed
    assert bool(listed) == bool(unpriced)


def test_customers_equal_the_second_calculation(bank):
    """All 5,369 clients, disponents and future owners included, to the cent."""
    actual = {
        customer_id: tuple(figures)
        for customer_id, *figures in bank.warehouse.rows(
            "select customer_id, deposit_average_daily_balance, loan_average_daily_balance,"
            " deposit_contribution_amount, loan_contribution_amount, fee_income_amount,"
            " contribution_amount from marts.customer_contribution"
        )
    }
    expected = {key: tuple(row) for key, *row in bank.customers.itertuples()}

    assert len(expected) == 5369
    assert differences(actual, expected) == []


def test_customers_share_the_reporting_date(bank):
    assert bank.warehouse.rows(
        "select distinct as_of_date, elapsed_days from marts.customer_contribution"
    ) == [(bank.as_of_date, bank.elapsed_days)]


def test_plug_in_form_equals_the_second_calculation(bank):
    """Average balance × average spread per account; loans without a rate leave no day.

    With one spread all year the plug-in form is the exact sum, but for its rounding.
    """
    if "plug_in_contribution_amount" not in columns(
        bank.warehouse, "marts", "customer_contribution"
    ):
        pytest.skip("the plug-in form is not in the mart yet")
    history = bank.deposit_days
    in_year = np.flatnonzero(history.days.year == bank.as_of_date.year)
    spreads = [bank.spread(day.date()) for day in history.days[in_year]]
    plug_in = dict(zip(bank.customers.index, bank.customers["fee"], strict=True))
    for account_id, cents in zip(history.contract_ids, history.cents[:, in_year], strict=True):
        used = np.flatnonzero(cents)
        if used.size:
            first = int(used[0])
            days = len(cents) - first
            product = int(cents.sum()) * sum(spreads[first:], Fraction(0))
            plug_in[berka_owners()[account_id]] += rounded(product / (100 * days * 360), 10)
    expected = {}
    for customer_id, value in plug_in.items():
        amount = rounded(Fraction(value), 2)
        expected[customer_id] = (amount, bank.customers.at[customer_id, "total"] - amount)
    actual = {
        customer_id: tuple(figures)
        for customer_id, *figures in bank.warehouse.rows(
            "select customer_id, plug_in_contribution_amount, plug_in_error_amount"
            " from marts.customer_contribution"
        )
    }

    assert differences(actual, expected) == []
    if len({rate for _, _, rate in bank.setting.curve}) == 1:
        assert max(abs(error) for _, error in actual.values()) <= Decimal("0.01")


def test_bridge_carries_the_deposit_curve(bank):
    """The FTP of a demand deposit is the curve on the first day of its month."""
    if not columns(bank.warehouse, "marts", "ftp_bridge"):
        pytest.skip("the bridge is not a mart yet")
    actual = {
        month_end: float(rate)
        for month_end, rate in bank.warehouse.rows(
            "select distinct month_end_date, ftp_rate from marts.ftp_bridge"
            " where contract_kind_code = 'deposit'"
        )
    }
    expected = {
        month_end: float(bank.ftp_rate(month_end)) for month_end, _ in bank.deposit_days.months()
    }

    assert differences(actual, expected) == []


# ----------  tiers and concentration


def test_tiers_and_classes(bank):
    """Owners are in scope but small; a class counts only once known and while a loan is open."""
    owners = set(berka_owners().values())
    expected = {
        customer_id: (
            total,
            bank.customer_class.get(customer_id),
            customer_id in owners,
            "potential" if customer_id in owners else "out_of_scope",
            False,
        )
        for customer_id, total in bank.customers["total"].items()
    }
    actual = {
        customer_id: tuple(figures)
        for customer_id, *figures in bank.warehouse.rows(
            "select customer_id, contribution_amount, class_code, in_rating_scope, tier_code,"
            " is_core_value_at_risk from marts.customer_tier"
        )
    }

    assert bank.customers["total"].max() < 200000
    assert bool(bank.customer_class) == bank.setting.has_hindsight_class
    assert differences(actual, expected) == []


def test_tier_summary_adds_up(bank):
    owners = bank.customers.index.isin(set(berka_owners().values()))
    total = sum(bank.customers["total"], ZERO)
    expected = {
        code: (count, amount, pytest.approx(float(Fraction(amount) / Fraction(total)), abs=1e-12))
        for code, count, amount in [
            ("core", 0, ZERO),
            ("basic", 0, ZERO),
            ("potential", owners.sum(), sum(bank.customers.loc[owners, "total"], ZERO)),
            ("out_of_scope", (~owners).sum(), sum(bank.customers.loc[~owners, "total"], ZERO)),
        ]
    }
    actual = {
        code: tuple(figures)
        for code, *figures in bank.warehouse.rows(
            "select tier_code, customer_count, contribution_amount, contribution_share"
            " from marts.tier_summary"
        )
    }

    assert total > 0
    assert differences(actual, expected) == []


def test_concentration_equals_the_second_calculation(bank):
    """Each percentile's first ceil(p·N/100) customers, losses at the end included."""
    ordered = sorted(bank.customers["total"].items(), key=lambda item: (-item[1], item[0]))
    running = np.cumsum([int(total.scaleb(2)) for _, total in ordered])
    count = len(ordered)
    expected = {}
    for percentile in range(1, 101):
        first = math.ceil(Fraction(percentile * count, 100))
        expected[percentile] = (
            pytest.approx(first / count, abs=1e-12),
            pytest.approx(running[first - 1] / running[-1], abs=1e-12),
        )
    actual = {
        percentile: tuple(figures)
        for percentile, *figures in bank.warehouse.rows(
            "select percentile, cumulative_customer_share, cumulative_contribution_share"
            " from marts.contribution_concentration"
        )
    }

    assert differences(actual, expected) == []


# ----------  segmentation


def test_loans_without_a_rate_are_in_no_segment(bank):
    """In the population they are rows without a segment; retail loans stay out by default."""
    include_retail = bank.as_of_date == BERKA_LAST_DAY
    contracts = bank.tables["loan_contract"]
    in_year = contracts["start_date"].between(date(bank.as_of_date.year, 1, 1), bank.as_of_date)
    expected = {
        loan_id: (None, None) for loan_id in contracts.loc[in_year, "loan_id"] if include_retail
    }
    actual = {
        loan_id: (segment_code, silhouette)
        for loan_id, segment_code, silhouette in bank.warehouse.rows(
            "select loan_id, segment_code, silhouette from marts.loan_segment"
        )
    }

    assert in_year.any()
    assert differences(actual, expected) == []
