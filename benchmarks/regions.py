# SPDX-License-Identifier: MIT
"""``python -m benchmarks.regions``: which strategy is fastest where, on the decision grid.

In each cell the sides take turns for some rounds in one process, on one thread, in processor time, each call into
an array of its own as a training loop makes it. Each of three visits, some minutes apart, gives a third of the rounds:
who else uses the machine's last cache decides as much as the size of a table. Every built-in or plugged-in strategy
enters each question; who is never within `FACTOR` of the best there is left out of the rest of it. After Ctrl-C the
next run of the same commit, without uncommitted changes, goes on where this one was.
"""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.progress import Progress

import samplers
from samplers.commands.ending import Parser
from samplers.recommendation.lookup import FEW_ROWS, caller, spanning, why_not
from samplers.recommendation.request import features
from samplers.recommendation.timing import once, take_turns, timed

from .decision_grid import BIG, FACTOR, FULL, KINDS, QUICK, VISITS, Cell, Question
from .documents import REGIONS, write
from .environment import commit, environment
from .suite import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS, ROUND_SECONDS = 21, 0.008
QUICK_ROUNDS, QUICK_ROUND_SECONDS = 9, 0.003
SLOW_CALL, SLOW_ROUNDS = 0.1, 3  # seconds; a side as slow as that is timed in few rounds a visit
FAR = 30.0  # times the best: not worth the rounds
CONFIDENCE, RESAMPLES = 0.99, 999
RESUMED = {"id", "visits", "rounds_ns", "sides", "slower"}  # what a later visit reads of a cell
BYTES_AN_ID = 80  # counts, units, tables and sorted copies while the largest tables are built


def main(arguments: list[str] | None = None) -> int:
    """Measure what is missing and write."""
    parser = Parser(prog=REGIONS.made_by, description=__doc__)
    parser.add_argument("--out", type=Path, default=REGIONS.path, help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="fewer cells and rounds: about two minutes")
    parser.add_argument("--fresh", action="store_true", help="measure every cell anew")
    chosen = parser.parse_args(arguments)
    document = heading(chosen.quick)
    known = {} if chosen.fresh else resumed(chosen.out, document)
    try:
        measure(QUICK if chosen.quick else FULL, document, known, chosen.out)
    except KeyboardInterrupt:
        print(f"\nstopped; {len(document['cells'])} cells are in {chosen.out}, the same command goes on from there")
        return 130
    print(f"{len(document['cells'])} cells\n{chosen.out}")
    return 0


def heading(quick: bool) -> dict[str, Any]:
    """The document without cells."""
    head, dirty = commit()
    rounds, seconds = (QUICK_ROUNDS, QUICK_ROUND_SECONDS) if quick else (ROUNDS, ROUND_SECONDS)
    return {
        "schema": REGIONS.schema,
        "command": REGIONS.made_by + (" --quick" if quick else ""),
        "commit": head,
        "dirty": dirty,
        "environment": environment(),
        "rounds": rounds,
        "round_seconds": seconds,
        "factor": FACTOR,
        "confidence": CONFIDENCE,
        "cells": [],
    }


def resumed(path: Path, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The cells of an earlier run that count for this one; with uncommitted changes, or of a damaged file, none do."""
    if document["dirty"]:
        return {}
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    same = ("schema", "commit", "dirty", "environment", "rounds", "round_seconds", "factor")
    if not isinstance(before, dict) or any(before.get(key) != document[key] for key in same):
        return {}
    cells = before.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) and cell.keys() >= RESUMED for cell in cells):
        return {}
    return {cell["id"]: cell for cell in cells}


def measure(questions: Iterable[Question], document: dict[str, Any], known: dict[str, Any], out: Path) -> None:
    """Every question in each visit: the entry cells for all, the others for those that are near the best."""
    asked = [(question, mode) for question in questions for mode in question.modes if fits(question)]
    near: dict[tuple[str, bool], list[str]] = {}
    found: dict[str, dict[str, Any]] = {}
    bench = Bench(document["rounds"] // VISITS, document["round_seconds"])

    def save() -> None:
        document["cells"] = list(found.values())
        write(out, document)

    with Progress() as progress:
        task = progress.add_task("measuring", total=sum(len(q.cells(mode)) * q.visits for q, mode in asked))

        def fill(question: Question, cells: list[Cell], names: list[str], visit: int) -> list[dict[str, Any]]:
            keys = [f"{question.asks}: {cell}: {' '.join(names)}" for cell in cells]
            for cell, key in zip(cells, keys, strict=True):
                before = found.get(key) or known.get(key)
                found_now = before if before and before["visits"] > visit else bench.measure(cell, names, before)
                found[key] = {"question": question.asks, "id": key} | found_now
                progress.update(task, description=f"visit {visit + 1}: {question.asks}, V={cell.V:,}", advance=1)
            return [found[key] for key in keys]

        try:
            for visit, (question, mode) in ((v, q) for v in range(VISITS) for q in asked if v < q[0].visits):
                entries = question.entries(mode)
                if entries:
                    every = contestants(mode)
                    here = fill(question, entries, every, visit)
                    near.setdefault((question.kind, mode), near_the_best(every, [first_visit(cell) for cell in here]))
                rest = [cell for cell in question.cells(mode) if cell not in entries]
                fill(question, rest, near[question.kind, mode], visit)
                save()
        finally:
            save()


def fits(question: Question) -> bool:
    """Whether the memory that is free holds the largest size; only the largest of all is ever left out."""
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return max(question.sizes) < BIG or free > BYTES_AN_ID * BIG


def contestants(replacement: bool) -> list[str]:
    """Every strategy that can run here and has the mode, but the peers that the benchmarks register."""
    usable = [n for n in samplers.names() if samplers.origin(n) != "registered" and not samplers.why_unavailable(n)]
    return [
        n for n in usable if replacement in samplers.get(n).info.replacement_modes and not samplers.get(n).info.flaw
    ]


def near_the_best(names: list[str], cells: list[dict[str, Any]]) -> list[str]:
    """Those that are within `FACTOR` of the best in any of the cells."""
    near = {name for cell in cells for name, side in cell["sides"].items() if side["ratio"] <= FACTOR}
    return [name for name in names if name in near]


def first_visit(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The sides of a cell as its first visit found them: a run that goes on must decide as the one before it did."""
    rounds = {name: np.array_split(np.asarray(ns), cell["visits"])[0] for name, ns in cell["rounds_ns"].items()}
    return {"sides": sides(rounds)}


class Bench:
    """Times cells; keeps the tables of the last distribution."""

    def __init__(self, rounds: int, seconds: float) -> None:
        self.rounds, self.seconds = rounds, seconds
        self._for: tuple[Any, ...] = ()
        self._noise: samplers.NoiseDistribution | None = None
        self._samplers: dict[str, samplers.Sampler] = {}

    def measure(self, cell: Cell, names: list[str], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A cell: what each strategy takes, who is too slow to be timed, who refuses.

        An earlier visit decides who is timed in this one, and its rounds count as well.
        """
        noise = self.noise(cell)
        refused = {name: reason for name in names if (reason := why_not(name, noise, cell.replacement))}
        able = list(before["rounds_ns"]) if before else [name for name in names if name not in refused]
        built = {name: self.sampler(name, cell) for name in able}
        ns, slower = race(built, cell.rows, cell.k, self.rounds, self.seconds, cut=before is None)
        ns = merged(before["rounds_ns"], ns) if before else ns
        return cell.key() | {
            "at": features(noise, cell.rows, cell.k, cell.replacement).values(),
            "visits": before["visits"] + 1 if before else 1,
            "sides": sides(ns),
            "slower": before["slower"] if before else slower,
            "refused": refused,
            "rounds_ns": {name: [float(f"{x:.4g}") for x in found] for name, found in ns.items()},
        }

    def noise(self, cell: Cell) -> samplers.NoiseDistribution:
        """The distribution of a cell; the tables of another one are dropped first."""
        if self._for != (cell.kind, cell.V, cell.replacement) or self._noise is None:
            self._samplers.clear()
            self._noise = None
            gc.collect()
            self._noise = samplers.NoiseDistribution(KINDS[cell.kind](cell.V))
            self._for = (cell.kind, cell.V, cell.replacement)
        return self._noise

    def sampler(self, name: str, cell: Cell) -> samplers.Sampler:
        """A sampler over the cell's distribution, built once."""
        if name not in self._samplers:
            self._samplers[name] = samplers.create(name, self.noise(cell), rng=SEED, replacement=cell.replacement)
        return self._samplers[name]


def race(
    built: Mapping[str, samplers.Sampler], rows: int, k: int, rounds: int, seconds: float, cut: bool = True
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Nanoseconds an id of each sampler in each round, and, where `cut`, who is `far_behind` and was not timed."""
    each = {name: min(rows, FEW_ROWS) if s.info.cost == "row" else rows for name, s in built.items()}
    calls = {name: caller(s, each[name], k) for name, s in built.items()}
    ids = {name: n * k for name, n in each.items()}
    least = {name: spanning(s, ids[name]) for name, s in built.items()}
    firsts = {name: caller(s, 1, k) for name, s in built.items()}
    slower = far_behind(calls, ids, firsts, least) if cut else {}
    left = {name: call for name, call in calls.items() if name not in slower}
    slow = any(once(call) > SLOW_CALL for call in left.values())
    # One thread draws, so that the time of the process is the time of the draw, whoever else uses the machine.
    times = take_turns(left, min(rounds, SLOW_ROUNDS) if slow else rounds, seconds, time.process_time, least)
    return {name: found / ids[name] * 1e9 for name, found in times.items()}, slower


def merged(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """The rounds of two visits in which the same sides took turns."""
    return {name: np.concatenate([before[name], now[name]]) for name in before}


def far_behind(
    calls: Mapping[str, Any], ids: Mapping[str, int], firsts: Mapping[str, Any], least: Mapping[str, int]
) -> dict[str, float]:
    """The strategies that need `FAR` times the best time or more, with a lower bound of their nanoseconds an id.

    A call costs at least one row. If a single row of a strategy takes `FAR` times as long as the best whole call, the
    strategy is dropped without timing its call. The times here are rough.
    """
    row = {name: once(call) for name, call in firsts.items()}
    rough: dict[str, float] = {}
    for name in sorted(row, key=row.__getitem__):
        rough[name] = row[name] / ids[name]
        if rough[name] <= FAR * min(rough.values()):
            # The better of two: a machine that was away for 50 ms has made somebody near seem 30 times slower.
            rough[name] = min(whole(calls[name], least[name]) for _ in range(2)) / ids[name]
    limit = FAR * min(rough.values())
    return {name: seconds * 1e9 for name, seconds in rough.items() if seconds > limit}


def whole(call: Callable[[], object], least: int) -> float:
    """Seconds of a call, roughly; of what is prepared ahead, over so many that the preparation is among them."""
    return timed(call, least) if least > 1 else once(call)


def sides(ns: Mapping[str, NDArray[np.float64]]) -> dict[str, dict[str, float]]:
    """Median, quartiles, and the ratio to the best: a geometric mean over the rounds, with its bootstrap interval.

    A mean and not a median: where one visit in three met a neighbour who filled the cache, a loop would pay for it too.
    """
    logs = {name: np.log(rounds) for name, rounds in ns.items()}
    best = min(logs, key=lambda name: float(logs[name].mean()))
    found = {}
    for name, rounds in ns.items():
        q25, median, q75 = (float(np.quantile(rounds, q)) for q in (0.25, 0.5, 0.75))
        ratio, low, high = (1.0, 1.0, 1.0) if name == best else interval(logs[name] - logs[best])
        found[name] = {"ns": median, "q25": q25, "q75": q75, "ratio": ratio, "low": low, "high": high}
    return found


def interval(logs: NDArray[np.float64]) -> tuple[float, float, float]:
    """The geometric mean of the rounds' ratios, given as logs, and its percentile bootstrap interval."""
    from scipy.stats import bootstrap

    found = bootstrap(
        (logs,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(np.exp(logs.mean())), float(np.exp(found.low)), float(np.exp(found.high))


if __name__ == "__main__":
    raise SystemExit(main())
