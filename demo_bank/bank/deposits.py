"""Core banking: deposit accounts, their change-only balances and rates, and fees."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .common import (
    HISTORY_START,
    YEAR_END,
    YEAR_START,
    days,
    identifiers,
    month_starts,
    pick,
    read_table,
    running_number,
    stream,
)
from .market import Benchmark, Curve

CORE_BALANCE = 90e6  # yuan, before calibration
CORE_FEES = 1.3e6
RICH_BALANCE = 32e6  # depositors planted above the core threshold for other tiers
OTHER_BALANCE = 90_000  # median
DOLLAR_ACCOUNTS = 40
OVERDRAWN = 12
CLOSED = 40
WITHOUT_CURRENCY = 25
DEMAND_MIX = {"DP001": 88, "DP002": 8, "DP003": 4}
TERM_MIX = {"DP011": 30, "DP012": 28, "DP013": 32, "DP014": 10}
FEE_TYPES = {"settlement": 40, "acceptance": 18, "guarantee": 14, "agency": 14,
             "advisory": 8, "foreign_exchange": 6}  # fmt: skip
LISTED_DEMAND_RATES = {"2015-05-11": 0.35, "2015-10-24": 0.30}  # after 0.385 at the start


@dataclass
class Deposits:
    """Accounts with their balance and rate rows; `contract` numbers the accounts."""

    accounts: pd.DataFrame
    balances: pd.DataFrame
    rates: pd.DataFrame


def account_owners(rng, customers: pd.DataFrame) -> pd.DataFrame:
    """Who holds a demand account, who a term account, who a dollar account."""
    everyone = customers.index.to_numpy()
    other = ~customers["is_core"].to_numpy()
    term = everyone[rng.random(len(everyone)) < 0.14]
    second = everyone[other & (rng.random(len(everyone)) < 0.06)]
    dollars = max(round(DOLLAR_ACCOUNTS * len(everyone) / 5000), 1)
    dollar = np.sort(rng.choice(everyone, dollars, replace=False))
    kinds = {"demand": everyone, "second": second, "term": term, "dollar": dollar}
    return pd.concat(
        [pd.DataFrame({"customer": owner, "kind": kind}) for kind, owner in kinds.items()],
        ignore_index=True,
    )


def choose_deposit_products(rng, accounts: pd.DataFrame, customers: pd.DataFrame) -> np.ndarray:
    """Demand, term or dollar product; the main account of large depositors is plain demand."""
    product = np.full(len(accounts), "DP001", dtype=object)
    demand = np.flatnonzero(accounts["kind"].isin(["demand", "second"]))
    product[demand] = pick(rng, DEMAND_MIX, len(demand))
    large = (customers["is_core"] | customers["is_rich"]).to_numpy()[accounts["customer"]]
    product[large & (accounts["kind"] == "demand")] = "DP001"
    term = np.flatnonzero(accounts["kind"] == "term")
    product[term] = pick(rng, TERM_MIX, len(term))
    product[accounts["kind"] == "dollar"] = "DP021"
    return product


def add_account_dates(rng, accounts: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Open, maturity and close dates; most demand accounts are older than 2015."""
    total = len(accounts)
    since = customers["relationship_start_date"].to_numpy().astype("datetime64[D]")
    since = since[accounts["customer"]]
    old_span = (HISTORY_START - since).astype("int64")
    opened = since + days(np.floor(old_span * rng.random(total) ** 2))
    fresh = (rng.random(total) < 0.09) & (accounts["kind"] != "demand")
    ordinary = ~(customers["is_core"] | customers["is_rich"]).to_numpy()[accounts["customer"]]
    fresh |= (rng.random(total) < 0.05) & ordinary
    opened = np.where(fresh, YEAR_START + days(rng.integers(0, 330, total)), opened)

    lengths = read_table("deposit_product").set_index("product_code")["term_days"]
    term = accounts["product_code"].map(lengths).replace("", "0").astype("int64").to_numpy()
    is_term = term > 0
    term_opened = YEAR_END - days(rng.integers(5, 364 + np.maximum(term, 1)))
    opened = np.where(is_term, np.maximum(term_opened, since), opened)
    accounts["open_date"] = opened
    accounts["maturity_date"] = np.where(is_term, opened + days(term), np.datetime64("NaT"))
    accounts["close_date"] = np.where(
        is_term & (opened + days(term) <= YEAR_END), opened + days(term), np.datetime64("NaT")
    )
    eligible = (accounts["kind"] == "second") & (accounts["open_date"] < YEAR_START)
    closing = np.flatnonzero(eligible)[:CLOSED]
    dates = YEAR_START + days(rng.integers(20, 360, len(closing)))
    accounts.loc[closing, "close_date"] = dates
    return accounts


def contract_rates(accounts: pd.DataFrame, benchmark: Benchmark) -> np.ndarray:
    """Rate agreed at the opening, or on 2014-12-31 for accounts that float."""
    products = read_table("deposit_product").set_index("product_code")
    opened = accounts["open_date"].to_numpy().astype("datetime64[D]")
    rate = np.full(len(accounts), 0.05)
    for code, product in products[products["benchmark"] != ""].iterrows():
        members = np.flatnonzero(accounts["product_code"] == code)
        start = opened[members]
        if not product["term_days"]:
            start = np.maximum(start, HISTORY_START)
        level = benchmark.at(start, product["benchmark"])
        rate[members] = np.round(level * float(product["multiple"]), 4)
    listed = (accounts["product_code"] == "DP001") & accounts["is_listed_rate"]
    return np.where(listed & (opened < YEAR_START), 0.385, rate)


def rate_rows(accounts: pd.DataFrame, benchmark: Benchmark) -> pd.DataFrame:
    """Rate changes of 2015: floating products follow the benchmark, others the listed rate."""
    products = read_table("deposit_product").set_index("product_code")
    opened = accounts["open_date"].to_numpy().astype("datetime64[D]")
    closed = accounts["close_date"].to_numpy().astype("datetime64[D]")
    frames = []
    for code in ("DP002", "DP003"):
        product = products.loc[code]
        for date in benchmark.changes(YEAR_START, YEAR_END):
            level = benchmark.at(np.array([date]), product["benchmark"])[0]
            members = np.flatnonzero(accounts["product_code"] == code)
            rate = round(level * float(product["multiple"]), 4)
            frames.append(pd.DataFrame({"contract": members, "date": date, "rate_pct": rate}))
    listed = (accounts["product_code"] == "DP001") & accounts["is_listed_rate"]
    for day, rate in LISTED_DEMAND_RATES.items():
        members = np.flatnonzero(listed)
        frames.append(
            pd.DataFrame({"contract": members, "date": np.datetime64(day), "rate_pct": rate})
        )
    rows = pd.concat(frames, ignore_index=True)
    row_open, row_close = opened[rows["contract"]], closed[rows["contract"]]
    in_life = (row_open < rows["date"]) & (np.isnat(row_close) | (rows["date"] < row_close))
    return rows[in_life].sort_values(["contract", "date"], ignore_index=True)


def typical_balances(rng, accounts: pd.DataFrame, customers: pd.DataFrame) -> np.ndarray:
    """Level each account's balance moves around, in its currency."""
    total = len(accounts)
    core = customers["is_core"].to_numpy()[accounts["customer"]]
    rich = customers["is_rich"].to_numpy()[accounts["customer"]]
    level = OTHER_BALANCE * np.exp(1.1 * rng.normal(size=total))
    wide = CORE_BALANCE * np.clip(np.exp(0.4 * rng.normal(size=total)), 0.4, 2.5)
    main = accounts["kind"] == "demand"
    level = np.where(main & core, wide, level)
    level = np.where(main & rich, RICH_BALANCE * rng.uniform(0.95, 1.3, total), level)
    level = np.where((accounts["kind"] == "term") & core, 10 * level, level)
    return np.where(accounts["kind"] == "dollar", level / 4, level)


def demand_rows(rng, accounts: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Changing balances of demand accounts: a first row, then days of change."""
    demand = np.flatnonzero(np.isnat(accounts["maturity_date"].to_numpy()))
    core = customers["is_core"].to_numpy()[accounts["customer"].to_numpy()[demand]]
    changes = np.where(core, rng.integers(24, 61, len(demand)), rng.integers(2, 11, len(demand)))
    row = np.repeat(demand, changes + 1)
    step = running_number(changes + 1)
    first = np.maximum(accounts["open_date"].to_numpy().astype("datetime64[D]"), HISTORY_START)
    last = accounts["close_date"].to_numpy().astype("datetime64[D]")
    last = np.where(np.isnat(last), YEAR_END, last)
    span = (last - first).astype("int64")[row]
    offset = np.where(step == 0, 0, 1 + np.floor(rng.random(len(row)) * (span - 1))).astype(int)
    level = accounts["level"].to_numpy()[row] * np.exp(0.3 * rng.normal(size=len(row)))
    rows = pd.DataFrame({"contract": row, "date": first[row] + days(offset), "balance": level})

    other = demand[~core & (accounts["kind"].to_numpy()[demand] == "demand")]
    overdrawn = rng.choice(other, min(OVERDRAWN, len(other)), replace=False)
    dips = rows["contract"].isin(overdrawn) & (rng.random(len(rows)) < 0.35) & (step > 0)
    rows.loc[dips, "balance"] *= -0.15
    return rows.drop_duplicates(["contract", "date"])


def closing_rows(accounts: pd.DataFrame) -> pd.DataFrame:
    """A zero balance on the day an account is closed or matures."""
    closed = accounts.index[accounts["close_date"].notna()]
    date = accounts["close_date"].to_numpy().astype("datetime64[D]")[closed]
    return pd.DataFrame({"contract": closed, "date": date, "balance": 0.0})


def balance_rows(rng, accounts: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Change-only balances in the account's currency, in time order."""
    term = accounts.index[accounts["maturity_date"].notna()]
    opened = accounts["open_date"].to_numpy().astype("datetime64[D]")[term]
    round_sum = np.round(accounts["level"].to_numpy()[term] * 2, -4) + 10_000
    term_rows = pd.DataFrame(
        {"contract": term, "date": np.maximum(opened, HISTORY_START), "balance": round_sum}
    )
    parts = [demand_rows(rng, accounts, customers), term_rows, closing_rows(accounts)]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.drop_duplicates(["contract", "date"], keep="last")
    return rows.sort_values(["contract", "date"], ignore_index=True)


def open_accounts(seed: int, customers: pd.DataFrame, benchmark: Benchmark) -> Deposits:
    """All accounts with unscaled balances."""
    rng = stream(seed, "deposits")
    accounts = account_owners(rng, customers)
    accounts["product_code"] = choose_deposit_products(rng, accounts, customers)
    accounts = add_account_dates(rng, accounts, customers)
    accounts["is_listed_rate"] = rng.random(len(accounts)) < 0.2
    accounts["rate_pct"] = contract_rates(accounts, benchmark)
    accounts["currency_code"] = np.where(accounts["kind"] == "dollar", "USD", "CNY")
    blank = np.flatnonzero(accounts["kind"] == "second")[-WITHOUT_CURRENCY:]
    accounts.loc[blank, "currency_code"] = None
    accounts["level"] = typical_balances(rng, accounts, customers)
    numbers = rng.permutation(len(accounts)) + 1
    accounts["account_id"] = identifiers("D", numbers, 6)
    balances = balance_rows(rng, accounts, customers)
    return Deposits(accounts, balances, rate_rows(accounts, benchmark))


def ftp_rates(accounts: pd.DataFrame, curve: Curve) -> np.ndarray:
    """FTP at the opening: matched maturity for term accounts, the demand rule otherwise."""
    opened = accounts["open_date"].to_numpy().astype("datetime64[D]")
    maturity = accounts["maturity_date"].to_numpy().astype("datetime64[D]")
    term = np.where(np.isnat(maturity), 0, (maturity - opened).astype("int64"))
    return np.where(
        np.isnat(maturity),
        curve.demand_at(np.full(len(accounts), HISTORY_START)),
        curve.at(opened, term),
    )


def ftp_rows(accounts: pd.DataFrame, curves: dict[str, Curve]) -> pd.DataFrame:
    """Monthly FTP of demand accounts in their currency."""
    demand = accounts.index[accounts["maturity_date"].isna()].to_numpy()
    months = month_starts("2015-01", "2015-12")
    row = np.repeat(demand, len(months))
    date = np.tile(months, len(demand))
    is_dollar = (accounts["currency_code"] == "USD").to_numpy()[row]
    ftp = np.where(is_dollar, curves["USD"].demand_at(date), curves["CNY"].demand_at(date))
    return pd.DataFrame({"contract": row, "date": date, "ftp": ftp})


def exchange_rows(accounts: pd.DataFrame, exchange: pd.DataFrame) -> pd.DataFrame:
    """Exchange rates as events of every dollar account."""
    dollar = accounts.index[accounts["currency_code"] == "USD"].to_numpy()
    return pd.DataFrame(
        {
            "contract": np.repeat(dollar, len(exchange)),
            "date": np.tile(exchange["rate_date"], len(dollar)),
            "fx": np.tile(exchange["rate_to_reporting"], len(dollar)),
        }
    )


def charge_fees(seed: int, customers: pd.DataFrame) -> pd.DataFrame:
    """Fees of the year before calibration, in yuan."""
    rng = stream(seed, "fees")
    core = customers["is_core"].to_numpy()
    count = np.where(core, rng.integers(4, 13, len(core)), rng.integers(0, 4, len(core)))
    count[~core & (rng.random(len(core)) < 0.45)] = 0
    row = np.repeat(np.arange(len(core)), count)
    each = np.where(core, CORE_FEES, 7000 * count)[row] / count[row]
    amount = each * np.exp(rng.normal(0, 0.6, len(row)) - 0.18)
    refund = ~core[row] & (rng.random(len(row)) < 0.01)
    fees = pd.DataFrame(
        {
            "customer": row,
            "booked_date": YEAR_START + days(rng.integers(0, 365, len(row))),
            "fee_type_code": pick(rng, FEE_TYPES, len(row)),
            "amount": np.where(refund, -0.3 * amount, amount),
        }
    )
    fees["currency_code"] = "CNY"
    other = np.flatnonzero(~core[row])
    fees.loc[other[::300], "currency_code"] = None
    return fees
