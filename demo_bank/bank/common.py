"""Calendar, random streams and small array helpers shared by every part of the bank."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
YEAR_START = np.datetime64("2015-01-01")
YEAR_END = np.datetime64("2015-12-31")
HISTORY_START = np.datetime64("2014-12-31")
CLUSTERS = (1, 2, 3)
STUDY_LOANS = 7341
STUDY_CUSTOMERS = 5000


def stream(seed: int, part: str) -> np.random.Generator:
    """Independent random stream for one part, so that parts can change apart."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(part.encode())]))


def read_table(name: str) -> pd.DataFrame:
    """Read one of the small tables beside the generator, every value as text."""
    return pd.read_csv(ROOT / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def days(numbers) -> np.ndarray:
    """Turn whole numbers into numpy day spans."""
    return np.asarray(numbers, dtype="int64").astype("timedelta64[D]")


def add_months(dates: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Shift dates by whole months, keeping the day of month where it exists."""
    month = dates.astype("datetime64[M]")
    day_of_month = (dates - month.astype("datetime64[D]")).astype("int64")
    target = month + months.astype("timedelta64[M]")
    last_day = (target + 1).astype("datetime64[D]") - days(1)
    return np.minimum(target.astype("datetime64[D]") + days(day_of_month), last_day)


def month_starts(first: str, last: str) -> np.ndarray:
    """First days of the months from `first` to `last` (YYYY-MM), both included."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1)
    return months.astype("datetime64[D]")


def month_ends(first: str, last: str) -> np.ndarray:
    """Last days of the months from `first` to `last` (YYYY-MM), both included."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1)
    return (months + 1).astype("datetime64[D]") - days(1)


def running_number(repeats: np.ndarray) -> np.ndarray:
    """0, 1, 2, … restarting for every group of the given length."""
    ends = np.cumsum(repeats)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - repeats, repeats)


def scaled_counts(counts: np.ndarray, total: int) -> np.ndarray:
    """Scale counts to a new total in whole numbers (largest remainder)."""
    counts = np.asarray(counts, dtype="int64")
    exact = counts * (total / counts.sum())
    whole = np.floor(exact + 1e-9).astype("int64")
    short = total - whole.sum()
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    return whole


def pick(rng: np.random.Generator, weights: dict, size: int) -> np.ndarray:
    """Draw `size` keys of a weight table."""
    chance = np.array(list(weights.values()), dtype=float)
    return rng.choice(np.array(list(weights), dtype=object), size, p=chance / chance.sum())


def identifiers(prefix: str, numbers: np.ndarray, width: int = 5) -> np.ndarray:
    """Zero-padded keys, wide enough that text order is numeric order."""
    width = max(width, len(str(int(numbers.max())))) if len(numbers) else width
    return np.array([f"{prefix}{number:0{width}d}" for number in numbers], dtype=object)
