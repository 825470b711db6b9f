"""Measure the contribution build beside its peers, in one run, and check that all agree.

Every figure of speed is a ratio of two times of this run. The bank is synthetic (generate.py).
"""

import argparse
import importlib.metadata
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from benchmarks.measuring import (
    GIGABYTE,
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
MARTS = (
    "customer_contribution",
    "deposit_account_monthly_contribution",
    "loan_monthly_contribution",
)
PEERS = {
    "bare scan": "bare_scan.py",
    "hand-written DuckDB": "duckdb_sql.py",
    "polars": "polars_lazy.py",
    "pandas": "pandas_frames.py",
}


def measure_peer(name: str, bank: Path, as_of: str, out: Path) -> Cost:
    """One peer, from its start to its written results."""
    return measure([sys.executable, HERE / "peers" / PEERS[name], bank, as_of, fresh(out)])


def measure_project(bank: Path, as_of: str, database: Path) -> Cost:
    """Seeds, door and contribution chain of the project, as dbt runs them."""
    # The last of them takes the re-opened months in; without it the history stays behind.
    select = (*(f"+{mart}" for mart in MARTS), "+int_assessed__piece")
    return measure_build(bank, database, as_of, select, part_of)


def part_of(path: str) -> str | None:
    """All models beyond the door are the contribution."""
    return "contribution" if path.startswith("models/") else None


def compare(first: Path, second: Path) -> dict[str, int]:
    """Counts of rows compared and of rows that differ."""
    answer = subprocess.run(
        [sys.executable, HERE / "compare.py", first, second],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if answer.returncode:
        sys.exit(answer.stderr)
    return json.loads(answer.stdout)


def differing(counts: dict[str, int]) -> int:
    """All rows that differ."""
    return sum(count for name, count in counts.items() if name.endswith("_that_differ"))


def link_tree(source: Path, folder: Path) -> None:
    """Put a folder's files into another, over what is there, as hard links where possible."""
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        place = folder / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        try:
            os.link(path, place)
        except OSError:
            shutil.copy2(path, place)


def middle(costs: list[Cost]) -> Cost:
    """Median of each measure; of memory the highest."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.memory for cost in costs),
        {name: statistics.median(c.parts[name] for c in costs) for name in costs[0].parts},
        {name: statistics.median(c.nodes[name] for c in costs) for name in costs[0].nodes},
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The whole benchmark: its report and the number of differences."""
    wanted = {"rows": options.rows, "months": options.months, "seed": options.seed}
    bank = ensure_bank(options.data, wanted, [sys.executable, HERE / "generate.py"])
    work = options.data / "work"
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "bank"
    link_tree(options.data / "extracts", folder)
    peers = [name for name in PEERS if name not in options.without]
    as_of, next_as_of = bank["as_of_date"], bank["next_as_of_date"]

    say("warming the file cache")
    measure_peer("bare scan", folder, as_of, work / "warm-up")
    costs: dict[str, list[Cost]] = defaultdict(list)
    database = work / "project.duckdb"
    for number in range(1, options.repeat + 1):
        for name in peers:
            say(f"round {number}: {name}")
            costs[name].append(measure_peer(name, folder, as_of, work / name.replace(" ", "-")))
        say(f"round {number}: the project")
        database.unlink(missing_ok=True)
        costs["project"].append(measure_project(folder, as_of, database))

    say("comparing")
    agreements = {}
    for name in peers[1:]:
        agreements[f"project and {name}"] = compare(database, work / name.replace(" ", "-"))
        say(f"project and {name}: {agreements[f'project and {name}']}")

    say("one more month")
    link_tree(options.data / "next_month", folder)
    costs["one more month"].append(measure_project(folder, next_as_of, database))
    say("the same from nothing")
    rebuilt = work / "rebuilt.duckdb"
    costs["rebuild"].append(measure_project(folder, next_as_of, rebuilt))
    agreements["one more month and a rebuild"] = compare(database, rebuilt)
    say(f"one more month and a rebuild: {agreements['one more month and a rebuild']}")
    medians = {name: middle(runs) for name, runs in costs.items()}
    return report(options, bank, medians, agreements), sum(map(differing, agreements.values()))


def report(options, bank: dict, costs: dict[str, Cost], agreements: dict) -> str:
    """The tables as Markdown."""
    project, hand = costs["project"], costs["hand-written DuckDB"]
    contribution = project.parts["contribution"]
    month = costs["one more month"].parts["contribution"] / contribution
    aims = [("contribution / hand-written DuckDB", contribution / hand.wall, *at_most(1.15))]
    for name, least in (("polars", 2), ("pandas", 10)):
        if name in costs:
            aims.append(
                (f"{name} / contribution", costs[name].wall / contribution, *at_least(least))
            )
    aims += [
        ("contribution / bare scan", contribution / costs["bare scan"].wall, *at_most(10)),
        (f"one more month / all {bank['months']}, contribution only", month, *under(0.1)),
        ("project's peak memory, GB", project.memory / GIGABYTE, *under(4)),
    ]

    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("duckdb", "polars", "pandas")
    )
    lines = [
        f"Synthetic bank, {bank['balance_rows']:,} balance rows of {bank['months']} months;"
        f" {os.cpu_count()} processors; {versions}; median of {options.repeat}; {load_line()}",
        "",
        *aim_table(aims),
    ]
    lines += [
        "",
        "Hand-written DuckDB = 1.00. Processor time is steadier than the clock on a busy machine.",
        "",
        "| | clock | processor | peak memory, GB |",
        "| --- | ---: | ---: | ---: |",
    ]
    shown = {name: cost for name, cost in costs.items() if name in PEERS}
    shown["project, all of dbt build"] = project
    for name, cost in shown.items():
        lines.append(
            f"| {name} | {cost.wall / hand.wall:.2f} | {cost.cpu / hand.cpu:.2f}"
            f" | {cost.memory / GIGABYTE:.1f} |"
        )
    for part, seconds in project.parts.items():
        lines.append(f"| … of it {part} | {seconds / hand.wall:.2f} | | |")
    for name in ("one more month", "rebuild"):
        cost = costs[name]
        lines.append(
            f"| {name}: all of dbt build | {cost.wall / hand.wall:.2f} | {cost.cpu / hand.cpu:.2f}"
            f" | {cost.memory / GIGABYTE:.1f} |"
        )
        for part, seconds in cost.parts.items():
            lines.append(f"| … of it {part} | {seconds / hand.wall:.2f} | | |")

    lines += ["", "| project's slowest nodes | clock |", "| --- | ---: |"]
    slowest = sorted(project.nodes.items(), key=lambda item: -item[1])[:10]
    lines += [f"| {name} | {seconds / hand.wall:.2f} |" for name, seconds in slowest]

    lines += ["", "| compared to the last decimal | rows | differ |", "| --- | ---: | ---: |"]
    for pair, counts in agreements.items():
        for name in [name for name in counts if not name.endswith("_that_differ")]:
            lines.append(
                f"| {pair}: {name} | {counts[name]:,} | {counts[f'{name}_that_differ']:,} |"
            )
    return "\n".join(lines) + "\n"


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=ROOT / "target" / "benchmark", metavar="DIR",
        help="folder of the bank and of the work (default: target/benchmark)",
    )  # fmt: skip
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
    parser.add_argument(
        "--repeat", type=int, default=1, metavar="R",
        help="rounds, of which the median counts (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--without", action="append", default=[], choices=["polars", "pandas"],
        help="leave a peer out",
    )  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the tables here too")
    parsed = parser.parse_args()
    parsed.data = parsed.data.resolve()
    if parsed.repeat < 1:
        parser.error("--repeat must be at least 1")
    return parsed


def main() -> None:
    """Run, report, and fail if any two results differ."""
    options = arguments()
    text, differences = run(options)
    deliver(text, options.report)
    if differences:
        sys.exit(f"{differences} rows differ")


if __name__ == "__main__":
    main()
