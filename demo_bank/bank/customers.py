"""CRM: who the customers are, with company measures that agree with their size."""

import numpy as np
import pandas as pd

from .common import YEAR_END, days, identifiers, pick, read_table, stream

SIZES = ("micro", "small", "medium", "large")
MEASURES = ("employee_count", "annual_revenue", "total_assets")
FLOOR = {"employee_count": 1, "annual_revenue": 8, "total_assets": 10}
TYPICAL = {  # persons and 10,000 yuan where no rule sets the measure: micro to large
    "employee_count": (4, 40, 220, 1800),
    "annual_revenue": (60, 900, 9000, 90_000),
    "total_assets": (80, 1100, 12_000, 120_000),
}
DEPOSITOR_SIZES = {"micro": 46, "small": 40, "medium": 13, "large": 1}
CORE_OWNERSHIP = {"159": 85, "173": 53, "110": 27, "160": 26, "151": 18, "174": 17, "171": 10,
                  "120": 8, "310": 8, "330": 7, "130": 3, "230": 3}  # fmt: skip
OWNERSHIP = {"173": 44, "159": 21, "171": 8, "174": 5, "160": 4, "110": 4, "120": 3, "130": 2,
             "151": 2, "172": 2, "310": 2, "190": 1, "330": 1, "230": 1}  # fmt: skip
REGIONS = ("城东", "城西", "城南", "城北", "高新区", "开发区", "临港", "县域")
BRANCHES = 32
MANAGERS_PER_BRANCH = 5
DERIVED_SHARE = 0.025  # customers whose size the warehouse has to derive
UNKNOWN_SIZES = 10  # depositors without size and measures


def loan_customers(loans: pd.DataFrame) -> pd.DataFrame:
    """One row per borrower with the traits its loans agree on."""
    first = loans.drop_duplicates("borrower").sort_values("borrower")
    columns = ["industry_section", "enterprise_size_code", "is_core"]
    return first[columns].reset_index(drop=True).assign(has_loan=True)


def depositors(rng, total: int) -> pd.DataFrame:
    """Customers without a loan."""
    sections = read_table("loans_by_section")
    loans = sections["cluster_1"].astype(int)
    weights = dict(zip(sections["industry_section"], loans, strict=True))
    return pd.DataFrame(
        {
            "industry_section": pick(rng, weights, total),
            "enterprise_size_code": pick(rng, DEPOSITOR_SIZES, total),
            "is_core": False,
            "has_loan": False,
        }
    )


def add_industry(rng, customers: pd.DataFrame) -> pd.DataFrame:
    """Industry class within the section, and the size rule that covers it."""
    classes = read_table("industry_class")
    customers["industry_class_code"] = ""
    for section, group in customers.groupby("industry_section"):
        codes = classes.loc[classes["industry_section"] == section, "industry_class_code"]
        drawn = rng.choice(codes.to_numpy(dtype=object), len(group))
        customers.loc[group.index, "industry_class_code"] = drawn
    rules = classes.set_index("industry_class_code")["size_rule"]
    customers["size_rule"] = customers["industry_class_code"].map(rules)
    return customers


def log_uniform(rng, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Numbers from `low` to just below `high`, spread evenly over orders of magnitude."""
    return low * np.exp(rng.random(len(low)) * np.log(high * 0.98 / low))


def add_measures(rng, customers: pd.DataFrame) -> pd.DataFrame:
    """Staff, revenue and assets that lead to the customer's size by its industry's rule."""
    rules = read_table("size_rule").set_index(["size_rule", "measure"]).astype(float)
    size = customers["enterprise_size_code"]
    for measure in MEASURES:
        customers[measure] = 0.0
        for step, code in enumerate(SIZES):
            covered = np.flatnonzero(size == code)
            typical = TYPICAL[measure][step]
            values = typical * np.exp(rng.normal(0, 0.3, len(covered)))
            customers.loc[covered, measure] = np.maximum(values, 1)
        unsized = np.flatnonzero(~size.isin(SIZES))
        values = TYPICAL[measure][2] * np.exp(rng.normal(0, 0.5, len(unsized)))
        customers.loc[unsized, measure] = values
    is_second = rules.index.get_level_values("size_rule").duplicated()
    for ((rule, measure), bounds), second in zip(rules.iterrows(), is_second, strict=True):
        edges = np.array([FLOOR[measure], *bounds, 4 * bounds["large_min"]])
        for step, code in enumerate(SIZES):
            members = np.flatnonzero((customers["size_rule"] == rule) & (size == code))
            # a second measure may lie a step above: the smaller one decides the size
            reached = step + (second & (rng.random(len(members)) < 0.25))
            reached = np.minimum(reached, len(SIZES) - 1)
            values = log_uniform(rng, edges[reached], edges[reached + 1])
            customers.loc[members, measure] = np.ceil(values * 100) / 100
    customers["employee_count"] = np.floor(customers["employee_count"] + 1e-9).astype("int64")
    return customers


def hide_some_sizes(rng, customers: pd.DataFrame) -> pd.DataFrame:
    """Blank the size of some customers: derivable from measures, or (a few) unknown."""
    customers["size_given"] = customers["enterprise_size_code"]
    ruled = customers["size_rule"] != ""
    agrees = ruled == (customers["enterprise_size_code"] != "unclassified")
    # the education and health divisions moved between editions of the industry standard
    agrees &= customers["industry_section"] != "Q"
    derived = agrees & (rng.random(len(customers)) < DERIVED_SHARE)
    unclassified = np.flatnonzero(agrees & (customers["enterprise_size_code"] == "unclassified"))
    derived[unclassified[::2]] = True
    customers.loc[derived, "size_given"] = None
    unknown = customers.index[~customers["has_loan"]][:UNKNOWN_SIZES]
    customers.loc[unknown, ["size_given", *MEASURES]] = None
    return customers


def add_relationship(rng, customers: pd.DataFrame) -> pd.DataFrame:
    """Branch, manager, group, region, ownership, rating scope and consent."""
    total = len(customers)
    branch = rng.integers(1, BRANCHES + 1, total)
    manager = (branch - 1) * MANAGERS_PER_BRANCH + rng.integers(1, MANAGERS_PER_BRANCH + 1, total)
    customers["branch_code"] = identifiers("B", branch, 3)
    customers["relationship_manager_id"] = identifiers("RM", manager, 4)
    customers["region"] = np.array(REGIONS, dtype=object)[branch % len(REGIONS)]
    group = rng.permutation(total) // 3
    grouped = group < max(total // 80, 1)
    customers["group_id"] = np.where(grouped, identifiers("G", group + 1, 4), None)
    customers["ownership_code"] = pick(rng, OWNERSHIP, total)
    core = np.flatnonzero(customers["is_core"])
    shares = np.repeat(list(CORE_OWNERSHIP), list(CORE_OWNERSHIP.values())).astype(object)
    repeats = -(-len(core) // len(shares))
    customers.loc[core, "ownership_code"] = rng.permutation(np.tile(shares, repeats)[: len(core)])
    scope_chance = np.select([customers["is_core"], customers["has_loan"]], [1.0, 0.97], 0.65)
    customers["in_rating_scope"] = rng.random(total) < scope_chance
    consent = rng.choice(np.array([True, False, None], dtype=object), total, p=[0.6, 0.3, 0.1])
    customers["marketing_consent"] = consent
    since = np.datetime64("2003-01-01") + days(rng.integers(0, 4000, total))
    customers["relationship_start_date"] = np.minimum(since, YEAR_END)
    return customers


def synthetic_names(numbers: np.ndarray) -> np.ndarray:
    """Names nobody can mistake for real; every 97th tests the quoting of CSV."""
    names = np.array([f"演示企业{number:05d}有限公司" for number in numbers], dtype=object)
    for position in np.flatnonzero(numbers % 97 == 0):
        names[position] = f'演示企业{numbers[position]:05d}"示例", 合成数据有限公司'
    return names


def register_customers(seed: int, loans: pd.DataFrame, total: int) -> pd.DataFrame:
    """The whole customer master: borrowers first, then depositors up to `total`."""
    rng = stream(seed, "customers")
    borrowers = loan_customers(loans)
    others = depositors(rng, max(total - len(borrowers), 20))
    customers = pd.concat([borrowers, others], ignore_index=True)
    customers = add_industry(rng, customers)
    customers = add_measures(rng, customers)
    customers = hide_some_sizes(rng, customers)
    customers = add_relationship(rng, customers)
    numbers = rng.permutation(len(customers)) + 1
    customers["customer_id"] = identifiers("C", numbers)
    customers["customer_name"] = synthetic_names(numbers)
    customers["id_number"] = identifiers("SYNTHETIC", numbers)
    return customers
