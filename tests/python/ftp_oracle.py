"""What contracts must be transfer-priced at, and earn, under a bank's own policy of methods.

The texts of seeds/reference/_seeds.yml read again and walked day by day in fractions. As in
oracle.py nothing is shared with the SQL; the door, calendars and curves are those of oracle.py.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import pathlib
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from oracle import (
    EXACT,
    RATE_PLACES,
    Bank,
    curve_point,
    days_between,
    month_end,
    net_interest_factor,
    open_door,
    round_decimal,
    round_fraction,
)

COMPONENTS = ("liquidity", "reserve_requirement", "strategic_incentive")
# Methods priced afresh on the first of each month; the others by the contract's own days.
MONTHLY = ("core_volatile", "moving_average", "fixed_spread")
CASH_FLOW = ("weighted_term", "average_life", "duration")


def number(text: str) -> int | None:
    return int(text) if text else None


def rows_of(folder: pathlib.Path, name: str) -> list[dict]:
    """A policy file's rows, days as dates; an empty cell is None."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [{key: text or None for key, text in row.items()} for row in csv.DictReader(file)]
    for row in rows:
        row["valid_from"] = date.fromisoformat(row["valid_from"])
        row["valid_to"] = date.fromisoformat(row["valid_to"])
    return rows


def holds(row: dict, day: date) -> bool:
    return row["valid_from"] <= day <= row["valid_to"]


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclasses.dataclass(frozen=True)
class Contract:
    kind: str
    id: str
    customer_id: str
    currency: str
    family: str | None
    first_day: date
    maturity: date | None
    annual_rate_pct: Decimal | None
    repricing_months: int | None
    repayment: str | None
    benchmark: str | None
    product_code: str | None
    amount: Decimal | None  # of a loan's contract

    @property
    def term(self) -> int | None:
        return None if self.maturity is None else (self.maturity - self.first_day).days


@dataclasses.dataclass(frozen=True)
class Price:
    """Transfer price of a day by component, fractions to 10 decimals; None where no curve says."""

    policy_code: str
    pricing_date: date
    tenor_days: int | None
    market: Decimal | None
    add_ons: tuple[Decimal | None, ...]
    accrues_interest: bool
    is_before_first_curve: bool
    is_mean: bool  # of several rates: right to one unit of the last decimal

    @property
    def total(self) -> Decimal | None:
        parts = (self.market, *self.add_ons)
        return None if None in parts else sum(parts)


@dataclasses.dataclass
class Month:
    """A contract in a month: its price as the bridge shows it, and what it earned."""

    kind: str
    contract_id: str
    customer_id: str
    month_end_date: date
    prices: list[Price]  # of each day
    average: Decimal | None
    contribution: Decimal | None
    lacks: set[str]
    turnover: Fraction  # daily balances without their signs
    undrawn_charge: Decimal | None  # what is left to draw of a line costs

    @property
    def is_mean(self) -> bool:
        return any(price.is_mean for price in self.prices)

    @property
    def tolerance(self) -> Fraction:
        """What the contribution may be off."""
        unit = Fraction(1, 10**RATE_PLACES)
        return unit + 2 * unit * self.turnover / 360 if self.is_mean else Fraction(0)

    def bridge(self) -> tuple[Decimal | None, ...]:
        """Market and add-ons, each its mean over the days, and their sum."""
        parts = [(price.market, *price.add_ons) for price in self.prices]
        means = [
            None
            if None in rates
            else round_fraction(sum(map(Fraction, rates)) / len(rates), RATE_PLACES)
            for rates in zip(*parts, strict=True)
        ]
        return (*means, None if None in means else sum(means))


class PricedBank:
    """A bank's extracts under a policy folder."""

    def __init__(self, extracts: pathlib.Path, policy: pathlib.Path, as_of: date):
        self.bank = Bank(open_door(extracts).accepted, as_of, "CNY")
        self.assignments = rows_of(policy, "ftp_assignment")
        self.add_ons = rows_of(policy, "ftp_add_on")
        self.lines = rows_of(policy, "ftp_contingent_liquidity")
        self.curve_policy = rows_of(policy, "ftp_curve_policy")
        self.contracts = [
            self.contract("deposit", row["account_id"], row["open_date"], row)
            for row in self.bank.accounts.values()
        ] + [
            self.contract("loan", row["loan_id"], row["start_date"], row)
            for row in self.bank.loans.values()
        ]

    def contract(self, kind: str, contract_id: str, first_day: date, row: dict) -> Contract:
        return Contract(
            kind, contract_id, row["customer_id"], self.bank.currency(row),
            self.bank.products.get(row["product_code"], {}).get("product_family_code"),
            first_day, row["maturity_date"], row["annual_rate_pct"], row.get("repricing_months"),
            (row.get("repayment_method_code") or "bullet") if kind == "loan" else None,
            row.get("pricing_benchmark_code"), row["product_code"], row.get("contract_amount"),
        )  # fmt: skip

    # ----------------------------------------------------------------------- which row, which curve

    def loan_class(self, contract: Contract, day: date) -> str | None:
        classes = self.bank.loan_classes.get(contract.id) if contract.kind == "loan" else None
        return classes.on(day) if classes else None

    @functools.cache  # noqa: B019
    def assignment(self, contract: Contract, first_of_month: date, loan_class: str | None) -> dict:
        """The row for a class, a family, a repayment, a rate type, in that order.

        A class counts from its day on; which rows there are is settled on the first of a month.
        """
        own_day = contract.first_day if contract.maturity else first_of_month
        rate_type = "floating" if contract.repricing_months else "fixed"
        fitting = []
        for row in self.assignments:
            least_class = number(row["minimum_class_code"])
            if row["contract_kind_code"] != contract.kind:
                continue
            if (row["has_maturity"] == "true") != (contract.maturity is not None):
                continue
            if least_class and (loan_class is None or int(loan_class) < least_class):
                continue
            conditions = (
                (row["product_family_code"], contract.family),
                (row["repayment_method_code"], contract.repayment),
                (row["rate_type_code"], rate_type),
            )
            if any(asked is not None and asked != has for asked, has in conditions):
                continue
            if holds(row, first_of_month if least_class else own_day):
                fitting.append((least_class or 0, *(bool(asked) for asked, _ in conditions), row))
        return max(fitting, key=lambda found: found[:-1])[-1]

    def curve_code(self, contract: Contract) -> str:
        for benchmark in (contract.benchmark, None):
            for row in self.curve_policy:
                if (row["currency_code"], row["pricing_benchmark_code"]) == (
                    contract.currency,
                    benchmark,
                ):
                    if holds(row, contract.first_day):
                        return row["curve_code"]
        return contract.currency

    # ---------------------------------------------------------------------------------- one price

    def rate(self, curve_code: str, day: date, tenor: int) -> Fraction | None:
        """Percent, exact."""
        nodes = self.bank.curves.nodes(curve_code, day)
        return None if nodes is None else curve_point(nodes, tenor)

    def executed_pct(self, contract: Contract, day: date) -> Decimal | None:
        bank = self.bank
        rates = (bank.loan_rates if contract.kind == "loan" else bank.deposit_rates).get(
            contract.id
        )
        found = rates.on(day) if rates else None
        return contract.annual_rate_pct if found is None else found

    def last_repricing(self, contract: Contract, day: date) -> tuple[date, int | None]:
        """The day the rate was last set and the days it is set for."""
        months = contract.repricing_months
        if not months:
            return contract.first_day, contract.term
        count = 0
        while (following := add_months(contract.first_day, months * (count + 1))) <= day:
            if contract.maturity and following >= contract.maturity:
                break
            count += 1
        last = add_months(contract.first_day, months * count)
        until = min(following, contract.maturity or following)
        return last, (until - last).days

    @functools.cache  # noqa: B019
    def payments(self, contract: Contract, months: int) -> list[tuple[int, Decimal, Decimal]]:
        """Days to each payment, its principal and the present value of all of it, in any unit."""
        days = []
        while not days or days[-1] < contract.term:
            due = add_months(contract.first_day, months * (len(days) + 1))
            days.append(min((due - contract.first_day).days, contract.term))
        count = len(days)
        with localcontext(prec=60):
            yearly = Decimal(self.executed_pct(contract, contract.first_day) or 0) / 100
            i = yearly * months / 12
            level = 1 / sum((1 + i) ** -k for k in range(1, count + 1))
            owed, plan = Decimal(1), []
            for k, day in enumerate(days, 1):
                interest = owed * i
                if contract.repayment == "equal_principal":
                    principal = Decimal(1) / count
                elif contract.repayment == "annuity":
                    principal = level - interest
                else:
                    principal = Decimal(k == count)
                owed -= principal
                plan.append((day, principal, (principal + interest) * (1 + i) ** -k))
        return plan

    @functools.cache  # noqa: B019
    def mean_days(self, contract: Contract, method: str, months: int) -> int:
        """One tenor for all payments, by their principal or by their present value."""
        column = 1 if method == "average_life" else 2
        plan = self.payments(contract, months)
        weight = sum(Fraction(payment[column]) for payment in plan)
        mean = sum(Fraction(payment[column]) * payment[0] for payment in plan) / weight
        return int(round_fraction(mean, 0))

    def weighted(self, contract: Contract, row: dict, curve_code: str) -> Fraction | None:
        """Every payment's rate by its principal and days."""
        if self.bank.curves.nodes(curve_code, contract.first_day) is None:
            return None
        plan = self.payments(contract, int(row["payment_months"]))
        above = below = Fraction(0)
        for days, principal, _ in plan:
            weight = Fraction(principal) * days
            above += weight * self.rate(curve_code, contract.first_day, days)
            below += weight
        if not below:
            return self.rate(curve_code, contract.first_day, 0)
        return above / below

    def is_before_first_curve(self, contract: Contract, day: date) -> bool:
        days = self.bank.curves.by_code.get(self.curve_code(contract))
        return bool(days) and day < min(days)

    def pricing(self, contract: Contract, row: dict, day: date) -> tuple[date, int | None]:
        """The day whose curve prices a day, and the tenor on it."""
        method = row["method_code"]
        tenor = number(row["tenor_days"])
        if method == "repricing_term":
            priced_on, own_tenor = self.last_repricing(contract, day)
            return priced_on, tenor or own_tenor
        if method in MONTHLY:
            return day.replace(day=1), tenor
        if method in ("average_life", "duration"):
            months = int(row["payment_months"])
            return contract.first_day, self.mean_days(contract, method, months)
        return contract.first_day, tenor or contract.term

    def market_pct(
        self, contract: Contract, row: dict, priced_on: date, tenor: int | None
    ) -> Fraction | None:
        curve_code = self.curve_code(contract)
        parts = [Fraction(row["spread_pct"])]
        second = number(row["second_tenor_days"])
        if row["method_code"] == "weighted_term":
            parts.append(self.weighted(contract, row, curve_code))
        elif tenor is not None:
            window = number(row["average_days"]) or 1
            rates = [
                self.rate(curve_code, priced_on - timedelta(days=back), tenor)
                for back in range(window)
            ]
            if None in rates:
                return None
            parts.append(Fraction(row["weight"]) * sum(rates) / window)
        if second is not None and Fraction(row["second_weight"]):
            rate = self.rate(curve_code, priced_on, second)
            parts.append(None if rate is None else Fraction(row["second_weight"]) * rate)
        return None if None in parts else sum(parts)

    @functools.cache  # noqa: B019
    def price(self, contract: Contract, policy_key: tuple, priced_on: date, tenor: int | None):
        row = next(
            row for row in self.assignments if (row["policy_code"], row["valid_from"]) == policy_key
        )
        percent = self.market_pct(contract, row, priced_on, tenor)
        market = None if percent is None else round_fraction(percent / 100, RATE_PLACES)
        return Price(
            row["policy_code"], priced_on, tenor, market,
            tuple(self.add_on(name, contract, row, priced_on, market) for name in COMPONENTS),
            row["accrues_interest"] == "true", self.is_before_first_curve(contract, priced_on),
            row["average_days"] is not None or row["method_code"] == "weighted_term",
        )  # fmt: skip

    def add_on(
        self, name: str, contract: Contract, row: dict, priced_on: date, market: Decimal | None
    ) -> Decimal | None:
        """All rows that hold on the pricing day, each rounded, added."""
        if market is None:
            return None
        total = Decimal(0)
        for add_on in self.add_ons:
            if (add_on["add_on_code"], add_on["contract_kind_code"]) != (name, contract.kind):
                continue
            if add_on["product_family_code"] not in (None, contract.family):
                continue
            if not holds(add_on, priced_on):
                continue
            premium = Fraction(0)
            if add_on["curve_code"]:
                premium = self.premium(contract, row, add_on["curve_code"])
                if premium is None:
                    return None
            share = Fraction(add_on["share_of_market_rate"]) * Fraction(market)
            percent = Fraction(add_on["spread_pct"]) + premium
            total += round_fraction(percent / 100 + share, RATE_PLACES)
        return total

    def premium(self, contract: Contract, row: dict, curve_code: str) -> Fraction | None:
        """Of the first day's curve of premiums at the original term, or payment by payment."""
        if row["method_code"] == "weighted_term":
            return self.weighted(contract, row, curve_code)
        term = number(row["tenor_days"]) if contract.maturity is None else contract.term
        return self.rate(curve_code, contract.first_day, term or 0)

    # ------------------------------------------------------------------------------------ all days

    def price_of_day(self, contract: Contract, day: date) -> Price:
        row = self.assignment(contract, day.replace(day=1), self.loan_class(contract, day))
        priced_on, tenor = self.pricing(contract, row, day)
        return self.price(contract, (row["policy_code"], row["valid_from"]), priced_on, tenor)

    def spread(self, contract: Contract, price: Price, day: date) -> Decimal | None:
        percent = self.executed_pct(contract, day) if price.accrues_interest else Decimal(0)
        if percent is None or price.total is None:
            return None
        rate = EXACT.divide(percent, Decimal(100))
        if contract.kind == "loan":
            earned = EXACT.multiply(rate, net_interest_factor(day))
            return round_decimal(EXACT.subtract(earned, price.total), RATE_PLACES)
        return round_decimal(EXACT.subtract(price.total, rate), RATE_PLACES)

    def undrawn(self, contract: Contract, day: date, balance: Decimal) -> Decimal:
        """What a loan could still draw on a day, in its currency; after maturity nothing."""
        if contract.kind != "loan" or day < contract.first_day:
            return Decimal(0)
        if contract.maturity is not None and day >= contract.maturity:
            return Decimal(0)
        return max(contract.amount - (balance or 0), Decimal(0))

    def line_rate(self, contract: Contract, price: Price) -> Decimal:
        """A unit's charge a year, by the row of the pricing day."""
        for row in self.lines:
            if row["product_code"] == contract.product_code and holds(row, price.pricing_date):
                percent = Fraction(row["draw_factor"]) * Fraction(row["premium_pct"])
                return round_fraction(percent / 100, RATE_PLACES)
        return Decimal(0)

    def month(self, contract: Contract, first: date, last: date) -> Month:
        bank = self.bank
        balances = bank.loan_balances if contract.kind == "loan" else bank.deposit_balances
        prices, lacks = [], set()
        total = income = turnover = charge = Fraction(0)
        has_average = has_charge = True
        for day in days_between(first, last):
            price = self.price_of_day(contract, day)
            prices.append(price)
            balance = balances[contract.id].on(day)
            undrawn = self.undrawn(contract, day, balance)
            line_rate = self.line_rate(contract, price)
            # Days before the first balance row are none of the contract's.
            if undrawn and line_rate and balance is not None:
                converted = bank.in_reporting_currency(undrawn, contract.currency, day)
                if converted is None:
                    lacks.add("no_exchange_rate")
                elif price.total is None:
                    lacks.add("no_ftp_curve")
                if converted is None or price.total is None:
                    has_charge = False
                else:
                    charge += Fraction(converted) * Fraction(line_rate)
            if not balance:
                continue
            converted = bank.in_reporting_currency(balance, contract.currency, day)
            if converted is None:
                lacks.add("no_exchange_rate")
                has_average = False
                continue
            total += Fraction(converted)
            turnover += abs(Fraction(converted))
            spread = self.spread(contract, price, day)
            if spread is None:
                lacks.add("no_ftp_curve" if price.total is None else "no_rate")
                continue
            income += Fraction(converted) * Fraction(spread)
        charged = round_fraction(charge / 360, RATE_PLACES) if has_charge else None
        return Month(
            contract.kind, contract.id, contract.customer_id, month_end(first), prices,
            round_fraction(total / len(prices), 2) if has_average else None,
            None if lacks else round_fraction(income / 360, RATE_PLACES) - charged, lacks, turnover,
            charged,
        )  # fmt: skip

    def months(self) -> list[Month]:
        """Every contract from the month of its first balance row to the reporting day."""
        bank, months = self.bank, []
        for contract in self.contracts:
            balances = bank.loan_balances if contract.kind == "loan" else bank.deposit_balances
            if contract.id not in balances:
                continue
            first = balances[contract.id].days[0].replace(day=1)
            while first <= bank.as_of:
                last = min(month_end(first), bank.as_of)
                months.append(self.month(contract, first, last))
                first = month_end(first) + timedelta(days=1)
        return months


def customer_year(months: list[Month], year: int) -> dict[str, tuple[Decimal | None, ...]]:
    """Deposits' and loans' contribution of the year by customer."""
    parts: dict[str, dict[str, list]] = {}
    for month in months:
        kinds = parts.setdefault(month.customer_id, {"deposit": [], "loan": []})
        if month.month_end_date.year == year:
            kinds[month.kind].append(month.contribution)
    sums = {}
    for customer_id, kinds in parts.items():
        of_kinds = []
        for amounts in kinds.values():
            priced = [Fraction(amount) for amount in amounts if amount is not None]
            nothing = amounts and not priced
            of_kinds.append(None if nothing else round_fraction(sum(priced, Fraction(0)), 2))
        sums[customer_id] = tuple(of_kinds)
    return sums


def unpriced(months: list[Month]) -> dict[tuple, tuple]:
    """Contracts with a month that could not be priced: the first reason, first and last month."""
    found: dict[tuple, list[Month]] = {}
    for month in months:
        if month.lacks:
            found.setdefault((month.kind, month.contract_id), []).append(month)
    listed = {}
    for key, lacking in found.items():
        lacks = set().union(*(month.lacks for month in lacking))
        order = ("no_exchange_rate", "no_ftp_curve", "no_rate")
        ends = [month.month_end_date for month in lacking]
        listed[key] = (next(r for r in order if r in lacks), min(ends), max(ends))
    return listed
