"""Recommendations and next actions worked out again from the marts and policies they rest on.

Plain loops over loans and customers in exact fractions, without the SQL of models/*/coverage. What
a loan is expected to lose, its capital and its cost are read: they have tests of their own.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import duckdb

CENT = Decimal("0.01")
SMALL = 1e-9


def rounded(value: Fraction, places: int = 2) -> Decimal:
    """Half away from zero."""
    scaled = abs(value) * 10**places
    whole = scaled.numerator * 2 // scaled.denominator
    return Decimal((whole + 1) // 2).scaleb(-places).copy_sign(Decimal(1 if value >= 0 else -1))


def in_steps(value: Fraction) -> Decimal:
    """To ten decimals, then to cents, as each of a contract's figures is."""
    return rounded(Fraction(rounded(value, 10)))


def read(connection, query: str) -> list[dict]:
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class Bank:
    """What both marts are made from, by customer and loan."""

    def __init__(self, connection):
        (as_of,) = read(connection, "select * from intermediate.int_reporting__as_of")
        self.as_of: date | None = as_of["as_of_date"]
        self.days_in_year = as_of["days_in_year"]
        self.tiers = {
            row["customer_id"]: row for row in read(connection, "from marts.customer_tier")
        }
        self.customers = {
            row["customer_id"]: row
            for row in read(connection, "from intermediate.int_customer__customer")
        }
        self.segments = {
            row["segment_code"]: row for row in read(connection, "from marts.segment_profile")
        }
        self.loans = read(
            connection,
            "select loans.*, segments.segment_code, features.contract_amount as amount,"
            " features.term_days, features.ftp_margin_pct,"
            " coalesce(products.is_specialised, false) as is_specialised"
            " from staging.stg_loan_servicing__loan_contract as loans"
            " join marts.loan_segment as segments using (loan_id)"
            " join intermediate.int_segmentation__loan_feature as features using (loan_id)"
            " left join staging.stg_core_banking__product as products using (product_code)"
            " where segments.segment_code is not null",
        )

    def policy(self, connection, name: str) -> dict | None:
        """The row of the as-of day."""
        if self.as_of is None:
            return None
        rows = read(connection, f"from seeds.{name}")
        (row,) = [row for row in rows if row["valid_from"] <= self.as_of <= row["valid_to"]]
        return row

    def value(self, loan: dict, dimension: str) -> str:
        customer = self.customers[loan["customer_id"]]
        values = {
            "all": "all",
            "enterprise_size": customer["enterprise_size"],
            "industry_section": customer["industry_section"],
            "ownership": customer["ownership_code"],
            "loan_type": loan["loan_type_code"],
            "product": loan["product_code"],
            "guarantee_type": loan["guarantee_type_code"],
        }
        return values[dimension] or "unknown"


def coverage(loans: list[dict]) -> Fraction | None:
    return Fraction(sum(loan["is_specialised"] for loan in loans), len(loans)) if loans else None


# ------------------------------------------------------------------------------ recommendations


def rule_of(rules: list[dict], name: str | None, tier: str, dimension: str, value: str):
    """The rule for a cell that says most about it."""
    fitting = [
        rule
        for rule in rules
        if rule["segment_name_en"] in (None, name)
        and (rule["tier_code"] == tier or (rule["tier_code"] is None and tier != "out_of_scope"))
        and rule["dimension_code"] == dimension
        and (rule["dimension_value"] or "all") == value
    ]
    fitting.sort(key=lambda rule: (rule["segment_name_en"] is None, rule["tier_code"] is None))
    return fitting[0] if fitting else None


def recommendations(connection) -> list[dict]:
    bank = Bank(connection)
    policy = bank.policy(connection, "recommendation_policy")
    if policy is None:
        return []
    ((small_count,),) = connection.execute(
        "select small_count from seeds.segment_evidence_policy"
    ).fetchall()
    rules = [
        rule
        for rule in read(connection, "from seeds.recommendation_rule")
        if rule["valid_from"] <= bank.as_of <= rule["valid_to"]
    ]
    gaps = {row["population_code"]: row for row in read(connection, "from marts.coverage_gap")}
    tier_order = dict(connection.execute("select tier_code, tier_order from seeds.tier").fetchall())
    reference_code, reference = "total", coverage(bank.loans)
    if policy["reference_code"] == "best_segment":
        large = {
            code: coverage([loan for loan in bank.loans if loan["segment_code"] == code])
            for code in bank.segments
            if sum(loan["segment_code"] == code for loan in bank.loans) >= small_count
        }
        if large:
            reference_code = min(large, key=lambda code: (-large[code], code.encode()))
            reference = large[reference_code]
    cells = defaultdict(list)
    for loan in bank.loans:
        tier = bank.tiers[loan["customer_id"]]["tier_code"]
        for dimension in {rule["dimension_code"] for rule in rules}:
            value = bank.value(loan, dimension)
            cells[loan["segment_code"], tier, dimension, value].append(loan)
    rows = []
    for (segment, tier, dimension, value), loans in cells.items():
        name = bank.segments[segment]["segment_name_en"]
        rule = rule_of(rules, name, tier, dimension, value)
        if rule is None:
            continue
        distance = reference - coverage(loans)
        amounts = [loan["amount"] or 0 for loan in loans]
        priced = [
            (Fraction(loan["amount"] or 0), Fraction(loan["ftp_margin_pct"]))
            for loan in loans
            if loan["ftp_margin_pct"] is not None
        ]
        weight = sum(amount for amount, _ in priced)
        margin = sum(amount * pct for amount, pct in priced) / weight if weight else None
        estimate = None
        if margin is not None:
            estimate = rounded(max(distance, 0) * Fraction(sum(amounts)) * margin / 100)
        gap = gaps[tier if dimension == "all" else f"{dimension}:{value}"]
        cautions = ["small_cell"] if len(loans) < small_count else []
        if gap["gap"] < 0 and gap["mix_effect"] / gap["gap"] > policy["mix_share_limit"]:
            cautions.append("mostly_mix")
        rows.append(
            {
                "segment_code": segment,
                "tier_code": tier,
                "dimension_code": dimension,
                "dimension_value": value,
                "action_code": rule["action_code"],
                "loan_count": len(loans),
                "coverage_rate": float(coverage(loans)),
                "reference_segment_code": reference_code,
                "gap": float(max(distance, 0)),
                "contract_amount": sum(amounts, Decimal(0)),
                "mean_ftp_margin_pct": None if margin is None else float(margin),
                "estimated_value_amount": estimate,
                "caution": ", ".join(cautions) or None,
                "order": (
                    estimate is None, -(estimate or 0), -distance, segment.encode(),
                    tier_order[tier], dimension.encode(), value.encode(),
                ),
            }
        )  # fmt: skip
    rows.sort(key=lambda row: row.pop("order"))
    return [row | {"priority_rank": rank} for rank, row in enumerate(rows, 1)]


# --------------------------------------------------------------------------------- next actions


def median(values: list[Fraction]) -> Fraction:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def period_start(day: date, code: str) -> date:
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[code]
    return day.replace(month=month, day=1)


def is_held_out(customer_id: str, start: date, share: float) -> bool:
    digits = hashlib.md5(f"{customer_id}|{start}".encode(), usedforsecurity=False).hexdigest()[:8]
    return int(digits, 16) / 16**8 < share


def managers_of(connection, as_of: date | None) -> dict[str, str]:
    """Who has the largest share on the day."""
    managers: dict[str, tuple] = {}
    for row in read(connection, "from intermediate.int_customer__manager_share"):
        manager = row["relationship_manager_id"]
        is_valid = as_of is not None and row["valid_from"] <= as_of < row["valid_before"]
        if is_valid and manager != "unassigned":
            place = (-row["share"], manager.encode(), manager)
            managers[row["customer_id"]] = min(managers.get(row["customer_id"], place), place)
    return {customer_id: place[-1] for customer_id, place in managers.items()}


def next_actions(connection) -> list[dict]:
    bank = Bank(connection)
    policy = bank.policy(connection, "next_action_policy")
    hurdles = bank.policy(connection, "profitability_policy")
    managers = managers_of(connection, bank.as_of)
    risks = {r["loan_id"]: r for r in read(connection, "from intermediate.int_value__loan_risk")}
    costs = {
        row["contract_id"]: row
        for row in read(
            connection,
            "from intermediate.int_value__operating_cost where contract_kind_code = 'loan'",
        )
    }
    covered = {loan["customer_id"] for loan in bank.loans if loan["is_specialised"]}
    covered |= {
        row["customer_id"]
        for row in read(
            connection,
            "from marts.customer_product_holding where is_specialised and open_loan_count > 0",
        )
    }
    latest: dict[str, dict] = {}
    for loan in sorted(bank.loans, key=lambda loan: (loan["start_date"], loan["loan_id"].encode())):
        latest[loan["customer_id"]] = loan
    likes = {}
    for customer_id, loan in latest.items():
        customer = bank.customers[customer_id]
        segment = loan["segment_code"]
        size, industry = customer["enterprise_size"], customer["industry_section"]
        size = None if size == "unknown" else size
        likes[customer_id] = [
            (segment, size, industry) if size and industry else None,
            (segment, size) if size else None,
            (segment,),
        ]
    peers = defaultdict(list)
    for loan in bank.loans:
        customer_id = loan["customer_id"]
        if loan["is_specialised"] and loan["segment_code"] == latest[customer_id]["segment_code"]:
            for group in likes[customer_id]:
                if group is not None:
                    peers[group].append(loan)
    rows, calls = [], defaultdict(list)
    for customer_id, tier in bank.tiers.items():
        row = {
            "customer_id": customer_id,
            "segment_code": None,
            "tier_code": tier["tier_code"],
            "recommended_product_code": None,
            "expected_contribution_amount": None,
            "expected_loss_amount": None,
            "current_contribution_amount": None,
            "raroc": None,
            "peer_product_code": None,
            "covered_peer_count": None,
            "call_rank": None,
            "exclusion_reason": "no_segment",
            "is_holdout": False,
        }
        rows.append(row)
        if policy is not None:
            start = period_start(bank.as_of, policy["holdout_period_code"])
            row["is_holdout"] = is_held_out(customer_id, start, policy["holdout_share"])
        if customer_id not in latest:
            continue
        loan = latest[customer_id]
        row["segment_code"] = loan["segment_code"]
        offer = offer_to(loan, likes[customer_id], peers, policy, hurdles, risks, costs, bank)
        if offer is not None:
            row |= {name: offer[name] for name in ("raroc", "peer_product_code")}
            row["covered_peer_count"] = offer["covered_peer_count"]
        floor = policy["raroc_floor_pct"]
        floor = float(hurdles["hurdle_rate_pct"] if floor is None else floor) / 100
        customer = bank.customers[customer_id]
        if not tier["in_rating_scope"]:
            reason = "out_of_scope"
        elif tier["class_code"] and int(tier["class_code"]) > policy["maximum_class_code"]:
            reason = "non_performing"
        elif not customer["has_marketing_consent"]:
            reason = "no_consent"
        elif customer_id in covered:
            reason = "already_covered"
        elif offer is None:
            reason = "no_peers"
        elif offer["after_tax"] is None:
            reason = "not_priced"
        elif offer["after_tax"] < 0 if offer["raroc"] is None else offer["raroc"] < floor:
            reason = "below_raroc_floor"
        else:
            reason = None
            manager = managers.get(customer_id)
            queue = ("manager", manager) if manager else ("branch", customer["branch_code"])
            calls[queue].append((row, offer))
        row["exclusion_reason"] = reason
    for (kind, _), queue in calls.items():
        capacity = policy[f"{kind}_capacity"]
        queue.sort(key=lambda call: (-call[1]["worth"], call[0]["customer_id"].encode()))
        for rank, (row, offer) in enumerate(queue, 1):
            row["call_rank"] = rank
            if rank > capacity:
                row["exclusion_reason"] = "over_capacity"
                continue
            row["recommended_product_code"] = offer["peer_product_code"]
            row["expected_contribution_amount"] = offer["contribution"]
            row["current_contribution_amount"] = offer["current"]
            row["expected_loss_amount"] = offer["loss"]
    return rows


def offer_to(loan, groups, peers, policy, hurdles, risks, costs, bank) -> dict | None:
    """The latest loan once more, on the product and at the median margin of the likest peers."""
    for group in groups:
        loans = peers.get(group, [])
        count = len({peer["customer_id"] for peer in loans})
        if count >= policy["minimum_peer_count"]:
            break
    else:
        return None
    holders = Counter(
        product for _, product in {(peer["customer_id"], peer["product_code"]) for peer in loans}
    )
    product = min(holders, key=lambda code: (-holders[code], code.encode()))
    margins = [
        Fraction(peer["ftp_margin_pct"]) / 100
        for peer in loans
        if peer["product_code"] == product and peer["ftp_margin_pct"] is not None
    ]
    horizon = policy["horizon_days"]
    days = horizon if loan["term_days"] is None else min(loan["term_days"], horizon)
    offer = {
        "peer_product_code": product, "covered_peer_count": count, "raroc": None,
        "after_tax": None, "contribution": None, "current": None, "loss": None,
    }  # fmt: skip
    if loan["amount"] is None:
        return offer
    balance_days = Fraction(loan["amount"]) * days
    if loan["ftp_margin_pct"] is not None:
        offer["current"] = in_steps(balance_days * Fraction(loan["ftp_margin_pct"]) / 36000)
    if not margins:
        return offer

    risk, cost = risks[loan["loan_id"]], costs[loan["loan_id"]]
    margin = Fraction(rounded(median(margins), 10))
    offer["contribution"] = in_steps(balance_days * margin / 360)
    offer["loss"] = in_steps(
        balance_days * Fraction(risk["expected_loss_rate"]) / bank.days_in_year
    )
    cost_of_days = balance_days * Fraction(cost["balance_cost_rate"])
    cost_of_days += days * Fraction(cost["annual_cost_amount"])
    operating_cost = in_steps(cost_of_days / bank.days_in_year)
    pre_tax = offer["contribution"] - offer["loss"] - operating_cost
    tax = rounded(Fraction(pre_tax) * Fraction(hurdles["income_tax_rate_pct"]) / 100)
    offer["after_tax"] = pre_tax - tax
    offer["worth"] = offer["contribution"] - offer["loss"]
    capital = in_steps(Fraction(loan["amount"]) * Fraction(risk["capital_rate"]))
    if days and capital:
        return_of_days = Fraction(offer["after_tax"]) / Fraction(capital)
        offer["raroc"] = float(return_of_days * bank.days_in_year / days)
    return offer


# ------------------------------------------------------------------------------------ comparing


def same(expected, found) -> bool:
    if isinstance(expected, float) and isinstance(found, float):
        return abs(expected - found) <= SMALL * max(1, abs(expected))
    return expected == found


def listed(table: str, expected: list[dict], found: list[dict], keys: list[str]) -> list[str]:
    wanted = {tuple(row[key] for key in keys): row for row in expected}
    present = {tuple(row[key] for key in keys): row for row in found}
    lines = [f"{table} {key}: missing" for key in wanted.keys() - present.keys()]
    lines += [f"{table} {key}: extra" for key in present.keys() - wanted.keys()]
    for key in wanted.keys() & present.keys():
        lines += [
            f"{table} {key} {name}: expected {value}, found {present[key][name]}"
            for name, value in wanted[key].items()
            if not same(value, present[key][name])
        ]
    return sorted(lines)


def differences(database) -> list[str]:
    """What the two marts hold otherwise than they should."""
    with duckdb.connect(str(database), read_only=True) as connection:
        cells = ["segment_code", "tier_code", "dimension_code", "dimension_value"]
        return listed(
            "product_recommendation",
            recommendations(connection),
            read(connection, "from marts.product_recommendation"),
            cells,
        ) + listed(
            "customer_next_action",
            next_actions(connection),
            read(connection, "from marts.customer_next_action"),
            ["customer_id"],
        )
