"""The same contribution in pandas.

Exact without decimals, which pandas would hold as Python objects: money in cents, rates in units of
10**-8 and prices and spreads of 10**-10, all whole numbers of 64 bits. A quotient by 360 is taken
apart first, so that no product overflows.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FAR = 2**30
LARGEST = 9.0e18


def read(folder: Path, table: str, columns: dict[str, str]) -> pd.DataFrame:
    """A table's columns under new names: days as day numbers, decimals as whole units."""
    arrow = pq.read_table(folder / table, columns=list(columns)).rename_columns(
        list(columns.values())
    )
    frame = {}
    for name in arrow.column_names:
        column = arrow[name]
        if pa.types.is_decimal(column.type):
            tens = pa.scalar(10**column.type.scale, pa.decimal128(18, 0))
            column = pc.cast(pc.multiply(column, tens), pa.int64())
        elif pa.types.is_date(column.type):
            column = column.cast(pa.int32())
        frame[name] = column.to_pandas()
    return pd.DataFrame(frame)


def both(
    folder: Path, tables: tuple[str, str], columns: dict[str, tuple[str, str]]
) -> pd.DataFrame:
    """The deposit and the loan form of a table, one under the other."""
    frames = []
    for place, kind in enumerate(("deposit", "loan")):
        frame = read(folder, tables[place], {pair[place]: name for name, pair in columns.items()})
        frames.append(frame.assign(is_loan=kind == "loan"))
    return pd.concat(frames, ignore_index=True)


def rounded(number, divisor):
    """A quotient rounded half away from zero."""
    return np.sign(number) * ((2 * np.abs(number) + divisor) // (2 * divisor))


def over_360_days(whole, rest):
    """whole + rest / 36,000, rounded half away from zero."""
    floor = whole + rest // 36_000
    twice = 2 * (rest % 36_000)
    return floor + np.where(floor >= 0, twice >= 36_000, twice > 36_000)


def month_starts(first: int, last: int) -> np.ndarray:
    """First days of the months from one day number to another."""
    months = np.arange(
        np.datetime64(int(first), "D").astype("M8[M]"),
        np.datetime64(int(last), "D").astype("M8[M]") + 2,
    )
    return months.astype("M8[D]").astype(np.int64)


def read_contracts(folder: Path) -> pd.DataFrame:
    """Accounts and loans; their place in the frame is their number."""
    columns = {
        "id": ("account_id", "loan_id"),
        "customer_id": ("customer_id", "customer_id"),
        "currency": ("currency_code", "currency_code"),
        "start": ("open_date", "start_date"),
        "maturity": ("maturity_date", "maturity_date"),
        "rate": ("annual_rate_pct", "annual_rate_pct"),
    }
    contracts = both(folder, ("deposit_account.parquet", "loan_contract.parquet"), columns)
    contracts["currency"] = contracts["currency"].fillna("CNY")
    contracts["is_demand"] = ~contracts["is_loan"] & contracts["maturity"].isna()
    contracts["tenor"] = (contracts["maturity"] - contracts["start"]).fillna(365).astype(np.int64)
    contracts["contract"] = np.arange(len(contracts))
    return contracts


def numbered(rows: pd.DataFrame, contracts: pd.DataFrame) -> pd.DataFrame:
    """Rows with their contract's number instead of its identifier."""
    return rows.merge(contracts[["is_loan", "id", "contract"]], on=["is_loan", "id"]).drop(
        columns=["is_loan", "id"]
    )


def rate_intervals(folder: Path, contracts: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """A contract's rates, each from a day until the next."""
    columns = {
        "id": ("account_id", "loan_id"),
        "rate_from": ("effective_date", "effective_date"),
        "rate": ("annual_rate_pct", "annual_rate_pct"),
    }
    changes = both(folder, ("deposit_rate", "loan_rate"), columns)
    changes = numbered(changes[changes["rate_from"] <= as_of], contracts)
    first = contracts[["contract", "rate"]].assign(rate_from=-FAR)
    rates = pd.concat([first, changes]).sort_values(["contract", "rate_from"], ignore_index=True)
    following = rates.groupby("contract")["rate_from"].shift(-1, fill_value=FAR)
    return rates.assign(rate_before=following)


def transfer_prices(folder: Path, requests: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """The requests with their price in units of 10**-10."""
    names = {
        "curve_code": "currency",
        "curve_date": "curve_day",
        "tenor_days": "node_tenor",
        "annual_rate_pct": "node",
    }
    curve = ["currency", "curve_day"]
    nodes = read(folder, "ftp_curve", names)
    nodes = (
        nodes[nodes["curve_day"] <= as_of]
        .sort_values([*curve, "node_tenor"])
        .astype({"node_tenor": np.int64})
    )
    grouped = nodes.groupby(curve)
    nodes["width"] = (
        (grouped["node_tenor"].shift(-1) - nodes["node_tenor"]).fillna(1).astype(np.int64)
    )
    nodes["rise"] = (grouped["node"].shift(-1) - nodes["node"]).fillna(0).astype(np.int64)
    # Flat before the first node.
    flat = nodes.groupby(curve, as_index=False).first().assign(node_tenor=0, width=1, rise=0)
    brackets = pd.concat([nodes, flat]).sort_values("node_tenor").astype({"curve_day": np.int64})

    days = brackets[curve].drop_duplicates().sort_values("curve_day")
    first = days.groupby("currency")["curve_day"].min()
    priced = requests.assign(asked=np.maximum(requests["day"], requests["currency"].map(first)))
    priced = pd.merge_asof(
        priced.astype({"asked": np.int64}).sort_values("asked"), days,
        left_on="asked", right_on="curve_day", by="currency",
    )  # fmt: skip

    def height(tenor: str) -> tuple[np.ndarray, np.ndarray]:
        ordered = priced.sort_values(tenor, kind="stable")
        found = pd.merge_asof(ordered, brackets, left_on=tenor, right_on="node_tenor", by=curve)
        found = found.set_index(ordered.index).sort_index()
        return found["node"] * found["width"] + found["rise"] * (
            found[tenor] - found["node_tenor"]
        ), found["width"]

    priced["night"] = 1
    number, width = height("tenor")
    night_number, night_width = height("night")
    weighted = 7 * number * night_width + 3 * night_number * width
    number = np.where(priced["is_demand"], weighted, 10 * number * night_width) * 10
    priced["ftp"] = rounded(number, width * night_width)
    return priced[["currency", "day", "tenor", "is_demand", "ftp"]]


def balance_pieces(folder: Path, contracts: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Balances from a day until the next row, cut at the ends of months."""
    columns = {
        "id": ("account_id", "loan_id"),
        "day": ("balance_date", "balance_date"),
        "balance": ("balance", "principal_balance"),
    }
    rows = both(folder, ("deposit_balance", "loan_balance"), columns)
    rows = numbered(rows[rows["day"] <= as_of], contracts)
    rows = rows.sort_values(["contract", "day"], ignore_index=True)
    following = rows["day"].shift(-1, fill_value=0)
    is_last = rows["contract"] != rows["contract"].shift(-1)
    rows["before"] = np.where(is_last, as_of + 1, following)

    starts = month_starts(rows["day"].min(), as_of)
    first = np.searchsorted(starts, rows["day"], side="right") - 1
    count = np.searchsorted(starts, rows["before"] - 1, side="right") - first
    # One row for each month an interval touches.
    pieces = rows.loc[rows.index.repeat(count)].reset_index(drop=True)
    begins = np.repeat(np.cumsum(count) - count, count)
    number = np.repeat(first, count) + np.arange(len(pieces)) - begins
    pieces["month"] = starts[number]
    pieces["day"] = np.maximum(pieces["day"], starts[number])
    pieces["before"] = np.minimum(pieces["before"], starts[number + 1])
    return pieces


def convert(
    folder: Path, pieces: pd.DataFrame, contracts: pd.DataFrame, as_of: int
) -> pd.DataFrame:
    """The pieces in the reporting currency, cut where the exchange rate changes."""
    currency = contracts["currency"].to_numpy()[pieces["contract"]]
    home, foreign = pieces[currency == "CNY"], pieces[currency != "CNY"]
    foreign = foreign.assign(currency=currency[currency != "CNY"])

    names = {"currency_code": "currency", "rate_date": "fx_from", "rate_to_reporting": "fx"}
    fx = read(folder, "exchange_rate", names)
    fx = fx[fx["fx_from"] <= as_of].sort_values(["currency", "fx_from"])
    fx["fx_before"] = fx.groupby("currency")["fx_from"].shift(-1, fill_value=as_of + 1)
    if pieces["balance"].abs().max() * float(fx["fx"].max()) > LARGEST:
        raise SystemExit("a balance times an exchange rate needs more than 64 bits")
    months = pd.DataFrame({"month": month_starts(pieces["day"].min(), as_of)[:-1]})
    months["month_before"] = month_starts(pieces["day"].min(), as_of)[1:]
    fx = fx.merge(months, how="cross")
    fx = fx[(fx["fx_from"] < fx["month_before"]) & (fx["fx_before"] > fx["month"])]

    # Month by month: the join of all at once would not fit in memory.
    converted = [home]
    for month, part in foreign.groupby("month"):
        joined = part.merge(fx[fx["month"] == month].drop(columns="month"), on="currency")
        joined = joined[
            (joined["day"] < joined["fx_before"]) & (joined["before"] > joined["fx_from"])
        ]
        converted.append(
            pd.DataFrame(
                {
                    "contract": joined["contract"],
                    "month": month,
                    "day": np.maximum(joined["day"], joined["fx_from"]),
                    "before": np.minimum(joined["before"], joined["fx_before"]),
                    "balance": rounded(joined["balance"] * joined["fx"], 100_000_000),
                }
            )
        )
    return pd.concat(converted, ignore_index=True)


def contract_months(folder: Path, contracts: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Contribution of every contract and month, in units of 10**-10."""
    pieces = convert(folder, balance_pieces(folder, contracts, as_of), contracts, as_of)
    joined = pieces.merge(rate_intervals(folder, contracts, as_of), on="contract")
    joined = joined[
        (joined["day"] < joined["rate_before"]) & (joined["before"] > joined["rate_from"])
    ]
    days = np.minimum(joined["before"], joined["rate_before"]) - np.maximum(
        joined["day"], joined["rate_from"]
    )
    joined = joined[["contract", "month", "rate"]].assign(balance_days=joined["balance"] * days)
    by_rate = joined.groupby(["contract", "month", "rate"], as_index=False)["balance_days"].sum()

    asked = ["currency", "day", "tenor", "is_demand"]
    by_rate = by_rate.merge(
        contracts.drop(columns=["rate", "customer_id", "id", "maturity"]), on="contract"
    )
    by_rate["day"] = np.where(by_rate["is_demand"], by_rate["month"], by_rate["start"])
    by_rate = by_rate.merge(
        transfer_prices(folder, by_rate[asked].drop_duplicates(), as_of), on=asked
    )
    factor = np.where(
        by_rate["month"] < np.datetime64("2016-05-01").astype(int), 9_450_000_000, 9_366_037_736
    )
    spread = np.where(
        by_rate["is_loan"],
        rounded(by_rate["rate"] * factor, 100_000_000) - by_rate["ftp"],
        by_rate["ftp"] - by_rate["rate"] * 100,
    )
    by_rate["whole"] = by_rate["balance_days"] // 36_000 * spread
    by_rate["rest"] = by_rate["balance_days"] % 36_000 * spread
    monthly = by_rate.groupby(["contract", "month"], as_index=False)[["whole", "rest"]].sum()
    monthly["contribution"] = over_360_days(monthly["whole"], monthly["rest"])
    return monthly


def customers(
    folder: Path, contracts: pd.DataFrame, monthly: pd.DataFrame, as_of: int
) -> pd.DataFrame:
    """Contribution of every customer, year to date, in cents."""
    year = np.datetime64(as_of, "D").astype("M8[Y]").astype("M8[D]").astype(int)
    current = monthly[monthly["month"] >= year].merge(
        contracts[["contract", "customer_id", "is_loan"]], on="contract"
    )
    parts = rounded(
        current.groupby(["customer_id", "is_loan"])["contribution"].sum(), 100_000_000
    ).unstack(fill_value=0)
    parts = parts.rename(columns={False: "deposit", True: "loan"})

    names = {
        "customer_id": "customer_id",
        "booked_date": "day",
        "amount": "amount",
        "currency_code": "currency",
    }
    fees = read(folder, "fee_income", names)
    fees = fees[fees["day"] <= as_of].fillna({"currency": "CNY"})
    rates = read(
        folder,
        "exchange_rate",
        {"currency_code": "currency", "rate_date": "day", "rate_to_reporting": "fx"},
    )
    booked = pd.merge_asof(
        fees[fees["day"] >= year].sort_values("day"),
        rates.sort_values("day"),
        on="day",
        by="currency",
    )
    fx = booked["fx"].fillna(100_000_000).astype(np.int64)
    booked["fee"] = rounded(booked["amount"] * fx, 100_000_000)
    fee_parts = booked.groupby("customer_id")["fee"].sum()

    named = read(folder, "customer.parquet", {"customer_id": "customer_id"})
    known = pd.concat(
        [named["customer_id"], contracts["customer_id"], fees["customer_id"]]
    ).unique()
    table = pd.DataFrame(index=pd.Index(known, name="customer_id")).join(parts).join(fee_parts)
    table = table.fillna(0).astype(np.int64)
    return table.assign(total=table["deposit"] + table["loan"] + table["fee"]).reset_index()


def main(folder: Path, as_of: int, out: Path) -> None:
    """Compute both tables and write them."""
    contracts = read_contracts(folder)
    monthly = contract_months(folder, contracts, as_of)
    named = monthly.merge(contracts[["contract", "is_loan", "id"]], on="contract")
    month = named["month"].to_numpy().astype("M8[D]").astype("M8[M]")
    result = pd.DataFrame(
        {
            "contract_kind_code": np.where(named["is_loan"], "loan", "deposit"),
            "contract_id": named["id"],
            "month_end_date": (month + 1).astype("M8[D]") - 1,
            "contribution_units": named["contribution"],
        }
    )
    result.to_parquet(out / "contract_month.parquet", index=False)
    customers(folder, contracts, monthly, as_of).to_parquet(out / "customer.parquet", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(np.datetime64(sys.argv[2]).astype(int)), Path(sys.argv[3]))
