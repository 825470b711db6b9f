"""Measure the segmentation of ten million loans beside scikit-learn and MiniSom, in one run.

Every figure of speed is a ratio of two times of this run. The loans are synthetic (generate.py).
"""

import argparse
import csv
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks.measuring import (
    GIGABYTE,
    REST,
    ROOT,
    Cost,
    aim_table,
    at_least,
    at_most,
    deliver,
    ensure_bank,
    fresh,
    load_line,
    measure,
    measure_build,
    say,
    under,
)

HERE = Path(__file__).resolve().parent
POLICY = ROOT / "seeds" / "policy"
CANDIDATES = "segmentation_candidate_policy.csv"
SELECT = (
    "resource_type:seed",
    "path:models/intermediate/segmentation",
    "path:models/intermediate/registry",
    "path:models/marts/segmentation",
    "path:python_models/segmentation",
    "+int_segmentation__loan_feature",
)
# Customers are not segmented here, so what they are measured by stays without rows.
ABSENT = ("+customer_contribution", "+int_contract__year_to_date")
# What is known of a loan: term, amount, rate by every reading. The peers get it scaled.
FEATURES = ("int_loan__feature", "int_segmentation__loan_feature")
FOLDING = (
    "int_segmentation__cell",
    "int_segmentation__extreme_value",
    "int_segmentation__feature_range",
    "int_segmentation__scaled_member",
    "int_segmentation__scaling",
    "int_segmentation__training_loss",
    "int_segmentation__training_point",
    "int_segmentation__variation",
)
# The champion learned again and again: only a stable segment has a name, so loan_segment waits.
REPEATED = (
    "int_segmentation__micro_cluster",
    "int_segmentation__segment_stability",
    "segment_stability_run",
)
# What tells about the champion's segments when they are there: rules, drift, quartiles.
EXPLANATION = (
    "drift", "kohonen_unit", "monthly_share", "profile_feature", "rate_basis", "reference_share",
    "registry_", "rule", "segment_price", "segment_registry", "segment_stability",
    "silhouette_bin", "tree", "two_step_profile",
)  # fmt: skip
BEFORE = ("door", "customers, contracts, rates", "features")
SEGMENTATION = ("folding", "training", "scoring and choice")
# What the engine may keep in memory; the rest of the process comes on top.
MEMORY = "3300MB"
# Cycles of the Kohonen recipe, which the project's maps go through over the training points.
RECIPE_CYCLES = 170
# Beyond this the centres are not where Lloyd's rounds over all loans end.
TOLERANCE = 0.001


def part_of(path: str) -> str | None:
    """Which part of a build a model is."""
    if not path.startswith(("models/", "python_models/")):
        return None
    model = Path(path).stem
    if model in FEATURES:
        return "features"
    if model in FOLDING:
        return "folding"
    if model == "segment_prototype":
        return "training"
    if model in REPEATED:
        return "repeated trainings"
    if "segmentation" not in path and "registry" not in path:
        return "customers, contracts, rates"
    return "explanation" if any(word in model for word in EXPLANATION) else "scoring and choice"


def write_policy(folder: Path) -> list[dict]:
    """The shipped policy with its active candidates of loans only; returns the candidates."""
    for path in POLICY.glob("*.csv"):
        shutil.copy2(path, folder)
    with (POLICY / CANDIDATES).open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["grain_code"] == "loan" and row["is_active"] == "true"
        ]
    with (folder / CANDIDATES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return rows


def measure_project(data: Path, bank: dict, policy: Path) -> Cost:
    """Seeds, door and segmentation of the project, as dbt runs them, from nothing."""
    fresh(data / "work")
    return measure_build(
        data / "extracts", database_of(data), bank["as_of_date"], SELECT, part_of, policy, ABSENT,
        MEMORY,
    )  # fmt: skip


def database_of(data: Path) -> Path:
    """The working file of a bank's build."""
    return data / "work" / "project.duckdb"


def query(data: Path, sql: str) -> list[tuple]:
    """Rows of a bank's working file."""
    with duckdb.connect(str(database_of(data)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def export_space(data: Path) -> Path:
    """The scaled space of all loans as a file the peers read."""
    path = data / "work" / "space.parquet"
    query(
        data,
        "copy (select scaled_1, scaled_2, scaled_3"
        f" from intermediate.int_segmentation__scaled_member) to '{path}' (format parquet)",
    )
    return path


def measure_peer(name: str, space: Path, *arguments) -> tuple[Cost, dict]:
    """One peer's cost, from its start to its written answer, and the answer."""
    out = space.with_name(f"{name}.json")
    cost = measure([sys.executable, HERE / "peers" / f"{name}.py", space, out, *arguments])
    return cost, json.loads(out.read_text(encoding="utf-8"))


def extrapolated(cost: Cost, seconds: dict, steps: int, loans: int) -> Cost:
    """A peer that took some of the steps, as if it had gone once through all loans."""
    more = sum(seconds.values()) * (loans - steps)
    return Cost(cost.wall + more, cost.cpu + more, cost.memory)


def ask(script: str, *arguments) -> dict:
    """What inertia.py or full_fit.py says of the project's k-means candidates."""
    answer = subprocess.run(
        [sys.executable, HERE / script, *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if answer.returncode:
        sys.exit(answer.stderr)
    return json.loads(answer.stdout.splitlines()[-1])


def run(options: argparse.Namespace) -> tuple[str, bool]:
    """The whole benchmark: its report, and whether the centres hold over all loans."""
    loans, few = options.loans, options.loans // 10
    generator = [sys.executable, "-m", "benchmarks.segmentation.generate"]
    large, small = options.data / "all", options.data / "tenth"
    bank = ensure_bank(large, {"loans": loans, "seed": options.seed}, generator)
    ensure_bank(small, {"loans": few, "seed": options.seed}, generator)
    policy = fresh(options.data / "policy")
    candidates = write_policy(policy)
    kmeans = [
        row for row in candidates
        if row["algorithm_code"] == "kmeans" and row["scaling_code"] == "min_max"
    ]  # fmt: skip
    maps = [
        f"{row['grid_rows']}x{row['grid_columns']}"
        for row in candidates
        if row["algorithm_code"] == "kohonen"
    ]

    say(f"the project, {few:,} loans")
    costs = {"tenth": measure_project(small, bank, policy)}
    say(f"the project, {loans:,} loans")
    costs["project"] = measure_project(large, bank, policy)
    space = export_space(large)
    say("scikit-learn")
    counts = sorted({row["cluster_count"] for row in kmeans})
    costs["scikit-learn"], fits = measure_peer("scikit_learn", space, *counts)
    steps = min(options.steps, loans)
    say(f"MiniSom, {steps:,} of the loans")
    cost, seconds = measure_peer("minisom_online", space, steps, *maps)
    costs["MiniSom"] = extrapolated(cost, seconds, steps, loans)
    say("inertia over all loans")
    codes = [row["candidate_code"] for row in kmeans]
    inertia = ask("inertia.py", database_of(large), space, *codes)
    say(f"the contract's k-means on all {few:,} loans")
    full_fits = ask("full_fit.py", database_of(small), *codes)
    points = {
        name: query(
            data,
            "select member_count, point_count, resolution, lost_variance_share"
            " from intermediate.int_segmentation__training_loss",
        )[0]
        for name, data in (("tenth", small), ("project", large))
    }
    champions = {
        code for (code,) in query(
            small, "select candidate_code from marts.segmentation_candidate where is_champion"
        )
    }  # fmt: skip
    holds = all(
        abs(found["project"] / found["continued"] - 1) <= TOLERANCE for found in inertia.values()
    ) and all(
        abs(found["project"]["inertia"] / found["full"]["inertia"] - 1) <= TOLERANCE
        for code, found in full_fits.items()
        if code in champions
    )
    costs["MiniSom, the recipe's cycles"] = extrapolated(
        cost, seconds, steps, loans * RECIPE_CYCLES
    )
    text = report(bank, costs, fits, inertia, full_fits, points, steps, len(candidates))
    return text, holds


def full_fit_table(full_fits: dict, loans: int) -> list[str]:
    """Markdown lines: the project's centres, learned from cells, beside fits of all loans."""
    lines = [
        f"| inertia and silhouette over {loans:,} loans | the project's centres, from cells"
        " | the same rule on all loans | difference, percent | same solution |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for code, found in full_fits.items():
        project, full = (
            f"{found[name]['inertia']:.4f}, {found[name]['silhouette']:.6f}"
            for name in ("project", "full")
        )
        beyond = found["project"]["inertia"] / found["full"]["inertia"] - 1
        is_same = "yes" if abs(beyond) <= TOLERANCE else "no"
        lines.append(f"| {code} | {project} | {full} | {100 * beyond:.6f} | {is_same} |")
    return [
        *lines,
        "",
        "Where it says no, the ten starts, drawn from cells there and from loans here, found other"
        " solutions to choose from.",
    ]


def report(bank, costs, fits, inertia, full_fits, points, steps, candidate_count) -> str:
    """The tables as Markdown."""
    project, tenth = costs["project"], costs["tenth"]
    segmentation = sum(project.parts[part] for part in SEGMENTATION)
    peers = costs["scikit-learn"].wall + costs["MiniSom"].wall
    worst = max(abs(found["project"] / found["continued"] - 1) for found in inertia.values())
    aims = [
        ("peers / segmentation", peers / segmentation, *at_least(20)),
        (
            "peers / segmentation and repeated trainings",
            peers / (segmentation + project.parts["repeated trainings"]),
            *at_least(20),
        ),
        (
            "peers / segmentation, repeated trainings and explanation",
            peers
            / (segmentation + project.parts["repeated trainings"] + project.parts["explanation"]),
            *at_least(20),
        ),
        ("peers / all of dbt build", peers / project.wall, *at_least(20)),
        (
            "k-means centres, inertia over all loans beyond where scikit-learn takes them, percent",
            100 * worst,
            *at_most(100 * TOLERANCE),
        ),
        ("project's peak memory, GB", project.memory / GIGABYTE, *under(4)),
        (
            "training, all loans / a tenth of them",
            project.parts["training"] / tenth.parts["training"],
            *at_most(1.2),
        ),
    ]
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("duckdb", "scikit-learn", "minisom")
    )
    lines = [
        f"Synthetic bank of {bank['loans']:,} loans, {candidate_count} candidates;"
        f" {os.cpu_count()} processors; BANKMART_MEMORY={MEMORY}; {versions}; {load_line()}",
        "",
        *aim_table(aims),
        "",
        "The project's segmentation (folding, training, scoring and choice) = 1.00.",
        "",
        "| | clock | processor | peak memory, GB |",
        "| --- | ---: | ---: | ---: |",
    ]

    def row(name: str, cost: Cost) -> str:
        return (
            f"| {name} | {cost.wall / segmentation:.2f} | {cost.cpu / segmentation:.2f}"
            f" | {cost.memory / GIGABYTE:.1f} |"
        )

    lines.append(row("project, all of dbt build", project))
    lines += [
        f"| … of it {part} | {project.parts[part] / segmentation:.2f} | | |"
        for part in (*BEFORE, *SEGMENTATION, "repeated trainings", "explanation", REST)
    ]
    lines.append(row("scikit-learn, ten starts for each number of clusters", costs["scikit-learn"]))
    lines += [
        f"| … of it {count} clusters | {fit['seconds'] / segmentation:.2f} | | |"
        for count, fit in fits.items()
    ]
    lines.append(
        row(f"MiniSom, once through all loans (extrapolated from {steps:,})", costs["MiniSom"])
    )
    recipe = costs["MiniSom, the recipe's cycles"]
    lines += [
        row(f"MiniSom, {RECIPE_CYCLES} times, as the recipe has it (extrapolated)", recipe),
        row("project on a tenth of the loans, all of dbt build", tenth),
    ]
    lines += [
        f"| … of it {part} | {tenth.parts[part] / segmentation:.2f} | | |" for part in SEGMENTATION
    ]

    lines += [
        "",
        "| folding | loans | training points | cells a side | variance inside the points |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, label in (("project", "all loans"), ("tenth", "a tenth")):
        count, point_count, resolution, lost = points[name]
        lines.append(
            f"| {label} | {count:,} | {point_count:,} | {resolution or 'exact'} | {lost:.4%} |"
        )

    lines += [
        "",
        "| inertia over all loans | the project's centres | scikit-learn from them"
        " | scikit-learn's best of ten | same solution |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for code, found in inertia.items():
        best = fits[str(found["cluster_count"])]["inertia"]
        is_same = abs(found["continued"] / best - 1) <= TOLERANCE
        lines.append(
            f"| {code} | {found['project']:.4f} | {found['continued']:.4f} | {best:.4f}"
            f" | {'yes' if is_same else 'no'} |"
        )
    lines += [
        "",
        "Where it says no, the project chose another solution: of its ten starts it takes the one"
        " of highest silhouette, not of lowest inertia.",
        "",
        *full_fit_table(full_fits, points["tenth"][0]),
    ]

    lines += ["", "| project's slowest nodes | clock |", "| --- | ---: |"]
    slowest = sorted(project.nodes.items(), key=lambda item: -item[1])[:12]
    lines += [f"| {name} | {taken / segmentation:.2f} |" for name, taken in slowest]
    return "\n".join(lines) + "\n"


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=ROOT / "target" / "benchmark-segmentation", metavar="DIR",
        help="folder of the banks and of the work (default: target/benchmark-segmentation)",
    )  # fmt: skip
    parser.add_argument(
        "--loans", type=int, default=10_000_000, metavar="N", help="loans (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=2015, metavar="S", help="random seed (default: %(default)s)"
    )
    parser.add_argument(
        "--steps", type=int, default=300_000, metavar="N",
        help="loans each of MiniSom's maps is timed on (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the tables here too")
    parsed = parser.parse_args()
    parsed.data = parsed.data.resolve()
    if parsed.loans < 100_000:
        parser.error("--loans must be at least 100000")
    return parsed


def main() -> None:
    """Run, report, and fail if the centres do not hold over all loans."""
    options = arguments()
    text, holds = run(options)
    deliver(text, options.report)
    if not holds:
        sys.exit("the k-means centres do not hold over all loans")


if __name__ == "__main__":
    main()
