"""Price a loan before it is granted: its cost of funds, value and segment, and what its peers pay.

Asks the working file's own function what_if.price_loans, which is made of the models that price the
loans there are; nothing is written.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

MEASURES = {
    "annual_rate_pct": "rate, %",
    "benchmark_multiple": "multiple of the benchmark",
    "ftp_margin_pct": "margin over funds, %",
}
SIZES = ("large", "medium", "small", "micro", "unclassified")
REPAYMENTS = ("bullet", "equal_principal", "annuity")
LOSS_SOURCES = {
    "stated": "PD {pd} × LGD {lgd}",
    "default_lgd": "PD {pd} × LGD {lgd} of the policy",
    "provision": "provision by class, no PD stated",
}
LOANS = "staging.stg_loan_servicing__loan_contract"
CODES = {
    "product": (
        "product_code",
        (LOANS, "staging.stg_core_banking__product", "seeds.operating_cost"),
    ),
    "guarantee": ("guarantee_type_code", (LOANS, "seeds.loss_given_default")),
    "channel": ("channel_code", (LOANS, "seeds.operating_cost")),
    "benchmark": ("pricing_benchmark_code", (LOANS, "seeds.ftp_curve_policy")),
}
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


class Fault(Exception):
    """What cannot be priced; the text is the one line the user sees."""


class Parser(argparse.ArgumentParser):
    """Says a fault in one line, without the usage before it."""

    def error(self, message: str):
        """Ends with the line and exit code 2."""
        self.exit(2, f"{message}. See tools/price.py --help\n")


def number(smallest: str, largest: str, scale: int, has_groups: bool = False):
    """A reader of decimal numbers within bounds; with groups of thousands if so."""

    def read(text: str) -> Decimal:
        is_grouped = has_groups and re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text)
        digits = text.replace(",", "") if is_grouped else text
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", digits):
            raise argparse.ArgumentTypeError(f"'{text}' is no number")
        value = Decimal(digits)
        if not Decimal(smallest) <= value <= Decimal(largest):
            raise argparse.ArgumentTypeError(f"{text} is not from {smallest} to {largest}")
        if value != round(value, scale):
            raise argparse.ArgumentTypeError(f"{text} has over {scale} decimals")
        return value

    return read


def whole_number(smallest: int, largest: int):
    """A reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]+", text) or not smallest <= int(text) <= largest:
            raise argparse.ArgumentTypeError(
                f"'{text}' is no whole number from {smallest} to {largest}"
            )
        return int(text)

    return read


def day(text: str) -> date:
    """A day, written as YYYY-MM-DD."""
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day, write YYYY-MM-DD") from None
    if not FIRST_DAY <= value <= LAST_DAY:
        raise argparse.ArgumentTypeError(f"{text} is not from {FIRST_DAY} to {LAST_DAY}")
    return value


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = Parser(description=__doc__.splitlines()[0], prog="price.py")
    add = parser.add_argument
    add("database", type=Path, help="the working file dbt built")
    add("--rate", required=True, type=number("-5", "60", 6), help="percent a year, as in 6.9")
    add("--term", type=whole_number(0, 200000), help="days to maturity; none: open-ended")
    add(
        "--amount",
        required=True,
        type=number("0.01", "999999999999.99", 2, True),
        help="in --currency",
    )
    add("--customer", help="customer_id; none: somebody the bank does not know yet")
    add("--instead-of", metavar="LOAN", help="loan_id it renews; none: it is owed besides")
    add("--start", type=day, help="day it is granted; none: the day the figures speak of")
    add("--currency", help="none: the reporting currency")
    add("--product", help="product_code")
    add("--guarantee", help="guarantee_type_code")
    add("--channel", help="channel_code")
    add("--size", choices=SIZES, help="enterprise size; none: the customer's own")
    add("--repayment", choices=REPAYMENTS, help="none: bullet")
    add("--repricing-months", type=whole_number(1, 1200), help="none: fixed for life")
    add("--benchmark", help="pricing_benchmark_code")
    add("--pd", type=number("0", "1", 10), help="probability of default, as in 0.02")
    add("--lgd", type=number("0", "1", 10), help="loss given default, as in 0.45")
    return parser.parse_args()


def connect(database: Path) -> duckdb.DuckDBPyConnection:
    """The working file, to be read only."""
    if not database.is_file():
        raise Fault(f"{database}: no such database. Run make build first")
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        [why, *_] = str(error).splitlines()
        raise Fault(f"{database} cannot be read. Is a build writing it? {why}") from None
    known = connection.execute(
        "select count(*) from duckdb_functions()"
        " where schema_name = 'what_if' and function_name = 'price_loans'"
    ).fetchone()
    if not known or not known[0]:
        raise Fault(f"{database} cannot price loans yet. Run make build, or dbt build as a whole")
    return connection


def known_codes(
    connection: duckdb.DuckDBPyConnection, column: str, relations: tuple[str, ...]
) -> list[str]:
    """The codes that the bank's loans have or its tables and policies name; none: any will do."""
    codes = " union ".join(f"select {column} as code from {relation}" for relation in relations)
    rows = connection.execute(f"select code from ({codes}) where code <> '' order by code")
    return [code for (code,) in rows.fetchall()]


def check(connection: duckdb.DuckDBPyConnection, asked: argparse.Namespace) -> None:
    """Codes that name something name something there is, as far as the bank says what."""
    customers = "intermediate.int_customer__customer"
    query = f"select count(*) from {customers} where customer_id = ?"
    if asked.customer is not None and not connection.execute(query, [asked.customer]).fetchone()[0]:
        raise Fault(
            f"customer '{asked.customer}' is not known. Take a customer_id of {customers}, or none"
        )
    for name, (column, relations) in CODES.items():
        value = getattr(asked, name)
        if value is None:
            continue
        codes = known_codes(connection, column, relations)
        if codes and value not in codes:
            raise Fault(f"{name} '{value}' is not known. Take none or one of {', '.join(codes)}")
    if (
        asked.instead_of is not None
        and not connection.execute(
            f"select count(*) from {LOANS} where loan_id = ? and customer_id = ?",
            [asked.instead_of, asked.customer],
        ).fetchone()[0]
    ):
        raise Fault(f"loan '{asked.instead_of}' is not of that customer. Take one of theirs")
    if asked.pd is None and asked.lgd is not None:
        raise Fault("--lgd means nothing without --pd. Give both")


def price(connection: duckdb.DuckDBPyConnection, asked: argparse.Namespace) -> dict:
    """The loan's row of what_if.price_loans."""
    connection.execute("set timezone = 'UTC'")
    connection.execute(
        """
        create temp table loan_request as
        select
            '1' as request_id, $customer as customer_id, $rate as annual_rate_pct,
            $term as term_days, $amount as contract_amount, $start as start_date,
            $currency as currency_code, $product as product_code,
            $guarantee as guarantee_type_code, $channel as channel_code,
            $repayment as repayment_method_code, $repricing_months as repricing_months,
            $benchmark as pricing_benchmark_code, $size as enterprise_size_code,
            $pd as probability_of_default, $lgd as loss_given_default,
            $instead_of as stands_for_loan_id""",
        {name: value for name, value in vars(asked).items() if name != "database"},
    )
    cursor = connection.execute("from what_if.price_loans('loan_request')")
    names = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    if not rows or rows[0][names.index("start_date")] is None:
        raise Fault("the bank has no day its figures speak of. Give one with --start")
    priced = dict(zip(names, rows[0], strict=True))
    if priced["contract_amount"] is None:
        raise Fault(f"there is no exchange rate for {asked.currency} on {priced['start_date']}")
    if priced["ftp_rate"] is None:
        raise Fault(f"there is no FTP curve for {asked.currency or 'the reporting currency'}")
    return priced


def shown(value: object, scale: int = 2, times: int = 1) -> str:
    """A number as a person reads it; - where there is none."""
    return "-" if value is None else f"{value * times:,.{scale}f}"


def line(label: str, value: object, scale: int = 2, times: int = 1, unit: str = "") -> str:
    """A label and its number; a number that is too wide moves to the right."""
    text = shown(value, scale, times)
    return f"  {label:<28} {text:>20}{unit if value is not None else ''}"


def report(priced: dict, asked: argparse.Namespace) -> str:
    """The loan's row as text."""
    term = "no fixed term" if priced["term_days"] is None else f"{priced['term_days']:,} days"
    amount = shown(priced["contract_amount"])
    if asked.currency:
        amount = f"{shown(asked.amount)} {asked.currency} ({amount} in the reporting currency)"
    loss = LOSS_SOURCES[priced["loss_source_code"]].format(
        pd=shown(priced["probability_of_default"], 4), lgd=shown(priced["loss_given_default"], 4)
    )
    capital = (
        f"{shown(priced['hurdle_rate'], 2, 100)} % of {shown(priced['economic_capital_amount'])};"
        f" {priced['exposure_class_code']} weighs {shown(priced['risk_weight'], 0, 100)} %"
    )
    lines = [
        f"{amount} for {term} from {priced['start_date']}"
        f" at {shown(priced['annual_rate_pct'], 4)} %"
        f" to {customer(priced)} ({priced['enterprise_size'] or 'size unknown'})",
        "",
        "Price",
        line("transfer price (FTP)", priced["ftp_rate"], 4, 100, " %"),
        line("net interest factor", priced["net_interest_factor"], 6),
        line("margin over funds after tax", priced["ftp_margin_pct"], 4, 1, " %"),
        line("multiple of the benchmark", priced["benchmark_multiple"], 4),
        "",
        "Value of a year with all of it outstanding",
    ]
    for label, name, note in (
        ("contribution", "annual_contribution_amount", ""),
        ("- operating cost", "annual_operating_cost_amount", ""),
        ("- expected loss", "annual_expected_loss_amount", loss),
        ("- income tax", "annual_income_tax_amount", ""),
        ("= profit after tax", "annual_after_tax_amount", ""),
        ("- capital charge", "annual_capital_charge_amount", capital),
        ("= economic value added (EVA)", "annual_eva_amount", ""),
    ):
        lines.append(f"{line(label, priced[name])}  {note}".rstrip())
    lines += [
        line("RAROC", priced["raroc"], 4, 100, " %"),
        line("contribution over its life", priced["life_contribution_amount"]),
        "",
        *peers(priced),
    ]
    return "\n".join(lines)


def customer(priced: dict) -> str:
    """Whom the loan is for."""
    known = priced["customer_id"] is not None
    return f"customer {priced['customer_id']}" if known else "a new customer"


def peers(priced: dict) -> list[str]:
    """The loan's segment, and what its loans and those of the same size pay."""
    code = priced["segment_code"]
    if code is None:
        return ["Segment: none. Loans without a term, and loans to retail customers, have none"]
    names = " ".join(filter(None, (priced["segment_name_zh"], priced["segment_name_en"])))
    lines = [f"Segment {code} {names}".rstrip() + f" (silhouette {shown(priced['silhouette'], 4)})"]
    header = ("loans", "a quarter under", "half under", "three under", "this loan")
    scopes = [("segment", code)]
    if priced["enterprise_size"] is not None:
        scopes.append(("segment_size", f"{code}, {priced['enterprise_size']}"))
    for scope, whose in scopes:
        count = priced[f"{scope}_loan_count"]
        lines.append("")
        lines.append(
            f"  {'What loans of ' + whose + ' pay':<28}" + "".join(f"{h:>17}" for h in header)
        )
        for measure, label in MEASURES.items():
            cells = [f"{count or 0:,}"]
            for quartile in ("lower_quartile", "median", "upper_quartile"):
                cells.append(shown(priced[f"{scope}_{measure}_{quartile}"], 4))
            cells.append(shown(priced[measure], 4))
            lines.append(f"  {label:<28}" + "".join(f"{c:>17}" for c in cells))
    return lines


def main() -> None:
    """Command line: price.py DATABASE --rate R --term D --amount A --customer C."""
    asked = arguments()
    try:
        with connect(asked.database) as connection:
            check(connection, asked)
            print(report(price(connection, asked), asked))
    except Fault as fault:
        sys.exit(f"{fault}")
    except duckdb.Error as error:
        [why, *_] = str(error).splitlines()
        sys.exit(f"{asked.database} cannot price this loan. Run make build. {why}")


if __name__ == "__main__":
    main()
