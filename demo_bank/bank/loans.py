"""Loan servicing: the study's 7,341 loans with dates, borrowers' traits and fates."""

import numpy as np
import pandas as pd

from .common import (
    CLUSTERS,
    ROOT,
    STUDY_CUSTOMERS,
    STUDY_LOANS,
    YEAR_END,
    YEAR_START,
    add_months,
    days,
    identifiers,
    pick,
    read_table,
    running_number,
    scaled_counts,
    stream,
)
from .market import Benchmark, Curve
from .profit import TAX_FACTOR

HEAVY = 780_000  # yuan a single loan may earn in the year outside the core
UNRULED_SECTIONS = ("J", "P", "S")  # no enterprise size rule covers them
LARGE_SECTIONS = ("C", "D", "E", "F")
DOWNGRADED = {2: 110, 3: 48, 4: 32, 5: 25}  # customers by worst class, at study size
RECOVERED = 30  # loans once at 2 and back at 1
WITHOUT_CLASS = 5  # loans nobody has classified yet
VALUE_AT_RISK = {2: 4, 3: 3, 4: 1, 5: 1}  # of the downgraded: rich depositors

LOAN_TYPES = {
    1: {"WC": 88, "FA": 5, "TF": 5, "BD": 2},
    2: {"FA": 76, "PF": 10, "SL": 4, "MA": 3, "WC": 7},
    3: {"WC": 87, "FA": 6, "TF": 6, "MA": 1},
}
LONGEST_TERM = {"TF": 365, "BD": 183}
SPECIALISED_TYPES = ("WC", "FA", "TF")
GUARANTEES = {"GU": 34, "MR": 28, "MO": 10, "PL": 9, "CR": 8, "CO": 7, "JG": 2, "CE": 2}
LOSS_GIVEN_DEFAULT = {"CR": 0.60, "GU": 0.50, "JG": 0.55, "MR": 0.30, "MO": 0.40,
                      "PL": 0.35, "CO": 0.35, "CE": 0.30}  # fmt: skip
DEFAULT_BY_CLASS = np.array([np.nan, 0.012, 0.12, 0.45, 0.80, 1.00])
REPAYMENT = {
    1: {"bullet": 58, "equal_principal": 24, "annuity": 18},
    2: {"bullet": 36, "equal_principal": 54, "annuity": 10},
    3: {"bullet": 76, "equal_principal": 15, "annuity": 9},
}
PURPOSES = {
    "WC": ("采购原材料", "支付货款", "补充流动资金", "支付工程款", "发放工资及日常经营"),
    "FA": ("厂房建设", "购置机器设备", "技术改造", "购置商用房"),
    "PF": ("项目建设",),
    "SL": ("项目建设",),
    "MA": ("股权收购",),
    "TF": ("进口付汇", "出口订单备货"),
    "BD": ("票据贴现",),
}
CHANNELS = {"relationship_manager": 62, "branch": 24, "referral": 9, "online": 5}


def study_rows(seed: int, customers: int) -> pd.DataFrame:
    """The study's loans, or for another size a jittered resample with equal cluster shares."""
    study = pd.read_csv(ROOT / "study_loans.csv")
    if customers == STUDY_CUSTOMERS:
        return study
    rng = stream(seed, "resample")
    total = round(STUDY_LOANS * customers / STUDY_CUSTOMERS)
    counts = scaled_counts(study["cluster"].value_counts().loc[list(CLUSTERS)], total)
    chosen = [
        rng.choice(np.flatnonzero(study["cluster"] == cluster), count)
        for cluster, count in zip(CLUSTERS, counts, strict=True)
    ]
    rows = study.iloc[rng.permutation(np.concatenate(chosen))].reset_index(drop=True)
    rows["loan_seq"] = np.arange(1, total + 1)
    rows["term_days"] = np.maximum(rows["term_days"] + rng.integers(-2, 3, total), 30)
    rows["amount_wan"] = np.round(rows["amount_wan"] * rng.normal(1, 0.01, total), 1)
    rows["rate_pct"] = np.round(rows["rate_pct"] + rng.normal(0, 0.02, total), 2)
    return rows


def spread_start_dates(rng, loans: pd.DataFrame) -> np.ndarray:
    """Draw dates even over the year within each cluster, dearer loans rather earlier."""
    day = np.zeros(len(loans), dtype="int64")
    for cluster in CLUSTERS:
        members = np.flatnonzero(loans["cluster"] == cluster)
        rate = loans["rate_pct"].to_numpy()[members]
        score = 0.25 * (rate.mean() - rate) / rate.std() + 0.95 * rng.normal(size=len(members))
        rank = np.argsort(np.argsort(score, kind="stable"), kind="stable")
        day[members] = np.floor((rank + 0.5) * 365 / len(members))
    return YEAR_START + days(day)


def ceiling(loans: pd.DataFrame, curve: Curve) -> np.ndarray:
    """What each loan earns in 2015 if nothing is repaid before maturity."""
    start = loans["start_date"].to_numpy().astype("datetime64[D]")
    ftp = curve.at(start, loans["term_days"].to_numpy())
    left = (YEAR_END - start).astype(int) + 1
    open_days = np.minimum(loans["term_days"], left)
    margin = loans["rate_pct"] / 100 * TAX_FACTOR - ftp
    return (loans["amount_wan"] * 1e4 * margin * open_days / 360).to_numpy()


def choose_core(rng, loans: pd.DataFrame, curve: Curve) -> np.ndarray:
    """Loans of core customers: open at the year end, the heaviest earners first."""
    table = read_table("loans_by_size")
    ratio = len(loans) / STUDY_LOANS
    is_open = loans["start_date"] + pd.to_timedelta(loans["term_days"], "D") > YEAR_END
    is_heavy = ceiling(loans, curve) > HEAVY
    core = np.zeros(len(loans), dtype=bool)
    for cluster in CLUSTERS:
        quota = round(table[f"core_{cluster}"].astype(int).sum() * ratio)
        eligible = np.flatnonzero((loans["cluster"] == cluster) & is_open)
        order = rng.permutation(eligible)
        order = order[np.argsort(~is_heavy[order], kind="stable")]
        core[order[:quota]] = True
    return core


def cool_heavy_loans(loans: pd.DataFrame, curve: Curve) -> pd.DataFrame:
    """Swap dates of heavy loans outside the core with small late ones of their cluster."""
    earned = ceiling(loans, curve)
    heavy = (earned > HEAVY) & ~loans["is_core"]
    late = (loans["start_date"] >= np.datetime64("2015-10-05")) & ~loans["is_core"] & ~heavy
    for cluster in CLUSTERS:
        hot = np.flatnonzero(heavy & (loans["cluster"] == cluster))
        hot = hot[np.argsort(-earned[hot], kind="stable")]
        cold = np.flatnonzero(late & (loans["cluster"] == cluster))
        cold = cold[np.argsort(loans["amount_wan"].to_numpy()[cold], kind="stable")][: len(hot)]
        hot = hot[: len(cold)]
        dates = loans["start_date"].to_numpy(copy=True)
        dates[hot], dates[cold] = dates[cold], dates[hot]
        loans["start_date"] = dates
    return loans


def deal(rng, name: str, cluster: int, is_core: bool, total: int) -> np.ndarray:
    """Values of a margin table, in the table's proportions and random order."""
    table = read_table(name)
    core = table[f"core_{cluster}"].astype(int).to_numpy()
    counts = core if is_core else table[f"cluster_{cluster}"].astype(int).to_numpy() - core
    values = np.repeat(table.iloc[:, 0].to_numpy(dtype=object), scaled_counts(counts, total))
    return rng.permutation(values)


def match_sizes(sizes: np.ndarray, sections: np.ndarray) -> np.ndarray:
    """Put unclassified and large where the industry makes them likely; the rest in order."""
    matched = np.full(len(sizes), None, dtype=object)
    for code, home in (("unclassified", UNRULED_SECTIONS), ("large", LARGE_SECTIONS)):
        free = np.array([value is None for value in matched])
        places = np.argsort(~(np.isin(sections, home) & free), kind="stable")
        places = places[free[places]]
        matched[places[: np.count_nonzero(sizes == code)]] = code
    rest = sizes[~np.isin(sizes, ("unclassified", "large"))]
    matched[[value is None for value in matched]] = rest
    return matched


def add_margins(rng, loans: pd.DataFrame) -> pd.DataFrame:
    """Industry, size and product kind, so that every cross-table of the study holds."""
    for column in ("industry_section", "enterprise_size_code", "is_specialised"):
        loans[column] = None
    for cluster in CLUSTERS:
        for is_core in (True, False):
            members = np.flatnonzero((loans["cluster"] == cluster) & (loans["is_core"] == is_core))
            sections = deal(rng, "loans_by_section", cluster, is_core, len(members))
            sizes = deal(rng, "loans_by_size", cluster, is_core, len(members))
            kinds = deal(rng, "loans_by_product_kind", cluster, is_core, len(members))
            loans.loc[members, "industry_section"] = sections
            loans.loc[members, "enterprise_size_code"] = match_sizes(sizes, sections)
            loans.loc[members, "is_specialised"] = kinds == "true"
    return loans.astype({"is_specialised": bool})


def choose_types(rng, loans: pd.DataFrame) -> np.ndarray:
    """Loan type by cluster; the core's long loans all finance fixed assets."""
    chosen = np.full(len(loans), "WC", dtype=object)
    for cluster in CLUSTERS:
        members = np.flatnonzero(loans["cluster"] == cluster)
        chosen[members] = pick(rng, LOAN_TYPES[cluster], len(members))
    for loan_type, longest in LONGEST_TERM.items():
        chosen[(chosen == loan_type) & (loans["term_days"] > longest)] = "WC"
    chosen[loans["is_specialised"] & ~np.isin(chosen, SPECIALISED_TYPES)] = "WC"
    chosen[(loans["cluster"] == 2) & (loans["is_core"] | loans["is_specialised"])] = "FA"
    return chosen


def choose_products(rng, loans: pd.DataFrame) -> pd.DataFrame:
    """Product and guarantee: a specialised product that suits type and industry, or 其他贷款."""
    catalogue = read_table("loan_product")
    loans["product_code"] = catalogue["product_code"].iloc[0]
    loans["guarantee_type_code"] = pick(rng, GUARANTEES, len(loans))
    special = loans[loans["is_specialised"]]
    for (loan_type, section), group in special.groupby(["loan_type_code", "industry_section"]):
        in_reach = [
            not sections or section in sections.split()
            for sections in catalogue["industry_sections"]
        ]
        suits = (catalogue["loan_type_code"] == loan_type) & np.array(in_reach)
        offers = catalogue[suits].reset_index(drop=True)
        weight = offers["weight"].astype(float).to_numpy()
        drawn = rng.choice(len(offers), len(group), p=weight / weight.sum())
        loans.loc[group.index, "product_code"] = offers["product_code"].to_numpy()[drawn]
        securities = [offers["guarantee_type_codes"][offer].split() for offer in drawn]
        side = rng.integers(0, 2, len(group))
        loans.loc[group.index, "guarantee_type_code"] = [
            codes[pick_side % len(codes)] for codes, pick_side in zip(securities, side, strict=True)
        ]
    return loans


def add_terms(rng, loans: pd.DataFrame) -> pd.DataFrame:
    """Repayment method, repricing, purpose and channel."""
    total = len(loans)
    loans["repayment_method_code"] = "bullet"
    for cluster in CLUSTERS:
        members = np.flatnonzero(loans["cluster"] == cluster)
        loans.loc[members, "repayment_method_code"] = pick(rng, REPAYMENT[cluster], len(members))
    short = (loans["term_days"] < 92) | loans["loan_type_code"].isin(["TF", "BD"])
    loans.loc[short, "repayment_method_code"] = "bullet"
    floating = (rng.random(total) < 0.14) & (loans["term_days"] > 200)
    loans["repricing_months"] = np.where(floating, rng.choice([3, 6, 12], total), 0)
    term = loans["term_days"]
    loans["benchmark"] = np.select([term <= 366, term <= 1827], ["le_1y", "1_5y"], "gt_5y")
    loans["purpose"] = ""
    for loan_type, texts in PURPOSES.items():
        members = np.flatnonzero(loans["loan_type_code"] == loan_type)
        loans.loc[members, "purpose"] = rng.choice(np.array(texts, dtype=object), len(members))
    loans["channel_code"] = pick(rng, CHANNELS, total)
    return loans


def grant_loans(seed: int, customers: int, curve: Curve) -> pd.DataFrame:
    """All loan contracts of 2015, without their borrowers."""
    rng = stream(seed, "loans")
    loans = study_rows(seed, customers)
    loans["loan_id"] = identifiers("L", loans["loan_seq"])
    loans["start_date"] = spread_start_dates(rng, loans)
    loans["is_core"] = choose_core(rng, loans, curve)
    loans = cool_heavy_loans(loans, curve)
    loans["maturity_date"] = loans["start_date"] + pd.to_timedelta(loans["term_days"], "D")
    loans = add_margins(rng, loans)
    loans["loan_type_code"] = choose_types(rng, loans)
    loans = choose_products(rng, loans)
    return add_terms(rng, loans)


def group_by_borrower(seed: int, loans: pd.DataFrame) -> np.ndarray:
    """Borrower number per loan: core first, one loan each; others one to three alike."""
    rng = stream(seed, "borrowers")
    borrower = np.zeros(len(loans), dtype="int64")
    core = np.flatnonzero(loans["is_core"])
    borrower[core] = np.arange(len(core))

    other = rng.permutation(np.flatnonzero(~loans["is_core"]))
    traits = loans["enterprise_size_code"] + loans["industry_section"]
    kind = pd.factorize(traits, sort=True)[0][other]
    other = other[np.argsort(kind, kind="stable")]
    kind = np.sort(kind, kind="stable")
    sizes = rng.choice([1, 2, 3], len(other), p=[0.40, 0.37, 0.23])
    chunk = np.searchsorted(np.cumsum(sizes), np.arange(len(other)), side="right")
    new = np.append(True, (chunk[1:] != chunk[:-1]) | (kind[1:] != kind[:-1]))

    is_big = (loans["cluster"].to_numpy()[other] > 1).astype("int64")
    big_before = np.cumsum(is_big) - is_big
    first = np.maximum.accumulate(np.where(new, np.arange(len(other)), 0))
    new |= (is_big == 1) & (big_before > big_before[first])
    borrower[other] = len(core) + np.cumsum(new) - 1
    return borrower


def add_fates(seed: int, loans: pd.DataFrame) -> pd.DataFrame:
    """Five-level class, unpaid and early repaid loans, loans without a class."""
    rng = stream(seed, "fates")
    ratio = len(loans) / STUDY_LOANS
    loans["class_code"] = 1
    loans["is_at_risk"] = False
    loans["is_once_downgraded"] = False
    loans["is_classified"] = True
    single = ~loans["borrower"].duplicated(keep=False)
    pool = loans[~loans["is_core"] & ~loans["borrower"].duplicated()].index.to_numpy()

    def take(fits: pd.Series, count: int) -> np.ndarray:
        nonlocal pool
        chosen = rng.permutation(pool[fits.to_numpy()[pool]])[: max(round(count * ratio), 1)]
        pool = pool[~np.isin(pool, chosen)]
        return chosen

    started = loans["start_date"] <= np.datetime64("2015-06-30")
    is_open = loans["maturity_date"] > YEAR_END
    for class_code, count in DOWNGRADED.items():
        fits = (is_open | (class_code > 2)) & started
        rich = take(fits & single, VALUE_AT_RISK[class_code])
        plain = take(fits & (loans["cluster"] < 3), count - VALUE_AT_RISK[class_code])
        loans.loc[np.concatenate([rich, plain]), "class_code"] = class_code
        loans.loc[rich, "is_at_risk"] = True
    loans.loc[take(is_open & single, WITHOUT_CLASS), "is_classified"] = False
    core = loans.index[loans["is_core"] & started].to_numpy()
    back = np.concatenate([take(is_open & started, RECOVERED - 3), core[:3]])
    loans.loc[back, "is_once_downgraded"] = True

    loans["is_unpaid"] = loans["class_code"] > 2
    loans.loc[loans["is_unpaid"], "repayment_method_code"] = "bullet"
    early = (rng.random(len(loans)) < 0.05) & ~loans["is_core"] & (loans["class_code"] == 1)
    early &= loans["is_classified"] & ~loans["is_once_downgraded"]
    share = rng.uniform(0.35, 0.85, len(loans))
    early_date = loans["start_date"] + pd.to_timedelta(np.floor(loans["term_days"] * share), "D")
    loans["end_date"] = np.where(early, early_date, loans["maturity_date"])
    return loans


def credit_risk(seed: int, loans: pd.DataFrame) -> pd.DataFrame:
    """Probability of default by class and rate, loss given default by guarantee."""
    rng = stream(seed, "risk")
    likely = DEFAULT_BY_CLASS[loans["class_code"]] * np.exp(
        0.25 * (loans["rate_pct"] - 6.9) + 0.35 * rng.normal(size=len(loans))
    )
    likely = np.round(np.clip(likely, 0.0005, 1.0), 4)
    loss = loans["guarantee_type_code"].map(LOSS_GIVEN_DEFAULT) + rng.normal(0, 0.04, len(loans))
    loss = np.round(np.clip(loss, 0.05, 0.95), 2)
    rated = rng.random(len(loans)) < 0.96
    loans["probability_of_default"] = np.where(rated, likely, np.nan)
    loans["loss_given_default"] = np.where(rated, loss, np.nan)
    return loans


def outstanding_share(method: np.ndarray, rate: np.ndarray, paid: np.ndarray, of: np.ndarray):
    """Share of the principal left after `paid` of `of` monthly instalments."""
    growth = 1 + rate / 1200
    annuity = (growth**of - growth**paid) / (growth**of - 1)
    equal = 1 - paid / of
    left = np.select([method == "annuity", method == "equal_principal"], [annuity, equal], 1.0)
    return np.where(paid == of, 0.0, left)


def balance_rows(loans: pd.DataFrame) -> pd.DataFrame:
    """Change-only principal balances up to the year end, in cents."""
    method = loans["repayment_method_code"].to_numpy()
    instalments = np.where(method == "bullet", 1, -(-loans["term_days"] // 31))
    row = np.repeat(np.arange(len(loans)), instalments + 1)
    paid, of = running_number(instalments + 1), instalments[row]
    start = loans["start_date"].to_numpy().astype("datetime64[D]")[row]
    maturity = loans["maturity_date"].to_numpy().astype("datetime64[D]")[row]
    end = loans["end_date"].to_numpy().astype("datetime64[D]")[row]
    due = np.where(paid == of, maturity, add_months(start, paid))
    rate = loans["rate_pct"].to_numpy()[row]
    left = outstanding_share(method[row], rate, paid, of)
    amount = contract_cents(loans)[row]
    unpaid = loans["is_unpaid"].to_numpy()[row]

    date = np.where(paid == of, np.minimum(due, end), due)
    keep = ((date < end) | (paid == of)) & (date <= YEAR_END) & ~(unpaid & (paid == of))
    return pd.DataFrame(
        {"contract": row, "date": date, "cents": np.round(amount * left).astype("int64")}
    )[keep].reset_index(drop=True)


def contract_cents(loans: pd.DataFrame) -> np.ndarray:
    """Contract amounts in cents (the study gives tenths of 10,000 yuan)."""
    return np.round(loans["amount_wan"] * 10).astype("int64").to_numpy() * 100_000


def rate_rows(loans: pd.DataFrame, benchmark: Benchmark) -> pd.DataFrame:
    """Repricing of floating loans: the old multiple of the new benchmark."""
    months = loans["repricing_months"].to_numpy()
    steps = np.where(months > 0, 12 // np.maximum(months, 1), 0)
    row = np.repeat(np.arange(len(loans)), steps)
    start = loans["start_date"].to_numpy().astype("datetime64[D]")[row]
    end = loans["end_date"].to_numpy().astype("datetime64[D]")[row]
    date = add_months(start, (running_number(steps) + 1) * months[row])
    rate = loans["rate_pct"].to_numpy()[row]
    tenor = loans["benchmark"].to_numpy()[row]
    new_rate = np.zeros(len(row))
    for name in ("le_1y", "1_5y", "gt_5y"):
        column = f"loan_{name}_pct"
        multiple = rate / benchmark.at(start, column)
        new_rate = np.where(tenor == name, multiple * benchmark.at(date, column), new_rate)
    rows = pd.DataFrame({"contract": row, "date": date, "rate_pct": np.round(new_rate, 2)})
    return rows[(date < end) & (date <= YEAR_END)].reset_index(drop=True)


def classification_rows(loans: pd.DataFrame) -> pd.DataFrame:
    """Class 1 at the start; downgrades step by step; some recoveries."""
    known = loans[loans["is_classified"]]
    steps = known["class_code"].to_numpy()
    row = np.repeat(known.index.to_numpy(), steps)
    step = running_number(steps)
    start = loans["start_date"].to_numpy().astype("datetime64[D]")
    span = (YEAR_END - start).astype("int64")
    wait = np.where(step > 0, 30 + (span[row] - 30) * step // np.repeat(steps, steps), 0)
    rows = pd.DataFrame({"contract": row, "date": start[row] + days(wait), "code": step + 1})
    back = loans.index[loans["is_once_downgraded"]].to_numpy()
    down = pd.DataFrame({"contract": back, "date": start[back] + days(span[back] // 3), "code": 2})
    up = pd.DataFrame(
        {"contract": back, "date": start[back] + days(2 * span[back] // 3), "code": 1}
    )
    return pd.concat([rows, down, up]).sort_values(["contract", "date"], ignore_index=True)
