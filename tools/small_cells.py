"""Rows of few customers: which rows of the composition and coverage marts readers do not get.

A row that speaks of one to four customers says too much about each of them, so it is withheld. That
alone would hide nothing: totals less what is left give it back. So more rows are withheld, the
smallest that help, until what is published no longer fixes any withheld count.

All these marts count the same loans, cut by tier, by the value of one dimension and by segment. A
cell is such a cut, (tier, "dimension:value", segment), with "" for all of them; a row of a mart
speaks of one cell. A reader knows that segments, values and tiers add up to their total, that
shares give the totals they were divided by, and which products are specialised. Those are linear
equations in the counts; a count is safe when they leave it open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import duckdb
import scipy.optimize
import scipy.sparse

# Five is the smallest group that statistical offices commonly print; with fewer, one member who
# knows the others knows the rest.
SMALLEST_CELL = 5
# Arithmetic of the equations is exact, in the integers modulo a prime (2^61 - 1).
PRIME = (1 << 61) - 1

Cell = tuple[str, str, str]
Variable = tuple[str, Cell]
Equation = dict[Variable, int]
Row = dict[str, str]


@dataclass(frozen=True)
class CellMart:
    """How the rows of a mart speak of cells.

    `keys` stay when a row is withheld, all else becomes NULL. `cell` is what the row speaks of and
    `measures` what it counts. It tells the counts of `totals` as well, and if it has members those
    of `shared`. A row that `sums_up` its cell is withheld when any segment of the cell is. Columns
    of `beside` are NULL, where their condition holds, when any segment of the row's `population` is
    withheld.
    """

    keys: tuple[str, ...]
    cell: Callable[[Row], Cell]
    measures: tuple[str, ...] = ("member",)
    totals: Callable[[Row], tuple[Cell, ...]] = lambda row: ()
    shared: Callable[[Row], tuple[Cell, ...]] = lambda row: ()
    sums_up: bool = False
    population: Callable[[Row], Cell] | None = None
    beside: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """Marts that count the same members, and the query that counts them in every cell."""

    counted: str
    counts: str
    marts: dict[str, CellMart]


@dataclass(frozen=True)
class Withheld:
    """Keys of rows that lose all measures, and of rows that lose the columns of `beside`."""

    rows: list[tuple[str, ...]]
    beside: list[tuple[str, ...]]


def value_place(dimension: str, value: str) -> tuple[str, str]:
    """Tier and value of a cell cut by one dimension; a tier is a place of its own."""
    if dimension == "all":
        return "", ""
    return (value, "") if dimension == "tier" else ("", f"{dimension}:{value}")


def population_place(population: str) -> tuple[str, str]:
    """Tier and value of a population code: all, a tier, or dimension:value."""
    if population in ("all", "total"):
        return "", ""
    return ("", population) if ":" in population else (population, "")


def segment_place(segment: str) -> str:
    """Segment of a cell; the total is all of them."""
    return "" if segment == "total" else segment


def population_cell(row: Row) -> Cell:
    """A population and a segment, or its total."""
    place = population_place(row["population_code"])
    return (*place, segment_place(row.get("segment_code", "total")))


def tier_cell(row: Row) -> Cell:
    """A tier and a segment, or their totals."""
    place = population_place(row["tier_code"])
    return (*place, segment_place(row["segment_code"]))


def composition_cell(row: Row) -> Cell:
    """Population and value together; a tier within its own population is that population."""
    tier, _ = population_place(row["population_code"])
    own_tier, value = value_place(row["dimension_code"], row["dimension_value"])
    if tier and own_tier:
        # The core customers of another tier are nobody.
        return (tier, "" if tier == own_tier else f"tier:{own_tier}", row["segment_code"])
    return (tier or own_tier, value, row["segment_code"])


def composition_totals(row: Row) -> tuple[Cell, ...]:
    """The segment's loans."""
    population, _ = population_place(row["population_code"])
    return ((population, "", row["segment_code"]),)


def composition_shared(row: Row) -> tuple[Cell, ...]:
    """The value's loans, and all of them."""
    tier, value, _ = composition_cell(row)
    population, _ = population_place(row["population_code"])
    return (tier, value, ""), (population, "", "")


def composition_value(row: Row) -> Cell:
    """The value's loans in the population."""
    return (*composition_cell(row)[:2], "")


def recommendation_cell(row: Row) -> Cell:
    """A tier's loans of one value and segment."""
    _, value = value_place(row["dimension_code"], row["dimension_value"])
    return (row["tier_code"], value, row["segment_code"])


def recommendation_population(row: Row) -> Cell:
    """The value's loans of all tiers, or the tier's."""
    place = value_place(row["dimension_code"], row["dimension_value"])
    return (*place, "") if any(place) else (row["tier_code"], "", "")


LOANS = Family(
    counted="intermediate.int_coverage__loan_dimension",
    # Of the tiers' own rows the value is the tier, and there are no rows by both.
    counts="""
        select
            case
                when dimension_code <> 'tier' then coalesce(tier_code, '')
                else coalesce(dimension_value, '')
            end as tier,
            case
                when dimension_code = 'tier' then '' else dimension_code || ':' || dimension_value
            end as value,
            coalesce(segment_code, '') as segment,
            count(*) as member,
            count(*) filter (where is_specialised) as specialised,
            count(distinct customer_id) as customer_count
        from {counted}
        group by grouping sets (
            (dimension_code, dimension_value, tier_code, segment_code),
            (dimension_code, dimension_value, tier_code),
            (dimension_code, dimension_value, segment_code),
            (dimension_code, dimension_value),
            (dimension_code, segment_code),
            (dimension_code)
        )
        having case
            when dimension_code = 'tier' then grouping(tier_code) = 1
            else grouping(dimension_value) = 0
        end
        order by all""",
    marts={
        "segment_composition": CellMart(
            keys=("population_code", "dimension_code", "dimension_value", "segment_code"),
            cell=composition_cell,
            totals=composition_totals,
            shared=composition_shared,
            # A cell without loans tells of its value's loans by these alone.
            population=composition_value,
            beside=dict.fromkeys(
                (
                    "value_loan_count", "value_loan_share", "value_customer_share",
                    "share_of_value_upper", "adjusted_residual",
                ),
                "loan_count = 0",
            ),
        ),
        "product_coverage": CellMart(
            keys=("population_code", "segment_code"),
            cell=population_cell,
            measures=("member", "specialised"),
        ),
        "coverage_gap": CellMart(
            # The effect of the mix is one more sum over the population's segments.
            keys=("population_code",),
            cell=population_cell,
            sums_up=True,
        ),
        "product_recommendation": CellMart(
            keys=(
                "priority_rank", "segment_code", "tier_code", "dimension_code", "dimension_value",
                "action_code",
            ),
            cell=recommendation_cell,
            measures=("member", "specialised"),
            population=recommendation_population,
            beside={
                "mix_share": "true",
                "evidence": "caution like '%mostly_mix%'",
                "evidence_zh": "caution like '%mostly_mix%'",
            },
        ),
    },
)  # fmt: skip

CUSTOMERS = Family(
    counted="marts.customer_product_coverage",
    counts="""
        select
            coalesce(tier_code, '') as tier,
            '' as value,
            case when grouping(segment_code) = 1 then '' else coalesce(segment_code, 'none') end
                as segment,
            count(*) as member,
            0 as specialised,
            count(*) as customer_count
        from {counted}
        group by grouping sets ((tier_code, segment_code), (tier_code), (segment_code), ())
        order by all""",
    marts={
        "product_holding_rate": CellMart(keys=("segment_code", "tier_code"), cell=tier_cell),
    },
)
FAMILIES = (LOANS, CUSTOMERS)
MARTS = {name: mart for family in FAMILIES for name, mart in family.marts.items()}

# Marts whose rows count customers or loans and are no cells: a row of one customer is that
# customer's row, or counts rows that readers have anyway.
NOT_CELLS = {
    "kohonen_unit": "customers of a unit; readers have each customer's figures",
    "segmentation_candidate_segment": "customers of a segment; readers have each one's figures",
    "two_step_profile": "customers of a profile; readers have each customer's figures",
    "customer_segment_profile": "segments of customers; readers have each customer's segment",
    "customer_segment_rule": "customers of a rule; readers have what the rule asks for",
    "definition_sensitivity": "moves between tiers; readers have each customer's tier",
    "group_contribution": "a group under its pseudonym, often of one customer",
    "group_profitability": "a group under its pseudonym, often of one customer",
    "relationship_manager_contribution": "a manager's customers, under a pseudonym",
    "segment_validity": "measures of a whole dimension, which the copy rounds",
    "tier_migration": "moves between tiers; readers have each customer's tiers by month",
    "tier_summary": "customers of a tier; readers have each customer's tier",
}


def withheld_rows(connection: duckdb.DuckDBPyConnection, warehouse: str) -> dict[str, Withheld]:
    """The keys of the rows to withhold, by mart; marts that were not built are left out."""
    tables = {
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = ?",
            [warehouse],
        ).fetchall()
    }
    withheld = {}
    for family in FAMILIES:
        marts = {}
        for name, mart in family.marts.items():
            if {f"marts.{name}", family.counted} <= tables:
                rows = connection.execute(
                    f"select {', '.join(mart.keys)} from {warehouse}.marts.{name} order by all"
                ).fetchall()
                marts[name] = [dict(zip(mart.keys, row, strict=True)) for row in rows]
        if marts:
            counted = connection.execute(
                family.counts.format(counted=f"{warehouse}.{family.counted}")
            ).fetchall()
            withheld |= withheld_of_family(family, marts, counted)
    return withheld


def withheld_of_family(
    family: Family, marts: dict[str, list[Row]], counted: list[tuple]
) -> dict[str, Withheld]:
    """The same for marts that count the same members."""
    measures, customers = {}, {}
    for *cell, member, specialised, customer_count in counted:
        measures["member", tuple(cell)] = member
        measures["specialised", tuple(cell)] = specialised
        customers[tuple(cell)] = customer_count
    hidden = Puzzle(family, marts, measures, customers).hide()
    broken = {(tier, value) for tier, value, _ in hidden}
    found = {}
    for name, rows in marts.items():
        mart = family.marts[name]
        is_withheld = [
            mart.cell(row)[:2] in broken if mart.sums_up else mart.cell(row) in hidden
            for row in rows
        ]
        keys = [tuple(row.values()) for row in rows]
        found[name] = Withheld(
            [key for key, gone in zip(keys, is_withheld, strict=True) if gone],
            [
                tuple(row.values())
                for row in rows
                if mart.population is not None and mart.population(row)[:2] in broken
            ],
        )
    return found


class Puzzle:
    """What a reader could work out from the rows that are left, and which more to withhold."""

    def __init__(
        self,
        family: Family,
        marts: dict[str, list[Row]],
        measures: dict[Variable, int],
        customers: dict[Cell, int],
    ):
        self.measures = measures
        self.customers = defaultdict(int, customers)
        # What publishing a cell's rows gives away, and which cells give a count away.
        self.given: dict[Cell, set[Variable]] = defaultdict(set)
        for name, rows in marts.items():
            mart = family.marts[name]
            for row in [] if mart.sums_up else rows:
                cell = mart.cell(row)
                self.given[cell] |= {(measure, cell) for measure in mart.measures}
                told = mart.totals(row)
                if self.count(("member", cell)):
                    told += mart.shared(row)
                self.given[cell] |= {("member", total) for total in told}
        self.givers: dict[Variable, set[Cell]] = defaultdict(set)
        for cell, variables in self.given.items():
            for variable in variables:
                self.givers[variable].add(cell)
        self.together: dict[Cell, set[Cell]] = {}
        self.equations = list(self.known_sums())
        self.places: dict[Variable, list[int]] = defaultdict(list)
        for place, equation in enumerate(self.equations):
            for variable in equation:
                self.places[variable].append(place)
        self.small = {
            variable
            for variable in self.places
            if variable in self.givers or variable[0] == "rest"
            if self.is_small(self.customers_of(variable))
        }
        # No secret: what would be known of a bank that publishes nothing.
        self.common_knowledge = self.fixed(set(self.places))

    def count(self, variable: Variable) -> int:
        """The true count."""
        kind, cell = variable
        if kind == "plain":
            return self.count(("member", cell)) - self.count(("specialised", cell))
        if kind == "rest":
            return self.count(("member", ("", *cell[1:]))) - self.count(("member", cell))
        return self.measures.get(variable, 0)

    def customers_of(self, variable: Variable) -> int:
        """How many customers a count speaks of."""
        kind, cell = variable
        own = self.customers[cell]
        return self.customers["", cell[1], cell[2]] - own if kind == "rest" else own

    def known_sums(self) -> Iterable[Equation]:
        """Everything a reader knows to add up: each equation's sum is nought."""
        segments = sorted({segment for _, _, segment in self.given if segment})
        tiers = sorted({tier for tier, value, _ in self.given if tier and not value})
        values = sorted({value for _, value, _ in self.given if value and ":" in value})
        values = [value for value in values if not value.startswith("tier:")]
        # Tiers whose values are shown: of the others only the tier as a whole is.
        shown = sorted({tier for tier, value, _ in self.given if tier and value in values})
        dimensions: dict[str, list[str]] = defaultdict(list)
        for value in values:
            dimensions[value.split(":")[0]].append(value)
        products = dimensions.get("product", [])
        # A product is specialised or not, whoever has it.
        chosen = [value for value in products if self.count(("specialised", ("", value, "")))]
        plain = [value for value in products if value not in chosen]
        for tier in ["", *tiers]:
            for value in ["", *(values if tier in ("", *shown) else [])]:
                parts = [(tier, value, segment) for segment in segments]
                yield total_of("member", parts, (tier, value, ""))
                if value not in products:
                    yield total_of("specialised", parts, (tier, value, ""))
        for kind, cell in sorted({one for ones in self.given.values() for one in ones}):
            if kind == "specialised" and cell[1] not in products:
                yield {("member", cell): 1, ("specialised", cell): -1, ("plain", cell): -1}
        for segment in [*segments, ""]:
            yield total_of("member", [(tier, "", segment) for tier in tiers], ("", "", segment))
            yield total_of("specialised", [(t, "", segment) for t in tiers], ("", "", segment))
            for tier in ["", *shown]:
                total = (tier, "", segment)
                for group in dimensions.values():
                    parts = [(tier, value, segment) for value in group]
                    yield total_of("member", parts, total)
                    if group is not products:
                        yield total_of("specialised", parts, total)
                if products:
                    members = {("member", (tier, value, segment)): 1 for value in chosen}
                    others = {("member", (tier, value, segment)): 1 for value in plain}
                    yield {**members, ("specialised", total): -1}
                    yield {**others, ("specialised", total): 1, ("member", total): -1}
            if shown not in ([], ["core"]):
                for value in values:
                    parts = [(tier, value, segment) for tier in tiers]
                    yield total_of("member", parts, ("", value, segment))
            for tier in shown:
                for value in values:
                    # The rest of a value: what is left when a tier is taken away.
                    cell = (tier, value, segment)
                    whole = ("member", ("", value, segment))
                    yield {("rest", cell): 1, ("member", cell): 1, whole: -1}

    def hide(self) -> set[Cell]:
        """The cells to withhold."""
        hidden: set[Cell] = set()
        for (_, cell), givers in self.givers.items():
            if self.is_small(self.customers[cell]):
                hidden |= set().union(*map(self.withheld_with, givers))
        while True:
            open_counts = self.open_counts(hidden)
            fixed = self.fixed(open_counts)
            exposed = sorted(fixed & self.secrets(hidden))
            if not exposed:
                return self.give_back(hidden)
            open_counts -= fixed.difference(exposed)
            before = len(hidden)
            for variable in exposed:
                self.protect(variable, hidden, open_counts)
            if len(hidden) == before:
                self.protect_at_last(exposed, hidden, open_counts)

    def is_small(self, customers: int) -> bool:
        """One to four."""
        return 0 < customers < SMALLEST_CELL

    def give_back(self, hidden: set[Cell]) -> set[Cell]:
        """Rows of many customers that need not have been withheld after all."""
        many = [cell for cell in hidden if not self.is_small(self.customers[cell])]
        for cell in sorted(many, key=lambda cell: (-self.customers[cell], cell)):
            fewer = hidden - {cell}
            open_counts = self.open_counts(fewer)
            secrets = self.secrets(fewer)
            if secrets <= open_counts and not secrets & self.fixed(open_counts):
                hidden = fewer
        return hidden

    def open_counts(self, hidden: set[Cell]) -> set[Variable]:
        """The counts that no row gives away."""
        return {v for v in self.places if self.givers.get(v, set()) <= hidden}

    def fixed(self, open_counts: set[Variable]) -> set[Variable]:
        """The open counts that a reader can work out, knowing also that none is below nought."""
        noughts = {variable for variable in open_counts if not self.count(variable)}
        stuck = stuck_at_nought(self.equations, open_counts, noughts)
        return stuck | fixed_by(self.equations, open_counts - stuck)

    def secrets(self, hidden: set[Cell]) -> set[Variable]:
        """What no reader may work out: counts of the withheld rows, and all small ones."""
        secrets = {one for cell in hidden for one in self.own(cell) if one in self.places}
        return (secrets | self.small) - self.common_knowledge

    def own(self, cell: Cell) -> set[Variable]:
        """The counts that a cell's rows are about."""
        return {variable for variable in self.given[cell] if variable[1] == cell}

    def withheld_with(self, cell: Cell) -> set[Cell]:
        """A cell, and every other whose rows give its counts away."""
        if cell not in self.together:
            found, left = set(), {cell}
            while left:
                found |= left
                variables = {variable for one in left for variable in self.own(one)}
                left = {giver for variable in variables for giver in self.givers[variable]} - found
            self.together[cell] = found
        return self.together[cell]

    def withheld_for(self, variable: Variable, hidden: set[Cell]) -> set[Cell]:
        """What more to withhold so that a count is open."""
        givers = self.givers.get(variable, set())
        return set().union(*map(self.withheld_with, givers)) - hidden

    def protect(self, secret: Variable, hidden: set[Cell], open_counts: set[Variable]) -> None:
        """Leave a second count open in every sum that would give the secret away."""
        for place in self.places[secret]:
            equation = self.equations[place]
            is_about_rest = any(kind == "rest" for kind, _ in equation)
            if is_about_rest != (secret[0] == "rest"):
                continue
            if any(other != secret and other in open_counts for other in equation):
                continue
            self.open_one(self.choices(secret, place, hidden), hidden, open_counts)

    def protect_at_last(
        self, exposed: list[Variable], hidden: set[Cell], open_counts: set[Variable]
    ) -> None:
        """Every sum has a second open count, and together they still give a secret away."""
        choices: dict[tuple[str, str], list[tuple[Variable, int]]] = defaultdict(list)
        for secret in exposed:
            _, (tier, value, _) = secret
            for place in self.places[secret]:
                choices[tier, value.split(":")[0]] += self.choices(secret, place, hidden)
        for own in choices.values():
            self.open_one(own, hidden, open_counts)
        if not any(choices.values()):
            hidden |= set(self.given)

    def open_one(
        self,
        choices: list[tuple[Variable, int]],
        hidden: set[Cell],
        open_counts: set[Variable],
    ) -> None:
        """Withhold what costs least."""
        if not choices:
            return
        best, _ = min(choices, key=lambda choice: self.loss(*choice, hidden, open_counts))
        hidden |= self.withheld_for(best, hidden)
        open_counts |= {v for v in self.places if self.givers.get(v) and self.givers[v] <= hidden}

    def choices(
        self, secret: Variable, place: int, hidden: set[Cell]
    ) -> list[tuple[Variable, int]]:
        """Known counts of a sum that could be left open instead.

        Nought hides something only where its line has more than nought.
        """
        return [
            (other, place)
            for other in self.equations[place]
            if other != secret
            and self.withheld_for(other, hidden)
            and (self.count(other) or self.count(("member", (*other[1][:2], ""))))
        ]

    def loss(
        self, choice: Variable, place: int, hidden: set[Cell], open_counts: set[Variable]
    ) -> tuple:
        """What readers lose: rows, those that will have to follow included, and customers."""
        cells = self.withheld_for(choice, hidden)
        follow = 0
        for other_place in self.places[choice]:
            equation = self.equations[other_place]
            if other_place == place or any(kind == "rest" for kind, _ in equation):
                continue
            if any(other != choice and other in open_counts for other in equation):
                continue
            follow += min(
                (
                    self.rows(self.withheld_for(other, hidden))
                    for other, _ in self.choices(choice, other_place, hidden)
                ),
                default=len(self.given),
            )
        idle = 0 if self.count(choice) else 2
        return self.rows(cells) + follow + idle, sum(self.customers[cell] for cell in cells), choice

    def rows(self, cells: set[Cell]) -> int:
        """How much is withheld with some cells; a nought is the last to choose."""
        return len(cells)


def total_of(measure: str, parts: list[Cell], total: Cell) -> Equation:
    """Parts add up to their total."""
    return {**{(measure, part): 1 for part in parts}, (measure, total): -1}


def stuck_at_nought(
    equations: list[Equation], open_counts: set[Variable], noughts: set[Variable]
) -> set[Variable]:
    """The noughts that could be nothing else: no change of the open counts that keeps every sum
    raises them without pushing another nought below.

    One linear programme: changes that keep the sums, as many noughts raised as can be.
    """
    if not noughts:
        return set()
    ordered = [*sorted(noughts), *sorted(open_counts - noughts)]
    column = {variable: place for place, variable in enumerate(ordered)}
    entries = [
        (row, column[variable], factor)
        for row, equation in enumerate(equations)
        for variable, factor in equation.items()
        if variable in column
    ]
    rows, columns, factors = zip(*entries, strict=True)
    count = len(noughts)
    raised = scipy.sparse.eye_array(count, len(ordered))
    outcome = scipy.optimize.linprog(
        c=[0] * len(ordered) + [-1] * count,
        A_eq=scipy.sparse.hstack([
            scipy.sparse.csr_array((factors, (rows, columns)), (len(equations), len(ordered))),
            scipy.sparse.csr_array((len(equations), count)),
        ]),
        b_eq=[0] * len(equations),
        A_ub=scipy.sparse.hstack([-raised, scipy.sparse.eye_array(count)]),
        b_ub=[0] * count,
        bounds=[(0, None)] * count + [(None, None)] * (len(ordered) - count) + [(0, 1)] * count,
    )  # fmt: skip
    is_raised = outcome.x[len(ordered) :] > 0.5
    return {variable for variable, moved in zip(ordered, is_raised, strict=False) if not moved}


def fixed_by(equations: list[Equation], open_counts: set[Variable]) -> set[Variable]:
    """The open counts that the equations fix: Gauss-Jordan elimination, exact and sparse."""
    solved: dict[Variable, Equation] = {}
    users: dict[Variable, set[Variable]] = defaultdict(set)
    left = [
        {variable: factor for variable, factor in equation.items() if variable in open_counts}
        for equation in equations
    ]
    for equation in sorted(left, key=len):
        row = dict(equation)
        for variable in equation:
            if variable in solved:
                add(row, solved[variable], -row[variable])
        if not row:
            continue
        # Of the counts left over, the one that fewest solutions mention.
        lead = min(row, key=lambda variable: (len(users[variable]), variable))
        scale = pow(row[lead], -1, PRIME)
        row = {variable: factor * scale % PRIME for variable, factor in row.items()}
        for user in list(users[lead]):
            target = solved[user]
            before = set(target)
            add(target, row, -target[lead])
            for variable in before - set(target):
                users[variable].discard(user)
            for variable in set(target) - before:
                users[variable].add(user)
        solved[lead] = row
        for variable in row:
            if variable != lead:
                users[variable].add(lead)
    return {variable for variable, row in solved.items() if len(row) == 1}


def add(row: Equation, other: Equation, factor: int) -> None:
    """Add a multiple of another equation in place; what cancels out goes."""
    for variable, own in other.items():
        value = (row.get(variable, 0) + factor * own) % PRIME
        if value:
            row[variable] = value
        else:
            row.pop(variable, None)
