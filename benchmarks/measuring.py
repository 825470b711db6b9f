"""What the benchmarks share: the cost of a process, the project's build and its parts, aims."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DBT = Path(sys.executable).with_name("dbt")
GIGABYTE = 1e9
# What lies between a node's part and the clock: dbt's start, its parsing, the policy seeds.
REST = "dbt itself"


@dataclass
class Cost:
    """What one process took: seconds on the clock and on the processors, peak memory in bytes."""

    wall: float
    cpu: float
    memory: float
    parts: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, float] = field(default_factory=dict)


def measure(command: list, environment: dict | None = None) -> Cost:
    """Run a command in a process of its own; its failure ends the benchmark."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(map(str, command))}\n{output.read()[-5000:]}")
    # Linux counts the peak in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def dbt_command(bank: Path, database: Path, as_of: str, policy: Path | None, *words) -> tuple:
    """A dbt command on a bank, and its environment; target and logs lie beside the database."""
    target = database.with_suffix(".target")
    command = [
        DBT, "--no-use-colors", *words,
        "--vars", json.dumps({"as_of_date": as_of}),
        "--target-path", target,
        "--log-path", target / "logs",
    ]  # fmt: skip
    settings = {
        "BANKMART_EXTRACTS": str(bank),
        "BANKMART_DB": str(database),
        "BANKMART_POLICY": str(policy or ""),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    return command, settings


def measure_build(
    bank: Path,
    database: Path,
    as_of: str,
    select: tuple[str, ...],
    part_of: Callable[[str], str | None],
    policy: Path | None = None,
    absent: tuple[str, ...] = (),
    memory: str = "",
) -> Cost:
    """`dbt build` of the models selected, without tests, and the clock seconds of its parts.

    part_of: the part of a model, given its file's path from the repository root; None: `REST`.
    absent: models which those selected read and which stay without rows; made before the clock
    starts. memory: the engine's limit, such as 2GB; none: its own default.
    """
    bank_of = (bank, database, as_of, policy)
    untested = ("build", "--exclude-resource-types", "test", "unit_test", "--select")
    if absent:
        measure(*dbt_command(*bank_of, *untested, *absent, "--empty"))
    command, settings = dbt_command(*bank_of, *untested, *select)
    cost = measure(command, settings | ({"BANKMART_MEMORY": memory} if memory else {}))
    target = database.with_suffix(".target")
    cost.parts, cost.nodes = split(target, cost.wall, part_of)
    return cost


def split(
    target: Path, wall: float, part_of: Callable[[str], str | None]
) -> tuple[dict[str, float], dict[str, float]]:
    """Clock seconds of every part of a build, and of every node.

    dbt runs several nodes at a time. Each moment is shared evenly by the nodes then running; a
    moment without any, like parsing, is dbt's own, and so are the policy seeds. `on-run-start`
    belongs to the door.
    """
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    events = []
    for result in results:
        times = result["timing"]
        if times:
            began = min(datetime.fromisoformat(part["started_at"]) for part in times)
            ended = max(datetime.fromisoformat(part["completed_at"]) for part in times)
            events += [(began, 1, result["unique_id"]), (ended, 0, result["unique_id"])]
    seconds: dict[str, float] = defaultdict(float)
    running: set[str] = set()
    before = None
    for moment, is_start, node in sorted(events):
        for active in running:
            seconds[active] += (moment - before).total_seconds() / len(running)
        before = moment
        (running.add if is_start else running.discard)(node)
    parts: dict[str, float] = {"door": 0.0}
    for node, share in seconds.items():
        path = nodes[node]["original_file_path"] if node in nodes else ""
        is_door = node.startswith("operation.") or path.startswith("models/staging/")
        part = "door" if is_door else part_of(path)
        if part:
            parts[part] = parts.get(part, 0.0) + share
    parts[REST] = wall - sum(parts.values())
    return parts, {node.split(".")[-1]: share for node, share in seconds.items()}


def ensure_bank(data: Path, wanted: dict, generator: list) -> dict:
    """The description of the bank in a folder; the bank is generated if absent.

    wanted: the generator's options, which the description repeats. generator: its command, to
    which the folder and these options are added.
    """
    description = data / "bank.json"
    if description.exists():
        bank = json.loads(description.read_text(encoding="utf-8"))
        if all(bank[name] == value for name, value in wanted.items()):
            return bank
        sys.exit(f"{data} holds another bank. Remove it or name another --data")
    arguments = [f"--{name}={value}" for name, value in wanted.items()]
    subprocess.run(
        [str(word) for word in [*generator, "--out", data, *arguments]], cwd=ROOT, check=True
    )
    return json.loads(description.read_text(encoding="utf-8"))


def fresh(folder: Path) -> Path:
    """The folder, emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def deliver(text: str, report: Path | None) -> None:
    """Show the tables, and write them to a file where one is asked for."""
    print(text)
    if report:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(text, encoding="utf-8")


def say(text: str) -> None:
    """Progress, apart from the report."""
    print(f"  {text}", file=sys.stderr, flush=True)


def at_most(bound: float) -> tuple:
    """An aim in words and as a test."""
    return f"at most {bound}", lambda ratio: ratio <= bound


def at_least(bound: float) -> tuple:
    """An aim in words and as a test."""
    return f"at least {bound}", lambda ratio: ratio >= bound


def under(bound: float) -> tuple:
    """An aim in words and as a test."""
    return f"under {bound}", lambda ratio: ratio < bound


def aim_table(aims: list[tuple]) -> list[str]:
    """Rows of (name, ratio, aim in words, test) as Markdown lines."""
    lines = ["| ratio of one run | reached | aim | holds |", "| --- | ---: | --- | --- |"]
    for name, ratio, aim, holds in aims:
        lines.append(f"| {name} | {ratio:.2f} | {aim} | {'yes' if holds(ratio) else 'no'} |")
    return lines


def load_line() -> str:
    """How busy the machine was."""
    load = os.getloadavg()[0]
    busy = load > os.cpu_count() + 1
    return f"load {load:.1f} at the end" + (
        ", so others were at work too and ratios are rough." if busy else "."
    )
