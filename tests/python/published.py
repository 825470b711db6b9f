"""What a reader of the published copy could find out: raw keys, names, and withheld counts."""

from __future__ import annotations

import pathlib
import re
from collections import defaultdict

import duckdb
import numpy as np
import scipy.optimize
import scipy.sparse

import publish

PSEUDONYM = re.compile(r"[a-p]{20}")
# Where the keys and names of a bank stand in its extracts, rejected rows included.
KEYS = {
    "crm__customer": ("customer_id", "group_id"),
    "core_banking__deposit_account": ("account_id", "customer_id"),
    "loan_servicing__loan_contract": ("loan_id", "customer_id"),
}
NAMES = {"crm__customer": ("customer_name", "id_number")}


def text_cells(published: pathlib.Path) -> dict[str, set[str]]:
    """Every distinct text of the copy, by schema.table.column."""
    with duckdb.connect(str(published), read_only=True) as copy:
        places = copy.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where data_type = 'VARCHAR' and table_schema in ('marts', 'quality')"
        ).fetchall()
        return {
            f"{schema}.{table}.{column}": {
                text
                for (text,) in copy.execute(
                    f'select distinct "{column}" from {schema}.{table} where "{column}" is not null'
                ).fetchall()
            }
            for schema, table, column in places
        }


def raw_texts(working: pathlib.Path, places: dict[str, tuple[str, ...]]) -> set[str]:
    """Keys or names as the extracts have them."""
    with duckdb.connect(str(working), read_only=True) as warehouse:
        return {
            text
            for table, columns in places.items()
            for column in columns
            for (text,) in warehouse.execute(
                f"select distinct {column} from staging.base_{table} where {column} is not null"
            ).fetchall()
        }


def leaks(cells: dict[str, set[str]], keys: set[str], names: set[str]) -> list[str]:
    """Texts that are a raw key or have one as a word, and names that are anywhere in a text."""
    found, raw = [], keys | names
    for place, texts in cells.items():
        for text in texts:
            words = {text, *re.findall(r"[\w.-]*\w", text), *re.findall(r"[A-Za-z0-9_-]+", text)}
            found += [f"{place}: {text}"] if words & raw else []
    sentences = "\n".join(
        text for texts in cells.values() for text in texts if not PSEUDONYM.fullmatch(text)
    )
    return found + [name for name in names if name in sentences]


def faults(working: pathlib.Path, published: pathlib.Path) -> list[str]:
    """Publishes a bank, and what is wrong with its copy: keys, names, withheld counts."""
    publish.publish(working, published, "a key of the tests")
    keys, names = raw_texts(working, KEYS), raw_texts(working, NAMES)
    return leaks(text_cells(published), keys, names) + [
        str(one) for one in Attack(published, working).recomputed()
    ]


class Attack:
    """A reader who sets up all the sums there are and solves for what is not published."""

    def __init__(self, published: pathlib.Path, working: pathlib.Path):
        self.known: dict[tuple, int] = {}
        self.public: dict[tuple, int] = {}
        self.truth: dict[tuple, int] = {}
        self.withheld: set[tuple] = set()
        self.sums: list[dict[tuple, int]] = []
        with (
            duckdb.connect(str(published), read_only=True) as copy,
            duckdb.connect(str(working), read_only=True) as warehouse,
        ):
            self.read(copy, warehouse)
        self.set_up()
        for equation in self.sums:
            assert sum(sign * self.truth[one] for one, sign in equation.items()) == 0

    def read(self, copy, warehouse) -> None:
        """Composition and coverage: what is there, what is withheld, and what is true."""
        query = """
            select population_code, dimension_code, dimension_value, segment_code,
                loan_count, value_loan_count, segment_loan_count
            from marts.segment_composition order by all"""
        for source, target in ((warehouse, self.truth), (copy, self.known)):
            for *place, loans, of_value, of_segment in source.execute(query).fetchall():
                for one, count in (
                    (("cell", *place), loans),
                    (("value", *place[:3]), of_value),
                    (("segment", place[0], place[3]), of_segment),
                ):
                    if count is not None:
                        assert target.setdefault(one, count) == count
        query = """select population_code, segment_code, loan_count, specialised_loan_count
            from marts.product_coverage order by all"""
        for source, target in ((warehouse, self.truth), (copy, self.known)):
            for *place, loans, specialised in source.execute(query).fetchall():
                if loans is not None:
                    target["loans", *place] = loans
                    target["special", *place] = specialised
        self.cells = [one[1:] for one in self.truth if one[0] == "cell"]
        self.populations = sorted({one[1] for one in self.truth if one[0] == "loans"})
        self.segments = sorted({cell[3] for cell in self.cells})
        self.withheld = {
            one for one in self.truth
            if one not in self.known and one[0] in ("cell", "loans", "special")
        }  # fmt: skip

    def set_up(self) -> None:
        """Everything that adds up."""
        values = defaultdict(set)
        for _, dimension, value, _ in self.cells:
            values[dimension].add(value)
        everywhere = [*self.segments, "total"]
        name = {
            (dimension, value): value if dimension == "tier" else f"{dimension}:{value}"
            for dimension in values
            for value in values[dimension]
        }
        for population in ("all", "core") if values else ():
            for dimension, own in values.items():
                for value in own:
                    self.adds_up(
                        [("cell", population, dimension, value, s) for s in self.segments],
                        ("value", population, dimension, value),
                    )
                for s in self.segments:
                    self.adds_up(
                        [("cell", population, dimension, value, s) for value in own],
                        ("segment", population, s),
                    )
            for s in self.segments:
                self.adds_up([("loans", population, s)], ("segment", population, s))
        for kind in ("loans", "special"):
            for population in self.populations:
                self.adds_up(
                    [(kind, population, s) for s in self.segments], (kind, population, "total")
                )
            for s in everywhere:
                for dimension, own in values.items():
                    parts = [name[dimension, value] for value in own]
                    self.adds_up([(kind, part, s) for part in parts], (kind, "all", s))
        for (dimension, value), population in name.items():
            for s in self.segments:
                cell = ("cell", "all", dimension, value, s)
                core = ("cell", "core", dimension, value, s)
                self.adds_up([cell], ("loans", population, s))
                self.split(cell, core, ("others", dimension, value, s))
            self.adds_up([("value", "all", dimension, value)], ("loans", population, "total"))
        if "core" in values["tier"]:
            for s in self.segments:
                self.adds_up([("cell", "core", "tier", "core", s)], ("loans", "core", s))
        for population in self.populations:
            for s in everywhere:
                self.split(
                    ("loans", population, s), ("special", population, s), ("plain", population, s)
                )
        # Which products are specialised is no secret, nor that core customers are of no other tier.
        special = {v for v in values["product"] if self.truth["special", f"product:{v}", "total"]}
        for value in values["product"]:
            for s in everywhere:
                one = ("special", f"product:{value}", s)
                if value in special:
                    self.adds_up([one], ("loans", f"product:{value}", s))
                else:
                    self.public[one] = 0
        for s in self.segments:
            self.adds_up(
                [("cell", "core", "product", value, s) for value in special], ("special", "core", s)
            )
            for tier in values["tier"] - {"core"}:
                self.public["cell", "core", "tier", tier, s] = 0

    def adds_up(self, parts: list[tuple], total: tuple) -> None:
        """The parts are the total."""
        self.sums.append({**dict.fromkeys(parts, 1), total: -1})

    def split(self, whole: tuple, part: tuple, rest: tuple) -> None:
        """What is left of the whole without the part is never below nought."""
        self.truth[rest] = self.truth[whole] - self.truth[part]
        self.sums.append({whole: 1, part: -1, rest: -1})

    def recomputed(self) -> list[tuple]:
        """Withheld counts that the copy gives back, beyond what is known of any bank."""
        found = self.fixed({**self.known, **self.public})
        return sorted(found - self.fixed(self.public), key=str) if found else []

    def fixed(self, known: dict[tuple, int]) -> set[tuple]:
        """Withheld counts with one solution only, where no count is below nought.

        Any linear programme gives a solution, so many are asked, and each count for its smallest
        and largest value where they agreed.
        """
        unknown = sorted(
            {one for equation in self.sums for one in equation if one not in known}, key=str
        )
        column = {one: place for place, one in enumerate(unknown)}
        matrix = scipy.sparse.lil_array((len(self.sums), len(unknown)))
        right = np.zeros(len(self.sums))
        for row, equation in enumerate(self.sums):
            for one, sign in equation.items():
                if one in column:
                    matrix[row, column[one]] += sign
                else:
                    right[row] -= sign * known[one]
        matrix = matrix.tocsr()
        low = high = np.array([float(self.truth[one]) for one in unknown])
        random = np.random.default_rng(20151231)

        def ask(wish: np.ndarray) -> None:
            nonlocal low, high
            answer = scipy.optimize.linprog(
                wish, A_eq=matrix, b_eq=right, bounds=(0, 1e7), method="highs"
            )
            assert answer.status == 0, answer.message
            low, high = np.minimum(low, answer.x), np.maximum(high, answer.x)

        places = {column[one]: one for one in self.withheld if one in column}
        for _ in range(12 if places else 0):
            ask(random.normal(size=len(unknown)))
        for place in places:
            for sign in (1, -1):
                if high[place] - low[place] < 0.999:
                    wish = np.zeros(len(unknown))
                    wish[place] = sign
                    ask(wish)
        agreed = {one for place, one in places.items() if high[place] - low[place] < 0.999}
        return agreed | {one for one in self.withheld if one in known}
