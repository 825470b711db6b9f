"""Write the bank of the contribution benchmark: synthetic, every row invented.

Twenty-four months of daily snapshots and change-only balances go to OUT/extracts, the files that
the twenty-fifth month adds or replaces to OUT/next_month. Equal size and seed give equal rows.
"""

import argparse
import json
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FIRST_MONTH = "2014-12"  # the tax regime of May 2016 falls inside, and the next month in its year
SMALLEST = 20_000
CURRENCIES = [None, "CNY", "USD", "EUR", "HKD"]  # None: the reporting currency, CNY
CURRENCY_SHARES = [0.05, 0.85, 0.05, 0.03, 0.02]
MEAN_RATE = {"USD": 6.5, "EUR": 7.2, "HKD": 0.84}
TENORS = np.array([1, 7, 30, 90, 180, 365, 730, 1095, 1825, 3650])
# Accounts and loans for each million balance rows of 24 months.
DAILY_ACCOUNTS, CHANGING_ACCOUNTS, DAILY_LOANS, CHANGING_LOANS, CUSTOMERS = (
    975, 6_700, 292, 5_000, 6_400,
)  # fmt: skip
NEVER = np.int64(2**31)
LARGEST = 5_000_000_000  # cents, so that a balance times an exchange rate fits in 64 bits


@dataclass
class Contracts:
    """Accounts or loans, one element a contract; days are counted from 1970-01-01."""

    ids: pa.Array
    customer: np.ndarray
    currency: np.ndarray
    opened: np.ndarray
    ends: np.ndarray
    has_maturity: np.ndarray
    is_daily: np.ndarray
    rate: np.ndarray  # percent, in units of 0.0001
    base: np.ndarray  # cents
    level: np.ndarray  # cents, as the days pass
    pay_day: np.ndarray


def day_number(day: np.datetime64 | date | str) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(day, "D").astype(int))


def decimals(values: np.ndarray, precision: int, scale: int) -> pa.Array:
    """Whole numbers of units of 10**-scale as exact decimals."""
    low = np.ascontiguousarray(values, dtype=np.int64)
    words = np.column_stack([low, low >> 63])
    return pa.Array.from_buffers(
        pa.decimal128(precision, scale), len(low), [None, pa.py_buffer(words)]
    )


def dates(days: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Day numbers as dates, NULL where missing."""
    return pa.array(days.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def names(letter: str, count: int) -> pa.Array:
    """Identifiers: a letter and eight digits."""
    return pa.array([f"{letter}{number:08d}" for number in range(count)])


def write(path: Path, columns: dict) -> int:
    """Write one parquet file; returns its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    pq.write_table(table, path)
    return table.num_rows


def make_accounts(rng: np.random.Generator, size: float, months: list, customers: int) -> Contracts:
    """Deposit accounts: two thirds on demand, the others with a term."""
    daily = max(1, round(size * DAILY_ACCOUNTS))
    count = daily + max(1, round(size * CHANGING_ACCOUNTS))
    opened = opening_days(rng, count, months, years_before=4)
    has_term = rng.random(count) < 0.35
    term = rng.choice([90, 91, 180, 182, 365, 731, 1096, 1830], count) + rng.integers(0, 3, count)
    # A demand account may close some day.
    closed = np.where(rng.random(count) < 0.2, opened + rng.integers(200, 2500, count), NEVER)
    ends = np.maximum(np.where(has_term, opened + term, closed), day_number(months[0]) + 5)
    return Contracts(
        ids=names("D", count),
        customer=rng.integers(0, customers, count),
        currency=rng.choice(len(CURRENCIES), count, p=CURRENCY_SHARES),
        opened=opened,
        ends=np.where(has_term & (ends != opened + term), opened + 3650, ends),
        has_maturity=has_term,
        is_daily=np.arange(count) < daily,
        rate=np.where(has_term, rng.integers(11_000, 45_000, count), 3_500),
        base=money(rng, count, 11.0, 1.4),
        level=np.zeros(count, np.int64),
        pay_day=np.zeros(count, np.int64),
    )


def make_loans(rng: np.random.Generator, size: float, months: list, customers: int) -> Contracts:
    """Loans: repaid by the month or at the end, a tenth of them open-ended."""
    daily = max(1, round(size * DAILY_LOANS))
    count = daily + max(1, round(size * CHANGING_LOANS))
    opened = opening_days(rng, count, months, years_before=2)
    has_maturity = rng.random(count) < 0.9
    ends = np.maximum(opened + rng.integers(60, 1900, count), day_number(months[0]) + 5)
    return Contracts(
        ids=names("L", count),
        customer=rng.integers(0, customers, count),
        currency=rng.choice(len(CURRENCIES), count, p=CURRENCY_SHARES),
        opened=opened,
        ends=np.where(has_maturity, ends, NEVER),
        has_maturity=has_maturity,
        is_daily=np.arange(count) < daily,
        rate=rng.integers(40_000, 95_000, count),
        base=money(rng, count, 13.5, 1.2),
        level=np.zeros(count, np.int64),
        pay_day=np.where(rng.random(count) < 0.6, rng.integers(1, 29, count), 0),
    )


def opening_days(rng, count: int, months: list, years_before: int) -> np.ndarray:
    """Most contracts are older than the first balance, the others begin on any later day."""
    first, last = day_number(months[0]), day_number(months[-1])
    older = first - rng.integers(1, 365 * years_before, count)
    younger = rng.integers(first, last, count)
    return np.where(rng.random(count) < 0.7, older, younger)


def money(rng, count: int, mean: float, spread: float) -> np.ndarray:
    """Amounts in cents, many small and a few large."""
    return np.minimum(np.exp(rng.normal(mean, spread, count)) * 100, LARGEST).astype(np.int64)


def month_of_balances(rng, contracts: Contracts, first: int, last: int, is_loan: bool):
    """Rows of one month: contract, day, balance in cents; the contracts' levels move on."""
    start = np.maximum(contracts.opened, FIRST_DAY)
    chosen = np.flatnonzero((start < last) & (contracts.ends >= first))
    days = np.arange(first, last)
    shape = (len(chosen), len(days))
    start, ends = start[chosen, None], contracts.ends[chosen, None]
    base, has_maturity = contracts.base[chosen, None], contracts.has_maturity[chosen, None]

    opens, closes = days == start, days == ends
    fresh = base * np.exp(rng.normal(0, 0.3, shape))
    kind = rng.random(shape)
    if is_loan:
        # Repayment by the month, or a drawing of an open-ended loan.
        pays = (days - first + 1) == contracts.pay_day[chosen, None]
        left = np.clip((ends - days) / np.maximum(ends - contracts.opened[chosen, None], 1), 0, 1)
        changes = np.where(has_maturity, pays, kind < 0.03)
        value = np.where(has_maturity, base * left, fresh)
        value = np.where(
            opens, np.where(contracts.pay_day[chosen, None] > 0, base * left, base), value
        )
    else:
        # Term deposits stand still; current accounts move, now and then to zero or below.
        share = np.where(contracts.is_daily[chosen, None], 0.35, 0.11)
        changes = ~has_maturity & (rng.random(shape) < share)
        value = np.where(kind < 0.03, 0, np.where(kind > 0.99, -0.05 * base, fresh))
        value = np.where(opens, base, value)
    value = np.where(closes, 0, np.minimum(value, LARGEST)).astype(np.int64)

    happens = (changes | opens | closes) & (days >= start) & (days <= ends)
    latest = np.maximum.accumulate(np.where(happens, np.arange(len(days)), -1), axis=1)
    before = contracts.level[chosen, None]
    balance = np.where(latest >= 0, np.take_along_axis(value, np.maximum(latest, 0), 1), before)
    contracts.level[chosen] = balance[:, -1]

    is_row = happens | (contracts.is_daily[chosen, None] & (days >= start) & (days <= ends))
    # By day, then contract: the order in which a core system exports.
    day_index, contract_index = np.nonzero(is_row.T)
    return chosen[contract_index], days[day_index], balance[contract_index, day_index]


def month_of_rates(rng, contracts: Contracts, first: int, last: int):
    """A twentieth of the contracts change their rate on some day of the month."""
    chosen = np.flatnonzero((contracts.opened < first) & (contracts.ends >= last))
    chosen = chosen[rng.random(len(chosen)) < 0.05]
    rate = np.maximum(contracts.rate[chosen] + rng.integers(-4_000, 4_000, len(chosen)), 0)
    return chosen, rng.integers(first, last, len(chosen)), rate


def write_contracts(out: Path, accounts: Contracts, loans: Contracts, before: int) -> None:
    """The master files of all contracts that began before a day."""
    codes = pa.array(CURRENCIES)
    for kind, contracts in (("deposit", accounts), ("loan", loans)):
        rows = np.flatnonzero(contracts.opened < before)
        maturity = dates(contracts.ends[rows], ~contracts.has_maturity[rows])
        common = {
            "customer_id": pa.array([f"C{number:08d}" for number in contracts.customer[rows]]),
            "currency_code": codes.take(pa.array(contracts.currency[rows])),
            "annual_rate_pct": decimals(contracts.rate[rows] * 100, 9, 6),
            "maturity_date": maturity,
        }
        if kind == "deposit":
            product = np.where(contracts.has_maturity[rows], "TERM", "CURRENT")
            columns = {
                "account_id": contracts.ids.take(pa.array(rows)),
                "product_code": product,
                "open_date": dates(contracts.opened[rows]),
            }
            write(out / "deposit_account.parquet", columns | common)
        else:
            columns = {
                "loan_id": contracts.ids.take(pa.array(rows)),
                "product_code": np.full(len(rows), "LOAN"),
                "loan_type_code": np.where(rows % 4 == 0, "FA", "WC"),
                "contract_amount": decimals(contracts.base[rows], 18, 2),
                "start_date": dates(contracts.opened[rows]),
            }
            write(out / "loan_contract.parquet", columns | common)


def write_market(rng, out: Path, name: str, first: int, last: int) -> None:
    """A month of curves and exchange rates, on working days only."""
    days = np.arange(first, last)
    days = days[(days + 3) % 7 < 5]
    rates = {"curve_code": [], "curve_date": [], "tenor_days": [], "annual_rate_pct": []}
    for code, level in (("CNY", 26_000), ("USD", 9_000), ("EUR", 4_000), ("HKD", 7_000)):
        shift = rng.integers(-3_000, 3_000, (len(days), 1)) + rng.integers(-60, 60, (len(days), 10))
        pct = level + np.arange(10) * 2_100 + shift
        rates["curve_code"].append(np.full(pct.size, code))
        rates["curve_date"].append(np.repeat(days, len(TENORS)))
        rates["tenor_days"].append(np.tile(TENORS, len(days)))
        rates["annual_rate_pct"].append(pct.ravel() * 100)
    joined = {column: np.concatenate(parts) for column, parts in rates.items()}
    joined["curve_date"] = dates(joined["curve_date"])
    joined["tenor_days"] = pa.array(joined["tenor_days"], pa.int32())
    joined["annual_rate_pct"] = decimals(joined["annual_rate_pct"], 9, 6)
    write(out / "ftp_curve" / f"{name}.parquet", joined)

    units = [
        (MEAN_RATE[code] * 1e8 * rng.normal(1, 0.02, len(days))).astype(np.int64)
        for code in MEAN_RATE
    ]
    columns = {
        "currency_code": np.repeat(list(MEAN_RATE), len(days)),
        "rate_date": dates(np.tile(days, len(MEAN_RATE))),
        "rate_to_reporting": decimals(np.concatenate(units), 18, 8),
    }
    write(out / "exchange_rate" / f"{name}.parquet", columns)


def write_month(out: Path, name: str, seed: int, number: int, accounts, loans, customers) -> int:
    """Everything that happened in one month; returns its balance rows."""
    rng = np.random.default_rng([seed, 1 + number])
    first = day_number(np.datetime64(name, "M"))
    last = day_number(np.datetime64(name, "M") + 1)
    if number > 0:
        write_market(rng, out, name, first, last)
    rows = 0
    for kind, key, contracts in (("deposit", "account_id", accounts), ("loan", "loan_id", loans)):
        is_loan = kind == "loan"
        chosen, days, cents = month_of_balances(rng, contracts, first, last, is_loan)
        columns = {
            key: contracts.ids.take(pa.array(chosen)),
            "balance_date": dates(days),
            "principal_balance" if is_loan else "balance": decimals(cents, 18, 2),
        }
        rows += write(out / f"{kind}_balance" / f"{name}.parquet", columns)
        chosen, days, rate = month_of_rates(rng, contracts, first, last)
        columns = {
            key: contracts.ids.take(pa.array(chosen)),
            "effective_date": dates(days),
            "annual_rate_pct": decimals(rate * 100, 9, 6),
        }
        write(out / f"{kind}_rate" / f"{name}.parquet", columns)
    count = max(1, customers // 3)
    codes = pa.array(CURRENCIES)
    columns = {
        "fee_id": pa.array([f"F{name}-{fee}" for fee in range(count)]),
        "customer_id": pa.array([f"C{n:08d}" for n in rng.integers(0, customers, count)]),
        "booked_date": dates(rng.integers(first, last, count)),
        "fee_type_code": np.full(count, "settlement"),
        "amount": decimals(money(rng, count, 4.0, 1.0), 18, 2),
        "currency_code": codes.take(pa.array(rng.choice(5, count, p=CURRENCY_SHARES))),
    }
    write(out / "fee_income" / f"{name}.parquet", columns)
    return rows


FIRST_DAY = day_number(np.datetime64(FIRST_MONTH, "M"))


def generate(out: Path, rows: int, months: int, seed: int) -> int:
    """Write the whole bank; returns the balance rows of the months before the next one."""
    rng = np.random.default_rng([seed, 0])
    first = np.datetime64(FIRST_MONTH, "M")
    starts = [first + number for number in range(months + 2)]
    size = rows / 1e6 * 24 / months
    customers = max(1, round(size * CUSTOMERS))
    accounts = make_accounts(rng, size, starts, customers)
    loans = make_loans(rng, size, starts, customers)
    extracts, following = out / "extracts", out / "next_month"

    # Curves of half a year before: younger contracts find their day, older ones take the first.
    for number in range(-6, 1):
        month = first + number
        write_market(rng, extracts, str(month), day_number(month), day_number(month + 1))
    total = 0
    for number, month in enumerate(starts[:-1]):
        folder = extracts if number < months else following
        written = write_month(folder, str(month), seed, number, accounts, loans, customers)
        total += written if number < months else 0
        print(f"  {month}: {written:,} balance rows", flush=True)
    write_contracts(extracts, accounts, loans, day_number(starts[-2]))
    write_contracts(following, accounts, loans, day_number(starts[-1]))
    columns = {
        "customer_id": names("C", customers),
        "customer_type_code": np.where(np.arange(customers) % 5 == 0, "corporate", "retail"),
        "in_rating_scope": pa.array(np.arange(customers) % 5 == 0),
    }
    write(extracts / "customer.parquet", columns)
    columns = {
        "product_code": ["CURRENT", "TERM", "LOAN"],
        "product_name": ["Current account", "Term deposit", "Loan"],
        "product_family_code": ["deposit", "deposit", "loan"],
    }
    write(extracts / "product.parquet", columns)
    bank = {
        "synthetic": True,
        "rows": rows,
        "months": months,
        "seed": seed,
        "balance_rows": total,
        "next_balance_rows": written,
        "as_of_date": str(starts[-2].astype("M8[D]") - 1),
        "next_as_of_date": str(starts[-1].astype("M8[D]") - 1),
    }
    # Last, so that a bank half written is never taken for one.
    (out / "bank.json").write_text(json.dumps(bank, indent=2) + "\n", encoding="utf-8")
    return total


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--rows", type=int, default=20_500_000, metavar="N",
        help="about this many balance rows (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--months", type=int, default=24, metavar="M", help="months (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=2016, metavar="S", help="random seed (default: %(default)s)"
    )
    parsed = parser.parse_args()
    if parsed.rows < SMALLEST:
        parser.error(f"--rows must be at least {SMALLEST}")
    if parsed.months < 2:
        parser.error("--months must be at least 2")
    return parsed


def main() -> None:
    """Generate and say how long it took."""
    options = arguments()
    began = time.perf_counter()
    print(f"synthetic bank of about {options.rows:,} balance rows in {options.out}")
    total = generate(options.out, options.rows, options.months, options.seed)
    print(f"{total:,} balance rows in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
