"""The extract files: typed tables, planted faults, ledger control and file forms."""

import csv
import gzip
import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .calibration import Bank
from .common import identifiers, month_ends, read_table
from .faults import FAULTS, Fault
from .loans import classification_rows, contract_cents

MONEY, RATE, EXCHANGE = pa.decimal128(18, 2), pa.decimal128(9, 6), pa.decimal128(18, 8)
TEXT, DATE, WHOLE, FLAG = pa.string(), pa.date32(), pa.int32(), pa.bool_()

SCHEMAS = {
    "deposit_account": {
        "account_id": TEXT, "customer_id": TEXT, "product_code": TEXT, "currency_code": TEXT,
        "branch_code": TEXT, "open_date": DATE, "close_date": DATE, "maturity_date": DATE,
        "annual_rate_pct": RATE,
    },
    "deposit_balance": {"account_id": TEXT, "balance_date": DATE, "balance": MONEY},
    "deposit_rate": {"account_id": TEXT, "effective_date": DATE, "annual_rate_pct": RATE},
    "fee_income": {
        "fee_id": TEXT, "customer_id": TEXT, "booked_date": DATE, "fee_type_code": TEXT,
        "amount": MONEY, "currency_code": TEXT,
    },
    "loan_contract": {
        "loan_id": TEXT, "customer_id": TEXT, "product_code": TEXT, "loan_type_code": TEXT,
        "guarantee_type_code": TEXT, "purpose": TEXT, "currency_code": TEXT,
        "contract_amount": MONEY, "start_date": DATE, "maturity_date": DATE,
        "annual_rate_pct": RATE, "repricing_months": WHOLE, "repayment_method_code": TEXT,
        "pricing_benchmark_code": TEXT, "enterprise_size_at_start_code": TEXT,
        "probability_of_default": pa.float64(), "loss_given_default": pa.float64(),
        "branch_code": TEXT, "channel_code": TEXT, "campaign_id": TEXT,
    },
    "loan_balance": {"loan_id": TEXT, "balance_date": DATE, "principal_balance": MONEY},
    "loan_rate": {"loan_id": TEXT, "effective_date": DATE, "annual_rate_pct": RATE},
    "loan_classification": {"loan_id": TEXT, "effective_date": DATE, "class_code": TEXT},
    "customer": {
        "customer_id": TEXT, "customer_type_code": TEXT, "customer_name": TEXT,
        "id_number": TEXT, "in_rating_scope": FLAG, "enterprise_size_code": TEXT,
        "employee_count": WHOLE, "annual_revenue": MONEY, "total_assets": MONEY,
        "industry_section": TEXT, "industry_division": TEXT, "industry_class_code": TEXT,
        "ownership_code": TEXT, "region": TEXT, "branch_code": TEXT,
        "relationship_manager_id": TEXT, "group_id": TEXT, "birth_date": DATE,
        "marketing_consent": FLAG, "relationship_start_date": DATE,
    },
    "product": {
        "product_code": TEXT, "product_name": TEXT, "product_family_code": TEXT,
        "is_specialised": FLAG,
    },
    "ftp_curve": {
        "curve_code": TEXT, "curve_date": DATE, "tenor_days": WHOLE, "annual_rate_pct": RATE,
    },
    "exchange_rate": {
        "currency_code": TEXT, "rate_date": DATE, "rate_to_reporting": EXCHANGE, "source": TEXT,
    },
    "ledger_control": {
        "as_of_date": DATE, "account_class_code": TEXT, "currency_code": TEXT, "amount": MONEY,
    },
}  # fmt: skip

# plain .csv unless said otherwise; "parts" is a folder of one parquet file a month
FORMS = {
    "deposit_balance": "parts",
    "loan_balance": "parquet",
    "fee_income": "csv.gz",
    "loan_classification": "csv.gz",
}
WITH_BYTE_ORDER_MARK = ("product",)  # as a spreadsheet saves it
# The door looks for this file: what is shown of the bank then says that it is synthetic.
SYNTHETIC = ("_SYNTHETIC", "Every row of these extracts is invented (虚构数据).\n")
LEDGER_MONTHS = month_ends("2014-12", "2015-12")


def decimal_array(values, kind: pa.DataType) -> pa.Array:
    """Exact decimals from numbers that are whole at the type's scale; NaN is NULL."""
    scaled = np.round(np.asarray(values, dtype=float) * 10**kind.scale)
    missing = np.isnan(scaled)
    low = np.where(missing, 0, scaled).astype("int64")
    words = np.empty((len(low), 2), dtype="int64")
    words[:, 0], words[:, 1] = low, low >> 63
    mask = pa.array(~missing).buffers()[1] if missing.any() else None
    return pa.Array.from_buffers(kind, len(low), [mask, pa.py_buffer(words.tobytes())])


def typed_column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    """One column in the contract's type."""
    if pa.types.is_decimal(kind):
        return decimal_array(values, kind)
    if kind == DATE:
        return pa.array(values.to_numpy().astype("datetime64[D]"))
    if kind == WHOLE:
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        return pa.array(numbers, from_pandas=True).cast(WHOLE)
    return pa.array(values.astype(object).where(values.notna(), None), kind)


def typed_table(name: str, frame: pd.DataFrame) -> pa.Table:
    """The extract in column order and type; absent columns are NULL."""
    columns = {
        column: typed_column(frame[column], kind) if column in frame else pa.nulls(len(frame), kind)
        for column, kind in SCHEMAS[name].items()
    }
    return pa.table(columns)


def as_text(table: pa.Table) -> list[list[str]]:
    """Rows as a CSV writer takes them; NULL is empty."""
    columns = [pc.fill_null(column.cast(TEXT), "").to_pylist() for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def with_faults(name: str, rows: list[list[str]], faults: list[Fault]) -> list[list[str]]:
    """Put superseded rows first and all other bad rows last."""
    columns = list(SCHEMAS[name])
    first, last = [], []
    for fault in faults:
        base = dict(zip(columns, rows[fault.copies], strict=True)) if fault.supersedes else {}
        row = base | fault.values
        (first if fault.supersedes else last).append([row.get(column, "") for column in columns])
    return first + rows + last


def write_csv(path: Path, name: str, rows: list[list[str]]) -> None:
    """Plain or gzip CSV whose bytes depend on the rows alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SCHEMAS[name])
    writer.writerows(rows)
    mark = "utf-8-sig" if name in WITH_BYTE_ORDER_MARK else "utf-8"
    data = text.getvalue().encode(mark)
    if path.suffix == ".gz":
        with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as zipped:
            zipped.write(data)
    else:
        path.write_bytes(data)


def write_parquet(path: Path, table: pa.Table) -> None:
    """One parquet file."""
    pq.write_table(table, path, compression="zstd", compression_level=9)


def write_parts(folder: Path, table: pa.Table) -> None:
    """One parquet file a month, named by the month."""
    folder.mkdir(parents=True)
    month = table["balance_date"].combine_chunks().to_numpy(zero_copy_only=False)
    month = month.astype("datetime64[M]")
    for value in np.unique(month):
        write_parquet(folder / f"{value}.parquet", table.filter(pa.array(month == value)))


def with_typed_faults(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Bad rows of a parquet extract: well typed, wrong in content."""
    first, last = [], []
    for fault in (fault for fault in FAULTS if fault.table == name):
        base = frame.iloc[fault.copies].to_dict() if fault.supersedes else {}
        row = base | fault.values
        for column, kind in SCHEMAS[name].items():
            if kind == DATE and isinstance(row.get(column), str):
                row[column] = np.datetime64(row[column])
        (first if fault.supersedes else last).append(row)
    parts = [pd.DataFrame(rows) for rows in (first, last) if rows]
    return pd.concat([*parts[:1], frame, *parts[1:]] if first else [frame, *parts])


def write_extract(folder: Path, name: str, frame: pd.DataFrame) -> int:
    """Write one extract in its form with its planted faults; returns the rows written."""
    form = FORMS.get(name, "csv")
    if form in ("parts", "parquet"):
        table = typed_table(name, with_typed_faults(name, frame))
        if form == "parts":
            write_parts(folder / name, table)
        else:
            write_parquet(folder / f"{name}.parquet", table)
        return table.num_rows
    faults = [fault for fault in FAULTS if fault.table == name]
    rows = with_faults(name, as_text(typed_table(name, frame)), faults)
    write_csv(folder / f"{name}.{form}", name, rows)
    return len(rows)


def customer_frame(bank: Bank) -> pd.DataFrame:
    """CRM extract."""
    customers = bank.customers.copy()
    customers["customer_type_code"] = "corporate"
    customers["enterprise_size_code"] = customers["size_given"]
    customers["annual_revenue"] = customers["annual_revenue"].astype(float) * 10_000
    customers["total_assets"] = customers["total_assets"].astype(float) * 10_000
    customers["industry_division"] = customers["industry_class_code"].str[:2]
    return customers.sort_values("customer_id")


def account_frame(bank: Bank) -> pd.DataFrame:
    """Deposit account extract."""
    accounts = bank.deposits.accounts.copy()
    owner = accounts["customer"].to_numpy()
    accounts["customer_id"] = bank.customers["customer_id"].to_numpy()[owner]
    accounts["branch_code"] = bank.customers["branch_code"].to_numpy()[owner]
    accounts["annual_rate_pct"] = accounts["rate_pct"]
    return accounts.sort_values("account_id")


def contract_frame(bank: Bank) -> pd.DataFrame:
    """Loan contract extract."""
    loans = bank.loans.copy()
    owner = loans["borrower"].to_numpy()
    customers = bank.customers
    loans["customer_id"] = customers["customer_id"].to_numpy()[owner]
    loans["branch_code"] = customers["branch_code"].to_numpy()[owner]
    loans["currency_code"] = "CNY"
    loans["contract_amount"] = contract_cents(loans) / 100
    loans["annual_rate_pct"] = loans["rate_pct"]
    loans["repricing_months"] = loans["repricing_months"].where(loans["repricing_months"] > 0)
    loans["pricing_benchmark_code"] = "PBOC_" + loans["benchmark"].str.upper()
    size = loans["enterprise_size_code"].to_numpy(dtype=object)
    grown = (loans["loan_seq"] % 37 == 0) & (size == "small")
    loans["enterprise_size_at_start_code"] = np.where(grown, "micro", size)
    loans.loc[loans["loan_seq"] % 53 == 0, "enterprise_size_at_start_code"] = None
    return loans


def keyed(rows: pd.DataFrame, key: str, keys: pd.Series, date: str) -> pd.DataFrame:
    """Replace contract numbers by contract keys, in key order."""
    rows = rows.rename(columns={"date": date, "rate_pct": "annual_rate_pct"})
    rows[key] = keys.to_numpy()[rows["contract"]]
    return rows.sort_values([key, date], kind="stable", ignore_index=True)


def product_frame() -> pd.DataFrame:
    """Product extract: loan and deposit products."""
    loan = read_table("loan_product")[["product_code", "product_name", "is_specialised"]]
    loan["product_family_code"] = "loan"
    deposit = read_table("deposit_product")[["product_code", "product_name"]]
    deposit["product_family_code"], deposit["is_specialised"] = "deposit", "false"
    products = pd.concat([deposit, loan], ignore_index=True)
    products["is_specialised"] = products["is_specialised"] == "true"
    return products


def balance_on_month_ends(rows: pd.DataFrame, cents: np.ndarray) -> np.ndarray:
    """Sum of the balances in force on each month end; rows in contract and time order."""
    contract = rows["contract"].to_numpy()
    start = rows["date"].to_numpy().astype("datetime64[D]")
    stop = np.append(start[1:], np.datetime64("9999-12-31"))
    stop[:-1][contract[1:] != contract[:-1]] = np.datetime64("9999-12-31")
    return np.array([cents[(start <= end) & (end < stop)].sum() for end in LEDGER_MONTHS])


def ledger_rows(account_class: str, currency: str, cents: np.ndarray) -> pd.DataFrame:
    """Month-end control totals of one account class and currency."""
    return pd.DataFrame(
        {
            "as_of_date": LEDGER_MONTHS,
            "account_class_code": account_class,
            "currency_code": currency,
            "amount": cents / 100,
        }
    )


def ledger_frame(bank: Bank) -> pd.DataFrame:
    """General ledger: month-end balances and fees of the year to date."""
    balances = bank.deposits.balances
    cents = np.round(balances["balance"] * 100).astype("int64").to_numpy()
    is_dollar = (bank.deposits.accounts["currency_code"] == "USD").to_numpy()
    is_dollar = is_dollar[balances["contract"]]
    fee_cents = np.round(bank.fees["amount"] * 100).astype("int64").to_numpy()
    booked = bank.fees["booked_date"].to_numpy().astype("datetime64[D]")
    fees = np.array([fee_cents[booked <= end].sum() for end in LEDGER_MONTHS])
    loan = balance_on_month_ends(bank.loan_balances, bank.loan_balances["cents"].to_numpy())
    frames = [
        ledger_rows("deposit", "CNY", balance_on_month_ends(balances, cents * ~is_dollar)),
        ledger_rows("deposit", "USD", balance_on_month_ends(balances, cents * is_dollar)),
        ledger_rows("loan", "CNY", loan)[1:],
        ledger_rows("fee", "CNY", fees)[1:],
    ]
    return pd.concat(frames, ignore_index=True)


def frames(bank: Bank) -> dict[str, pd.DataFrame]:
    """Every extract as a frame. Loan performance and campaigns will join here."""
    account_id = bank.deposits.accounts["account_id"]
    loan_id = bank.loans["loan_id"]
    classes = classification_rows(bank.loans).rename(columns={"code": "class_code"})
    classes["class_code"] = classes["class_code"].astype(str)
    loan_balances = keyed(bank.loan_balances, "loan_id", loan_id, "balance_date")
    fees = bank.fees.assign(
        customer_id=bank.customers["customer_id"].to_numpy()[bank.fees["customer"]],
        fee_id=identifiers("F", np.arange(1, len(bank.fees) + 1), 6),
    )
    return {
        "customer": customer_frame(bank),
        "product": product_frame(),
        "deposit_account": account_frame(bank),
        "deposit_balance": keyed(bank.deposits.balances, "account_id", account_id, "balance_date"),
        "deposit_rate": keyed(bank.deposits.rates, "account_id", account_id, "effective_date"),
        "fee_income": fees,
        "loan_contract": contract_frame(bank),
        "loan_balance": loan_balances.assign(principal_balance=loan_balances["cents"] / 100),
        "loan_rate": keyed(bank.loan_rates, "loan_id", loan_id, "effective_date"),
        "loan_classification": keyed(classes, "loan_id", loan_id, "effective_date"),
        "ftp_curve": pd.concat([curve.table() for curve in bank.market.curves.values()]),
        "exchange_rate": bank.market.exchange.assign(source="synthetic"),
        "ledger_control": ledger_frame(bank),
    }


def write_extracts(bank: Bank, folder: Path) -> dict[str, int]:
    """Write every extract afresh; returns rows written per table."""
    written = {}
    folder.mkdir(parents=True, exist_ok=True)
    name, notice = SYNTHETIC
    (folder / name).write_text(notice, encoding="utf-8")
    for name, frame in frames(bank).items():
        for stale in (folder / f"{name}.{form}" for form in ("csv", "csv.gz", "parquet")):
            stale.unlink(missing_ok=True)
        shutil.rmtree(folder / name, ignore_errors=True)
        written[name] = write_extract(folder, name, frame)
    return written
