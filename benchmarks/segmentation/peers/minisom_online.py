"""Peer: MiniSom's online training, a Python step per loan, timed over a part of the loans.

Writes one JSON file: for every map the seconds a step takes.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from minisom import MiniSom
from space import read_space


def main(space: Path, out: Path, steps: int, maps: list[str]) -> None:
    """Train each map, like 10x7, over so many loans drawn at random."""
    loans = read_space(space)
    drawn = loans[np.random.default_rng(0).choice(len(loans), steps, replace=False)]
    seconds = {}
    for name in maps:
        rows, columns = map(int, name.split("x"))
        som = MiniSom(
            rows, columns, drawn.shape[1],
            sigma=2, learning_rate=0.3, neighborhood_function="bubble", random_seed=0,
        )  # fmt: skip
        began = time.perf_counter()
        som.train(drawn, steps)
        seconds[name] = (time.perf_counter() - began) / steps
    out.write_text(json.dumps(seconds), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
