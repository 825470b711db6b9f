"""Treasury: benchmark rates, FTP curves and exchange rates of 2015."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .common import HISTORY_START, YEAR_END, days, month_starts, read_table, stream

TENORS = np.array([1, 30, 90, 180, 365, 730, 1095, 1825, 3650])
CNY_NODES = np.array([2.50, 2.80, 3.00, 3.20, 3.50, 3.80, 4.00, 4.30, 4.60])
CNY_LIFT = 1.50  # points above the nodes while the 1-year benchmark stands at 5.60
USD_NODES = np.array([0.15, 0.45, 0.80, 1.00, 1.30, 1.60, 1.85, 2.20, 2.60])
FED_RISE = (np.datetime64("2015-12-17"), 0.25)
USD_PATH = {
    "2014-12-31": 6.1190, "2015-01-30": 6.1370, "2015-02-27": 6.1475, "2015-03-31": 6.1422,
    "2015-04-30": 6.1137, "2015-05-29": 6.1196, "2015-06-30": 6.1136, "2015-08-10": 6.1162,
    "2015-08-13": 6.4010, "2015-08-31": 6.3893, "2015-09-30": 6.3613, "2015-10-30": 6.3495,
    "2015-11-30": 6.3962, "2015-12-31": 6.4936,
}  # fmt: skip


class Benchmark:
    """Central-bank benchmark rates by effective date."""

    def __init__(self):
        table = read_table("benchmark")
        self.dates = table.pop("effective_date").to_numpy().astype("datetime64[D]")
        self.rates = table.astype(float)

    def at(self, dates: np.ndarray, column: str) -> np.ndarray:
        """Rate in force on each date."""
        position = np.searchsorted(self.dates, dates, side="right") - 1
        return self.rates[column].to_numpy()[np.maximum(position, 0)]

    def changes(self, first, last) -> np.ndarray:
        """Dates of change within the period."""
        return self.dates[(self.dates >= first) & (self.dates <= last)]


@dataclass(frozen=True)
class Curve:
    """One FTP curve: a row of percent rates per curve date, a column per tenor."""

    code: str
    dates: np.ndarray
    rates: np.ndarray

    def at(self, dates: np.ndarray, tenor_days: np.ndarray) -> np.ndarray:
        """FTP as a fraction: last curve up to the date, linear by days, flat outside."""
        row = np.maximum(np.searchsorted(self.dates, dates, side="right") - 1, 0)
        tenor = np.clip(tenor_days, TENORS[0], TENORS[-1])
        right = np.clip(np.searchsorted(TENORS, tenor), 1, len(TENORS) - 1)
        left = right - 1
        share = (tenor - TENORS[left]) / (TENORS[right] - TENORS[left])
        low, high = self.rates[row, left], self.rates[row, right]
        return np.round((low + (high - low) * share) / 100, 10)

    def demand_at(self, dates: np.ndarray) -> np.ndarray:
        """FTP of demand deposits: 70 % stable at a year, 30 % volatile overnight."""
        row = np.maximum(np.searchsorted(self.dates, dates, side="right") - 1, 0)
        year, overnight = self.rates[row, 4], self.rates[row, 0]
        return np.round((0.7 * year + 0.3 * overnight) / 100, 10)

    def table(self) -> pd.DataFrame:
        """Rows of the extract `ftp_curve`."""
        return pd.DataFrame(
            {
                "curve_code": self.code,
                "curve_date": np.repeat(self.dates, len(TENORS)),
                "tenor_days": np.tile(TENORS, len(self.dates)),
                "annual_rate_pct": self.rates.ravel(),
            }
        )


def curve_dates(benchmark: Benchmark) -> np.ndarray:
    """Monthly in 2014; in 2015 also every Monday and change date."""
    mondays = np.arange(np.datetime64("2015-01-05"), YEAR_END + days(1), 7)
    changes = benchmark.changes(np.datetime64("2014-01-01"), YEAR_END)
    return np.unique(np.concatenate([month_starts("2014-01", "2015-12"), mondays, changes]))


def cny_curve(seed: int, benchmark: Benchmark) -> Curve:
    """The study's nodes plus 1.5 points, falling with the benchmark; small weekly noise."""
    dates = curve_dates(benchmark)
    level = CNY_LIFT + benchmark.at(dates, "loan_le_1y_pct") - 5.60
    noise = np.round(stream(seed, "curve").normal(0, 0.02, len(dates)), 2)
    noise[dates <= np.datetime64("2015-01-01")] = 0
    return Curve("CNY", dates, np.round(CNY_NODES + (level + noise)[:, None], 4))


def usd_curve(benchmark: Benchmark) -> Curve:
    """A flat dollar curve that rises once in December 2015."""
    dates = np.append(curve_dates(benchmark), FED_RISE[0])
    dates.sort()
    level = np.where(dates >= FED_RISE[0], FED_RISE[1], 0.0)
    return Curve("USD", dates, np.round(USD_NODES + level[:, None], 4))


def exchange_rates() -> pd.DataFrame:
    """Weekly yuan per dollar from the end of 2014, with the step of August 2015."""
    anchors = np.array(list(USD_PATH), dtype="datetime64[D]")
    wednesdays = np.arange(np.datetime64("2015-01-07"), YEAR_END + days(1), 7)
    dates = np.unique(np.concatenate([anchors, wednesdays]))
    path = np.interp(
        (dates - HISTORY_START).astype(int),
        (anchors - HISTORY_START).astype(int),
        list(USD_PATH.values()),
    )
    return pd.DataFrame(
        {"currency_code": "USD", "rate_date": dates, "rate_to_reporting": np.round(path, 4)}
    )


@dataclass
class Market:
    """Treasury's data of the year."""

    benchmark: Benchmark
    curves: dict[str, Curve]
    exchange: pd.DataFrame


def observe_market(seed: int) -> Market:
    """Benchmark, FTP curves and exchange rates of the demo year."""
    benchmark = Benchmark()
    curves = {"CNY": cny_curve(seed, benchmark), "USD": usd_curve(benchmark)}
    return Market(benchmark, curves, exchange_rates())
