"""Scale the core's deposits and fees until the core earns 80 % of the bank's profit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import deposits as core_banking
from . import loans as loan_servicing
from .common import YEAR_END
from .deposits import Deposits
from .market import Curve, Market
from .profit import contribution

CORE_SHARE = 0.80
CORE_MINIMUM = 1_000_000
BASIC_MINIMUM = 200_000
SAFE_MAXIMUM = 940_000  # yuan a customer outside the core may earn with class 1
CENT = 0.01
RICH_OUT_OF_SCOPE = 3
RICH_DEPOSITORS = 3


@dataclass
class Parts:
    """Contribution of each customer by source, in yuan."""

    loan: np.ndarray
    deposit: np.ndarray
    fee: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Sum of the parts, each rounded to cents first."""
        return np.round(np.round(self.loan, 2) + np.round(self.deposit, 2) + self.fee, 2)


def is_sound(customers: pd.DataFrame, loans: pd.DataFrame) -> np.ndarray:
    """Customers with an open loan and every loan classified 1."""
    is_normal = (loans["class_code"] == 1) & loans["is_classified"]
    with_open_loan = loans.loc[loans["end_date"] > YEAR_END, "borrower"]
    spoiled = loans.loc[~is_normal, "borrower"]
    return customers.index.isin(with_open_loan) & ~customers.index.isin(spoiled)


def plant_rich_customers(customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Customers above the core threshold that the tier rule must still keep out."""
    customers["is_rich"] = False
    at_risk = loans.loc[loans["is_at_risk"], "borrower"].to_numpy()
    customers.loc[at_risk, ["is_rich", "in_rating_scope"]] = True
    no_loan = customers.index[~customers["has_loan"]]
    customers.loc[no_loan[-RICH_DEPOSITORS:], ["is_rich", "in_rating_scope"]] = True
    outside = customers.index[~customers["in_rating_scope"] & is_sound(customers, loans)]
    customers.loc[outside[:RICH_OUT_OF_SCOPE], "is_rich"] = True
    return customers


def loan_contribution(
    loans: pd.DataFrame, balances: pd.DataFrame, rates: pd.DataFrame, curve: Curve
) -> np.ndarray:
    """Contribution per loan."""
    start = loans["start_date"].to_numpy().astype("datetime64[D]")
    contracts = pd.DataFrame(
        {
            "contract": np.arange(len(loans)),
            "rate": loans["rate_pct"] / 100,
            "ftp": curve.at(start, loans["term_days"].to_numpy()),
        }
    )
    balance_changes = balances[["contract", "date"]].assign(balance=balances["cents"] / 100)
    rate_changes = rates[["contract", "date"]].assign(rate=rates["rate_pct"] / 100)
    return contribution(contracts, [balance_changes, rate_changes], "loan")


def deposit_contribution(deposits: Deposits, market: Market) -> np.ndarray:
    """Contribution per account, in yuan."""
    accounts = deposits.accounts
    contracts = pd.DataFrame(
        {
            "contract": np.arange(len(accounts)),
            "rate": accounts["rate_pct"] / 100,
            "ftp": core_banking.ftp_rates(accounts, market.curves["CNY"]),
        }
    )
    rates = deposits.rates[["contract", "date"]].assign(rate=deposits.rates["rate_pct"] / 100)
    changes = [
        core_banking.ftp_rows(accounts, market.curves),
        core_banking.exchange_rows(accounts, market.exchange),
        deposits.balances[["contract", "date", "balance"]],
        rates,
    ]
    return contribution(contracts, changes, "deposit")


def sum_by(owner: np.ndarray, values: np.ndarray, total: int) -> np.ndarray:
    """Sums per customer."""
    return np.bincount(owner, values, minlength=total)


def cap_others(customers: pd.DataFrame, parts: Parts) -> np.ndarray:
    """Factor on deposits and fees that keeps everyone else below the core threshold."""
    free = (customers["is_core"] | customers["is_rich"]).to_numpy()
    room = np.maximum(SAFE_MAXIMUM - parts.loan, 0)
    own = np.maximum(parts.deposit, 0) + np.maximum(parts.fee, 0)
    factor = np.minimum(room / np.maximum(own, 1), 1)
    too_rich = ~free & (parts.loan > SAFE_MAXIMUM)
    customers.loc[too_rich, "in_rating_scope"] = False
    return np.where(free, 1.0, factor)


def core_factor(core: np.ndarray, fixed: int, parts: Parts) -> np.ndarray:
    """Factor on deposits and fees at which the core has its share of the profit.

    One core customer stays as it is: it stands near the threshold.
    """
    others = parts.total[~core].sum()
    scaled = core & (np.arange(len(core)) != fixed)
    wanted = others * CORE_SHARE / (1 - CORE_SHARE)
    wanted -= parts.loan[scaled].sum() + CORE_MINIMUM
    factor = wanted / (parts.deposit[scaled] + parts.fee[scaled]).sum()
    return np.where(scaled, factor, 1.0)


def nearest_to_threshold(customer: int, parts: Parts) -> np.ndarray:
    """Factor that leaves one customer a little below the core threshold."""
    factor = np.ones(len(parts.fee))
    factor[customer] = 0.85 * CORE_MINIMUM / parts.total[customer]
    return factor


def scale(deposits: Deposits, fees: pd.DataFrame, factor: np.ndarray) -> None:
    """Multiply balances and fees by a factor per customer and round them to cents."""
    owner = deposits.accounts["customer"].to_numpy()[deposits.balances["contract"]]
    deposits.balances["balance"] = np.round(deposits.balances["balance"] * factor[owner], 2)
    fees["amount"] = np.round(fees["amount"] * factor[fees["customer"]], 2)


def boundary_candidates(
    customers: pd.DataFrame, loans: pd.DataFrame, accounts: pd.DataFrame
) -> np.ndarray:
    """Sound customers in scope, without dollars: their contribution is simple to the cent."""
    dollars = accounts.loc[accounts["currency_code"] == "USD", "customer"]
    usable = customers["in_rating_scope"] & ~customers["is_rich"]
    return (usable & is_sound(customers, loans) & ~customers.index.isin(dollars)).to_numpy()


def boundary_fees(usable: np.ndarray, core: np.ndarray, parts: Parts) -> pd.DataFrame:
    """Fees that put four customers exactly on, or one cent under, a threshold."""
    usable = usable.copy()
    rows = []
    for is_core, target in (
        (True, CORE_MINIMUM),
        (False, CORE_MINIMUM - CENT),
        (False, BASIC_MINIMUM),
        (False, BASIC_MINIMUM - CENT),
    ):
        gap = target - parts.total
        fits = usable & (core == is_core) & (gap > 500)
        chosen = np.flatnonzero(fits)[np.argmin(gap[fits])]
        usable[chosen] = False
        rows.append((chosen, round(gap[chosen], 2)))
    chosen, amounts = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "customer": chosen,
            "booked_date": np.datetime64("2015-12-15"),
            "fee_type_code": "advisory",
            "amount": amounts,
            "currency_code": "CNY",
        }
    )


@dataclass
class Bank:
    """Everything the extracts are written from."""

    customers: pd.DataFrame
    loans: pd.DataFrame
    loan_balances: pd.DataFrame
    loan_rates: pd.DataFrame
    deposits: Deposits
    fees: pd.DataFrame
    market: Market
    parts: Parts

    @property
    def core_share(self) -> float:
        """Core customers' share of the bank's net contribution."""
        total = self.parts.total
        return float(total[self.customers["is_core"]].sum() / total.sum())


def calibrate(seed: int, customers: pd.DataFrame, loans: pd.DataFrame, market: Market) -> Bank:
    """Deposits and fees around the given loans, scaled to the study's concentration."""
    customers = plant_rich_customers(customers, loans)
    balances = loan_servicing.balance_rows(loans)
    rates = loan_servicing.rate_rows(loans, market.benchmark)
    per_loan = loan_contribution(loans, balances, rates, market.curves["CNY"])
    deposits = core_banking.open_accounts(seed, customers, market.benchmark)
    fees = core_banking.charge_fees(seed, customers)
    core = customers["is_core"].to_numpy()

    def measure() -> Parts:
        per_account = deposit_contribution(deposits, market)
        total = len(customers)
        return Parts(
            sum_by(loans["borrower"], per_loan, total),
            sum_by(deposits.accounts["customer"], per_account, total),
            sum_by(fees["customer"], fees["amount"], total),
        )

    scale(deposits, fees, cap_others(customers, measure()))
    usable = boundary_candidates(customers, loans, deposits.accounts)
    poorest = np.flatnonzero(core & usable)[np.argmin(measure().loan[core & usable])]
    scale(deposits, fees, nearest_to_threshold(poorest, measure()))
    scale(deposits, fees, core_factor(core, poorest, measure()))
    extra = boundary_fees(usable, core, measure())
    fees = pd.concat([fees, extra], ignore_index=True)
    fees = fees.sort_values(["booked_date", "customer"], kind="stable", ignore_index=True)
    return Bank(customers, loans, balances, rates, deposits, fees, market, measure())
