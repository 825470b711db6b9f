"""A floating-point double of the warehouse's contribution, used to calibrate the bank."""

import numpy as np
import pandas as pd

from .common import YEAR_END, YEAR_START, days

TAX_FACTOR = 0.945  # what business tax and surcharges leave of loan interest in 2015
BEGINNING = np.datetime64("1900-01-01")


def carry_forward(values: np.ndarray) -> np.ndarray:
    """Fill gaps with the last value before them."""
    position = np.where(np.isnan(values), 0, np.arange(len(values)))
    return values[np.maximum.accumulate(position)]


def event_table(contracts: pd.DataFrame, changes: list[pd.DataFrame]) -> pd.DataFrame:
    """All that happens to each contract, in time order, with values carried forward."""
    opening = contracts[["contract", "rate", "ftp"]].assign(date=BEGINNING, balance=0.0, fx=1.0)
    events = pd.concat([opening, *changes], ignore_index=True)
    order = np.lexsort((events["date"].to_numpy(), events["contract"].to_numpy()))
    events = events.iloc[order].reset_index(drop=True)
    for column in ("balance", "rate", "ftp", "fx"):
        events[column] = carry_forward(events[column].to_numpy(dtype=float))
    return events


def days_in_year(events: pd.DataFrame) -> np.ndarray:
    """Days of 2015 from each event to the contract's next one."""
    contract = events["contract"].to_numpy()
    start = events["date"].to_numpy().astype("datetime64[D]")
    stop = np.append(start[1:], YEAR_END + days(1))
    stop[:-1][contract[1:] != contract[:-1]] = YEAR_END + days(1)
    return (np.maximum(stop, YEAR_START) - np.maximum(start, YEAR_START)).astype("int64")


def contribution(contracts: pd.DataFrame, changes: list[pd.DataFrame], kind: str) -> np.ndarray:
    """Contribution of 2015 per contract, in yuan; `contract` numbers them from 0."""
    events = event_table(contracts, changes)
    if kind == "loan":
        spread = events["rate"] * TAX_FACTOR - events["ftp"]
    else:
        spread = events["ftp"] - events["rate"]
    daily = events["balance"] * events["fx"] * np.round(spread, 10) / 360
    return np.bincount(events["contract"], daily * days_in_year(events), minlength=len(contracts))
