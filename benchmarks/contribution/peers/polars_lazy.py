"""The same contribution in polars: lazy frames, streaming engine.

Exact without decimals: money in cents, rates in units of 10**-8 and prices and spreads of 10**-10,
all whole numbers of 64 bits. A quotient by 360 is taken apart first, so that no product overflows.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl

FAR = date(9999, 12, 31)
BEGINNING = date(1, 1, 1)
LARGEST = 9_000_000_000_000_000_000


def units(column: str) -> pl.Expr:
    """A decimal as a whole number of its last places."""
    return pl.col(column).to_physical().cast(pl.Int64)


def rounded(number: pl.Expr, divisor: pl.Expr | int) -> pl.Expr:
    """A quotient rounded half away from zero."""
    return number.sign() * ((2 * number.abs() + divisor) // (2 * divisor))


def over_360_days(whole: pl.Expr, rest: pl.Expr) -> pl.Expr:
    """whole + rest / 36,000, rounded half away from zero."""
    floor = whole + rest // 36_000
    twice = 2 * (rest % 36_000)
    is_up = pl.when(floor >= 0).then(twice >= 36_000).otherwise(twice > 36_000)
    return floor + is_up.cast(pl.Int64)


def days_from(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whole days between two dates."""
    return (end - start).dt.total_days()


def both(folder: Path, names: tuple[str, str], columns: dict[str, tuple[str, str]]) -> pl.LazyFrame:
    """The deposit and the loan form of a table, one under the other."""
    frames = []
    for place, kind in enumerate(("deposit", "loan")):
        chosen = [pl.col(pair[place]).alias(name) for name, pair in columns.items()]
        scan = pl.scan_parquet(folder / f"{names[place]}.parquet")
        frames.append(scan.select(pl.lit(kind).alias("kind"), *chosen))
    return pl.concat(frames)


def read_contracts(folder: Path) -> pl.DataFrame:
    """Accounts and loans with a number each."""
    columns = {
        "id": ("account_id", "loan_id"),
        "customer_id": ("customer_id", "customer_id"),
        "currency": ("currency_code", "currency_code"),
        "start": ("open_date", "start_date"),
        "maturity": ("maturity_date", "maturity_date"),
        "rate": ("annual_rate_pct", "annual_rate_pct"),
    }
    contracts = both(folder, ("deposit_account", "loan_contract"), columns).with_columns(
        pl.col("currency").fill_null("CNY"),
        units("rate"),
        pl.coalesce(days_from(pl.col("start"), pl.col("maturity")), 365).alias("tenor"),
        ((pl.col("kind") == "deposit") & pl.col("maturity").is_null()).alias("is_demand"),
    )
    return contracts.with_row_index("contract").collect()


def rate_intervals(folder: Path, contracts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """A contract's rates, each from a day until the next."""
    columns = {
        "id": ("account_id", "loan_id"),
        "day": ("effective_date", "effective_date"),
        "rate": ("annual_rate_pct", "annual_rate_pct"),
    }
    changes = (
        both(folder, ("deposit_rate/*", "loan_rate/*"), columns)
        .filter(pl.col("day") <= as_of)
        .join(contracts.select("kind", "id", "contract"), on=["kind", "id"])
        .select("contract", "day", units("rate"))
    )
    first = contracts.select("contract", pl.lit(BEGINNING).alias("day"), "rate")
    return (
        pl.concat([first, changes])
        .sort("contract", "day")
        .select(
            "contract",
            pl.col("day").alias("rate_from"),
            pl.col("day").shift(-1).over("contract").fill_null(FAR).alias("rate_before"),
            "rate",
        )
    )


def exchange_intervals(folder: Path, months: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Exchange rates by currency and month, each from a day until the next."""
    return (
        pl.scan_parquet(folder / "exchange_rate" / "*.parquet")
        .filter(pl.col("rate_date") <= as_of)
        .sort("currency_code", "rate_date")
        .select(
            pl.col("currency_code").alias("currency"),
            pl.col("rate_date").alias("fx_from"),
            pl.col("rate_date").shift(-1).over("currency_code").fill_null(FAR).alias("fx_before"),
            units("rate_to_reporting").alias("fx"),
        )
        .join(months, how="cross")
        .filter(pl.col("fx_from") <= pl.col("month_end"), pl.col("fx_before") > pl.col("month"))
        .drop("month_end")
    )


def transfer_prices(folder: Path, requests: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """The price of each currency, day and tenor asked for, in units of 10**-10."""
    nodes = (
        pl.scan_parquet(folder / "ftp_curve" / "*.parquet")
        .filter(pl.col("curve_date") <= as_of)
        .sort("curve_code", "curve_date", "tenor_days")
        .select(
            pl.col("curve_code").alias("currency"),
            "curve_date",
            pl.col("tenor_days").cast(pl.Int64).alias("tenor"),
            units("annual_rate_pct").alias("node"),
        )
    )
    curve = ["currency", "curve_date"]
    between = nodes.with_columns(
        (pl.col("tenor").shift(-1).over(curve) - pl.col("tenor")).fill_null(1).alias("width"),
        (pl.col("node").shift(-1).over(curve) - pl.col("node")).fill_null(0).alias("rise"),
    )
    brackets = pl.concat(
        [
            between,
            # Flat before the first node.
            between.group_by(curve, maintain_order=True)
            .first()
            .with_columns(
                pl.lit(0, pl.Int64).alias("tenor"),
                pl.lit(1, pl.Int64).alias("width"),
                pl.lit(0, pl.Int64).alias("rise"),
            )
            .select(between.collect_schema().names()),
        ]
    ).sort("tenor")
    first_days = nodes.group_by("currency").agg(pl.col("curve_date").min().alias("first_day"))
    dated = (
        requests.join(first_days, on="currency")
        .with_columns(
            pl.max_horizontal("day", "first_day").alias("asked"), pl.lit(1, pl.Int64).alias("night")
        )
        .sort("asked")
        .join_asof(
            nodes.select(*curve)
            .unique()
            .sort("curve_date")
            .with_columns(pl.col("curve_date").alias("asked")),
            on="asked",
            by="currency",
            check_sortedness=False,
        )
    )

    def with_bracket(frame: pl.LazyFrame, tenor: str, suffix: str) -> pl.LazyFrame:
        found = brackets.rename(
            {"tenor": "from", "node": f"node{suffix}", "width": f"width{suffix}"}
        )
        return (
            frame.sort(tenor)
            .join_asof(
                found.sort("from"), left_on=tenor, right_on="from", by=curve, check_sortedness=False
            )
            .with_columns(
                (
                    pl.col(f"node{suffix}") * pl.col(f"width{suffix}")
                    + pl.col("rise") * (pl.col(tenor) - pl.col("from"))
                ).alias(f"height{suffix}")
            )
            .drop("rise", "from", strict=False)
        )

    both_ends = with_bracket(with_bracket(dated, "tenor", ""), "night", "_night")
    weighted = 7 * pl.col("height") * pl.col("width_night") + 3 * pl.col("height_night") * pl.col(
        "width"
    )
    alone = 10 * pl.col("height") * pl.col("width_night")
    number = pl.when("is_demand").then(weighted).otherwise(alone) * 10
    price = rounded(number, pl.col("width") * pl.col("width_night"))
    return both_ends.select("currency", "day", "tenor", "is_demand", price.alias("ftp"))


def balance_pieces(folder: Path, contracts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Balances from a day until the next row, cut at the ends of months."""
    columns = {
        "id": ("account_id", "loan_id"),
        "day": ("balance_date", "balance_date"),
        "balance": ("balance", "principal_balance"),
    }
    valid = (
        both(folder, ("deposit_balance/*", "loan_balance/*"), columns)
        .filter(pl.col("day") <= as_of)
        .join(contracts.select("kind", "id", "contract", "currency"), on=["kind", "id"])
        .select("contract", "currency", "day", units("balance"))
        .sort("contract", "day")
        .with_columns(
            pl.when(pl.col("contract") == pl.col("contract").shift(-1))
            .then(pl.col("day").shift(-1))
            .otherwise(as_of + timedelta(days=1))
            .alias("before"),
            pl.col("day").dt.month_start().alias("month"),
        )
    )
    after = pl.col("day").dt.offset_by("1mo").dt.month_start()
    own = valid.with_columns(pl.min_horizontal("before", after).alias("before"))
    carried = (
        valid.filter(pl.col("before") > after)
        .with_columns(pl.date_ranges(after, pl.col("before"), "1mo", closed="left").alias("month"))
        .explode("month")
        .with_columns(
            pl.col("month").alias("day"),
            pl.min_horizontal("before", pl.col("month").dt.offset_by("1mo")).alias("before"),
        )
    )
    return pl.concat([own, carried])


def contract_months(folder: Path, contracts: pl.DataFrame, months: pl.DataFrame, as_of: date):
    """Contribution of every contract and month, in units of 10**-10."""
    lazy = contracts.lazy()
    pieces = balance_pieces(folder, lazy, as_of)
    home = pieces.filter(pl.col("currency") == "CNY").select(
        "contract", "month", "day", "before", "balance"
    )
    exchange = exchange_intervals(folder, months.lazy(), as_of)
    foreign = (
        pieces.filter(pl.col("currency") != "CNY")
        .join(exchange, on=["currency", "month"])
        .filter(pl.col("day") < pl.col("fx_before"), pl.col("before") > pl.col("fx_from"))
        .select(
            "contract",
            "month",
            pl.max_horizontal("day", "fx_from").alias("day"),
            pl.min_horizontal("before", "fx_before").alias("before"),
            rounded(pl.col("balance") * pl.col("fx"), 100_000_000).alias("balance"),
        )
    )
    by_rate = (
        pl.concat([home, foreign])
        .join(rate_intervals(folder, lazy, as_of), on="contract")
        .filter(pl.col("day") < pl.col("rate_before"), pl.col("before") > pl.col("rate_from"))
        .with_columns(
            days_from(
                pl.max_horizontal("day", "rate_from"), pl.min_horizontal("before", "rate_before")
            ).alias("days")
        )
        .group_by("contract", "month", "rate")
        .agg((pl.col("balance") * pl.col("days")).sum().alias("balance_days"))
    )

    asked = ["currency", "day", "tenor", "is_demand"]
    fixed = lazy.filter(~pl.col("is_demand")).select(
        "currency", pl.col("start").alias("day"), "tenor", "is_demand"
    )
    demand = (
        lazy.filter("is_demand")
        .select("currency", "tenor", "is_demand")
        .unique()
        .join(months.lazy().select(pl.col("month").alias("day")), how="cross")
    )
    requests = pl.concat([fixed, demand.select(asked)]).unique()
    prices = transfer_prices(folder, requests, as_of).collect().lazy()
    factor = (
        pl.when(pl.col("month") < date(2016, 5, 1)).then(9_450_000_000).otherwise(9_366_037_736)
    )
    spread = (
        pl.when(pl.col("kind") == "deposit")
        .then(pl.col("ftp") - pl.col("rate") * 100)
        .otherwise(rounded(pl.col("rate") * factor, 100_000_000) - pl.col("ftp"))
    )
    return (
        by_rate.join(
            lazy.select("contract", "kind", "id", "currency", "start", "tenor", "is_demand"),
            on="contract",
        )
        .with_columns(pl.when("is_demand").then("month").otherwise("start").alias("day"))
        .join(prices, on=asked)
        .with_columns(
            spread.alias("spread"),
            (pl.col("balance_days") // 36_000).alias("whole"),
            (pl.col("balance_days") % 36_000).alias("rest"),
        )
        .group_by("contract", "month")
        .agg(
            (pl.col("whole") * pl.col("spread")).sum().alias("whole"),
            (pl.col("rest") * pl.col("spread")).sum().alias("rest"),
        )
        .select(
            "contract",
            "month",
            over_360_days(pl.col("whole"), pl.col("rest")).alias("contribution"),
        )
        .collect(engine="streaming")
    )


def customers(folder: Path, contracts: pl.DataFrame, monthly: pl.DataFrame, as_of: date):
    """Contribution of every customer, year to date, in cents."""
    parts = (
        monthly.lazy()
        .filter(pl.col("month") >= as_of.replace(month=1, day=1))
        .join(contracts.lazy(), on="contract")
        .group_by("customer_id")
        .agg(
            rounded(pl.col("contribution").filter(pl.col("kind") == kind).sum(), 100_000_000).alias(
                kind
            )
            for kind in ("deposit", "loan")
        )
    )
    fees = pl.scan_parquet(folder / "fee_income" / "*.parquet").filter(
        pl.col("booked_date") <= as_of
    )
    rates = pl.scan_parquet(folder / "exchange_rate" / "*.parquet").select(
        "currency_code",
        pl.col("rate_date").alias("booked_date"),
        units("rate_to_reporting").alias("fx"),
    )
    fee_parts = (
        fees.filter(pl.col("booked_date") >= as_of.replace(month=1, day=1))
        .with_columns(pl.col("currency_code").fill_null("CNY"), units("amount"))
        .sort("booked_date")
        .join_asof(
            rates.sort("booked_date"), on="booked_date", by="currency_code", check_sortedness=False
        )
        .with_columns(
            pl.when(pl.col("currency_code") == "CNY").then(100_000_000).otherwise("fx").alias("fx")
        )
        .group_by("customer_id")
        .agg(rounded(pl.col("amount") * pl.col("fx"), 100_000_000).sum().alias("fee"))
    )
    known = pl.concat(
        [
            pl.scan_parquet(folder / "customer.parquet").select("customer_id"),
            contracts.lazy().select("customer_id"),
            fees.select("customer_id"),
        ]
    ).unique()
    joined = known.join(parts, on="customer_id", how="left").join(
        fee_parts, on="customer_id", how="left"
    )
    filled = joined.with_columns(pl.col("deposit", "loan", "fee").fill_null(0))
    return filled.with_columns(
        (pl.col("deposit") + pl.col("loan") + pl.col("fee")).alias("total")
    ).collect()


def check_sizes(folder: Path) -> None:
    """Sixty-four bits must hold a balance times an exchange rate."""
    largest = both(
        folder, ("deposit_balance/*", "loan_balance/*"), {"b": ("balance", "principal_balance")}
    )
    largest = largest.select(units("b").abs().max()).collect().item()
    fx = pl.scan_parquet(folder / "exchange_rate" / "*.parquet").select(
        units("rate_to_reporting").max()
    )
    if largest * fx.collect().item() > LARGEST:
        raise SystemExit("a balance times an exchange rate needs more than 64 bits")


def main(folder: Path, as_of: date, out: Path) -> None:
    """Compute both tables and write them."""
    check_sizes(folder)
    contracts = read_contracts(folder)
    first = pl.scan_parquet(folder / "*_balance" / "*.parquet", extra_columns="ignore").select(
        pl.col("balance_date").min()
    )
    start = first.collect().item().replace(day=1)
    months = pl.DataFrame({"month": pl.date_range(start, as_of, "1mo", eager=True)}).with_columns(
        pl.col("month").dt.month_end().alias("month_end")
    )
    monthly = contract_months(folder, contracts, months, as_of)
    monthly.join(contracts.select("contract", "kind", "id"), on="contract").select(
        pl.col("kind").alias("contract_kind_code"),
        pl.col("id").alias("contract_id"),
        pl.col("month").dt.month_end().alias("month_end_date"),
        pl.col("contribution").alias("contribution_units"),
    ).write_parquet(out / "contract_month.parquet")
    customers(folder, contracts, monthly, as_of).write_parquet(out / "customer.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), Path(sys.argv[3]))
