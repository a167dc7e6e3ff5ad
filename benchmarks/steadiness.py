# SPDX-License-Identifier: MIT
"""``python -m benchmarks.steadiness``: keep the raw rounds of a few cells of the decision grid over many visits.

`benchmarks.coverage` takes from these how much the ratio of two times changes within a visit and between visits, and
measures with that how often the intervals of the report include the true ratio. The rounds of this machine are in
``tests/data/rounds.json``.
"""

from __future__ import annotations

import math
import time
from typing import Any

from rich.progress import track

import samplers

from .decision_grid import KINDS, Cell
from .documents import ROUNDS, Start, write
from .regions import ROUND_SECONDS, and_visit, race
from .suite import SEED

N_VISITS, ROUNDS_A_VISIT, MINUTES = 24, 7, 24.0
FEWEST_VISITS = 5
SIDES = ("alias", "spectrum")
# Tables that fit every cache, tables as large as the share of a core in the last cache, and larger tables.
CELLS = (
    Cell("sorted", 100, 1, 5, True),
    Cell("sorted", 100, 1024, 5, True),
    Cell("sorted", 10**4, 1024, 5, True),
    Cell("sorted", 10**4, 1024, 5, False),
    Cell("sorted", 10**5, 1024, 64, True),
    Cell("sorted", 5 * 10**5, 1024, 5, True),
    Cell("sorted", 10**6, 1, 5, True),
    Cell("sorted", 10**6, 1024, 5, True),
    Cell("sorted", 2 * 10**6, 1024, 20, False),
    Cell("shuffled", 10**5, 1024, 5, True),
    Cell("shuffled", 10**6, 65_536, 5, True),
    Cell("shuffled", 4 * 10**6, 1024, 5, True),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure all visits and write the file."""
    parser = ROUNDS.parser(__doc__)
    parser.add_argument("--visits", type=int, default=N_VISITS, help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="total duration (default: %(default)g)")
    chosen = parser.parse_args(arguments)
    if chosen.visits < FEWEST_VISITS:
        parser.error(f"--visits is {chosen.visits}: the variance between visits needs {FEWEST_VISITS} visits or more")
    if not 0 < chosen.minutes < math.inf:
        parser.error(
            f"--minutes is {chosen.minutes:g}: the visits must be apart, so that it must be above 0 and finite"
        )
    start, options = Start.now(), f"--visits {chosen.visits} --minutes {chosen.minutes:g}"
    write(ROUNDS, measured(chosen.visits, chosen.minutes), chosen.out, start, options)
    print(chosen.out)
    return 0


def measured(visits: int, minutes: float) -> dict[str, Any]:
    """The content of the document: the rounds of each cell, visit by visit.

    Parameters
    ----------
    visits : int
        How often each cell is measured.
    minutes : float
        The visits begin at equal distances over this time.
    """
    built = [tables(cell) for cell in CELLS]
    rounds: list[dict[str, list[list[float]]]] = [{} for _ in CELLS]
    start = time.monotonic()
    for visit in track(range(visits), description="visits"):
        time.sleep(max(0.0, start + visit * minutes * 60 / visits - time.monotonic()))
        for i, (cell, sides) in enumerate(zip(CELLS, built, strict=True)):
            ns, _ = race(sides, cell.rows, cell.k, ROUNDS_A_VISIT, ROUND_SECONDS, cut=False)
            rounds[i] = and_visit(rounds[i], ns)
    return {
        "round_seconds": ROUND_SECONDS,
        "minutes_between_visits": minutes / visits,
        "cells": [cell.key() | {"rounds_ns": kept} for cell, kept in zip(CELLS, rounds, strict=True)],
    }


def tables(cell: Cell) -> dict[str, samplers.Sampler]:
    """The two samplers of a cell."""
    noise = samplers.NoiseDistribution(KINDS[cell.kind](cell.V))
    return {name: samplers.create(name, noise, rng=SEED, replacement=cell.replacement) for name in SIDES}


if __name__ == "__main__":
    raise SystemExit(main())
