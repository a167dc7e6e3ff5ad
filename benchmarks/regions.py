# SPDX-License-Identifier: MIT
"""``python -m benchmarks.regions``: measure which strategy is fastest in each cell of the decision grid.

In each cell the strategies take turns for some rounds, in one process and on one thread. Processor time is measured.
Each call makes a new output array, as in a training loop. The rounds are split into visits, some minutes apart,
because other users of the last-level cache influence the times as much as the size of a table. The confidence intervals
are over the visits (`benchmarks.intervals`).

Every built-in or plugged-in strategy is timed in the qualifying cells of each question. A strategy that is never within
`FACTOR` of the best in these is not timed in the other cells. After Ctrl-C the next run continues if it has the same
commit and no uncommitted changes.
"""

from __future__ import annotations

import gc
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.progress import Progress

import samplers
from samplers.recommendation.recommend import FEW_ROWS, caller, spanning, why_not
from samplers.recommendation.timing import once, take_turns, timed

from .decision_grid import BIG, FACTOR, FULL, KINDS, QUICK, VISITS, Cell, Question
from .documents import REGIONS, Start, continued, write
from .intervals import CONFIDENCE, WIDER, log_ratios, over_visits
from .suite import SEED, for_gpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    RoundsByVisit = list[list[float]]

ROUNDS, ROUND_SECONDS = 7 * VISITS, 0.008
QUICK_ROUNDS, QUICK_ROUND_SECONDS = 3 * VISITS, 0.003
SLOW_CALL, SLOW_ROUNDS = 0.1, 3  # if a call takes more seconds, a visit has fewer rounds
FAR = 30.0  # times the best time; a slower strategy is not timed
RESUMED = {"id", "visits", "rounds_ns", "sides", "slower"}  # the fields of a cell that a later visit reads
BYTES_PER_ID = 80  # counts, units, tables and sorted copies while the largest tables are built


def main(arguments: list[str] | None = None) -> int:
    """Measure the missing cells and write the file; returns 130 after Ctrl-C."""
    parser = REGIONS.parser(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cells and rounds: about two minutes")
    parser.add_argument("--fresh", action="store_true", help="measure every cell again")
    chosen = parser.parse_args(arguments)
    start, content = Start.now(), settings(chosen.quick)
    known = {} if chosen.fresh else resumed(chosen.out, start, content)

    def save() -> None:
        write(REGIONS, content, chosen.out, start, "--quick" if chosen.quick else "")

    try:
        measure(QUICK if chosen.quick else FULL, content, known, save)
    except KeyboardInterrupt:
        print(f"\nstopped; {len(content['cells'])} cells are in {chosen.out}, the same command continues from there")
        return 130
    print(f"{len(content['cells'])} cells\n{chosen.out}")
    return 0


def settings(quick: bool) -> dict[str, Any]:
    """The content of the document, still without cells."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_ROUND_SECONDS) if quick else (ROUNDS, ROUND_SECONDS)
    return {
        "rounds": rounds,
        "round_seconds": seconds,
        "factor": FACTOR,
        "confidence": CONFIDENCE,
        "wider": WIDER,
        "cells": [],
    }


def resumed(path: Path, start: Start, content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The cells of an earlier run, by id.

    There are none if the file is damaged, if the run had other settings, or if the code has uncommitted changes.
    """
    before = continued(REGIONS, path, start)
    if any(before.get(key) != content[key] for key in ("rounds", "round_seconds", "factor")):
        return {}
    cells = before.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) and cell.keys() >= RESUMED for cell in cells):
        return {}
    return {cell["id"]: cell for cell in cells}


def measure(
    questions: Iterable[Question], content: dict[str, Any], known: dict[str, Any], save: Callable[[], None]
) -> None:
    """Measure all questions in each visit.

    Parameters
    ----------
    questions : iterable of Question
    content : dict
        The `settings`; its cells are filled in.
    known : dict
        The cells of an earlier run, by id.
    save : callable
        Writes the content; called after each question and after Ctrl-C.
    """
    planned = [(question, mode) for question in questions for mode in question.modes if fits(question)]
    with Progress() as progress:
        task = progress.add_task("measuring", total=sum(len(q.cells(mode)) * q.visits for q, mode in planned))
        run = Run(content, known, lambda text: progress.update(task, description=text, advance=1))
        try:
            for visit, (question, mode) in ((v, q) for v in range(VISITS) for q in planned if v < q[0].visits):
                run.visit(question, mode, visit)
                save()
        finally:
            save()


class Run:
    """A run over the questions: its cells, and the strategies that qualified.

    Parameters
    ----------
    content, known : dict
        See `measure`.
    advance : callable
        Called after each cell with a description of it.
    """

    def __init__(self, content: dict[str, Any], known: dict[str, Any], advance: Callable[[str], None]) -> None:
        self.content, self.known, self.advance = content, known, advance
        self.cells: dict[str, dict[str, Any]] = {}
        self.qualified: dict[tuple[str, bool], list[str]] = {}
        self.bench = Bench(content["rounds"] // VISITS, content["round_seconds"])

    def visit(self, question: Question, mode: bool, visit: int) -> None:
        """Measure the qualifying cells for all strategies, then the other cells for those that qualified."""
        entries = question.entries(mode)
        if entries:
            names = contestants(mode)
            measured = self.measure(question, entries, names, visit)
            near = near_the_best(names, [first_visit(cell) for cell in measured])
            self.qualified.setdefault((question.kind, mode), near)
        remaining = [cell for cell in question.cells(mode) if cell not in entries]
        self.measure(question, remaining, self.qualified[question.kind, mode], visit)

    def measure(self, question: Question, cells: list[Cell], names: list[str], visit: int) -> list[dict[str, Any]]:
        """The results of cells after a visit; a visit that an earlier run has finished is not repeated."""
        keys = [f"{question.asks}: {cell}: {' '.join(names)}" for cell in cells]
        for cell, key in zip(cells, keys, strict=True):
            before = self.cells.get(key) or self.known.get(key)
            result = before if before and before["visits"] > visit else self.bench.measure(cell, names, before)
            self.cells[key] = {"question": question.asks, "id": key} | result
            self.content["cells"] = list(self.cells.values())
            self.advance(f"visit {visit + 1}: {question.asks}, V={cell.V:,}")
        return [self.cells[key] for key in keys]


def fits(question: Question) -> bool:
    """Whether the free memory is enough for the question; only `BIG` ids are checked."""
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return max(question.sizes) < BIG or free > BYTES_PER_ID * BIG


def contestants(replacement: bool) -> list[str]:
    """Every built-in or plugged-in strategy that is available, has the mode and no known flaw."""
    usable = [
        n
        for n in samplers.names()
        if samplers.origin(n) != "registered" and not (samplers.why_unavailable(n) or for_gpus(n))
    ]
    return [
        n for n in usable if replacement in samplers.get(n).info.replacement_modes and not samplers.get(n).info.flaw
    ]


def near_the_best(names: list[str], cells: list[dict[str, Any]]) -> list[str]:
    """The strategies that are within `FACTOR` of the best in at least one of the cells."""
    near = {name for cell in cells for name, side in cell["sides"].items() if side["ratio"] <= FACTOR}
    return [name for name in names if name in near]


def first_visit(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The results of a cell after its first visit, so that a continued run selects the same strategies."""
    return {"sides": sides({name: visits[:1] for name, visits in cell["rounds_ns"].items()})}


class Bench:
    """Times cells, and keeps the tables of the last distribution.

    Parameters
    ----------
    rounds : int
        Rounds per visit.
    seconds : float
        Duration of a round.
    """

    def __init__(self, rounds: int, seconds: float) -> None:
        self.rounds, self.seconds = rounds, seconds
        self._for: tuple[Any, ...] = ()
        self._noise: samplers.NoiseDistribution | None = None
        self._samplers: dict[str, samplers.Sampler] = {}

    def measure(self, cell: Cell, names: list[str], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Time the strategies in a cell.

        Parameters
        ----------
        cell : Cell
        names : list of str
            The strategies.
        before : mapping, optional
            The result of earlier visits. Only the strategies that were timed then are timed, and the rounds of all
            visits are merged.

        Returns
        -------
        dict
            JSON-ready: the rounds in nanoseconds per id, one list per visit, their statistics (``sides``), the
            strategies that are too slow to be timed (``slower``), and those that refuse the distribution (``refused``).
        """
        noise = self.noise(cell)
        refused = {name: reason for name in names if (reason := why_not(name, noise, cell.replacement))}
        able = list(before["rounds_ns"]) if before else [name for name in names if name not in refused]
        built = {name: self.sampler(name, cell) for name in able}
        ns, slower = race(built, cell.rows, cell.k, self.rounds, self.seconds, cut=before is None)
        visits = and_visit(before["rounds_ns"] if before else {}, ns)
        return cell.key() | {
            "visits": before["visits"] + 1 if before else 1,
            "sides": sides(visits),
            "slower": before["slower"] if before else slower,
            "refused": refused,
            "rounds_ns": visits,
        }

    def noise(self, cell: Cell) -> samplers.NoiseDistribution:
        """The distribution of a cell; before a new one is made, the tables of the last one are freed."""
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
    """Time samplers in turns.

    Parameters
    ----------
    built : mapping of str to samplers.Sampler
    rows, k : int
        The request. A sampler whose cost is per row draws `FEW_ROWS` rows at most.
    rounds : int
        At most `SLOW_ROUNDS` if a call takes more than `SLOW_CALL` seconds.
    seconds : float
        Duration of a round.
    cut : bool
        Whether to leave out the samplers that are `far_behind`.

    Returns
    -------
    times : dict of str to ndarray, float64 (rounds,)
        Nanoseconds per id.
    slower : dict of str to float
        The samplers that were left out, with a lower bound of their nanoseconds per id.
    """
    rows_of = {name: min(rows, FEW_ROWS) if s.info.cost == "row" else rows for name, s in built.items()}
    calls = {name: caller(s, rows_of[name], k) for name, s in built.items()}
    ids = {name: n * k for name, n in rows_of.items()}
    n_calls = {name: spanning(s, ids[name]) for name, s in built.items()}
    row_calls = {name: caller(s, 1, k) for name, s in built.items()}
    slower = far_behind(calls, ids, row_calls, n_calls) if cut else {}
    timed_calls = {name: call for name, call in calls.items() if name not in slower}
    slow = any(once(call) > SLOW_CALL for call in timed_calls.values())
    # The draws run on one thread, so that the processor time of the process is their time even on a busy machine.
    times = take_turns(timed_calls, min(rounds, SLOW_ROUNDS) if slow else rounds, seconds, time.process_time, n_calls)
    return {name: taken / ids[name] * 1e9 for name, taken in times.items()}, slower


def and_visit(before: Mapping[str, RoundsByVisit], now: Mapping[str, NDArray[np.float64]]) -> dict[str, RoundsByVisit]:
    """The rounds of earlier visits, and those of one more visit of the same samplers with four significant digits."""
    return {name: [*before.get(name, []), [float(f"{x:.4g}") for x in rounds]] for name, rounds in now.items()}


def far_behind(
    calls: Mapping[str, Any], ids: Mapping[str, int], row_calls: Mapping[str, Any], n_calls: Mapping[str, int]
) -> dict[str, float]:
    """The strategies that need `FAR` times the best time or more, with a lower bound of their nanoseconds per id.

    A call costs at least one row. If a single row of a strategy takes `FAR` times as long as the best whole call, the
    strategy is dropped without timing its call. The times here are rough.

    Parameters
    ----------
    calls : mapping of str to callable
        The whole call of each strategy.
    ids : mapping of str to int
        Ids per whole call.
    row_calls : mapping of str to callable
        A call for one row.
    n_calls : mapping of str to int
        Whole calls that span the refills of a sampler with a pool; 1 for all other samplers.
    """
    row = {name: once(call) for name, call in row_calls.items()}
    rough: dict[str, float] = {}
    for name in sorted(row, key=row.__getitem__):
        rough[name] = row[name] / ids[name]
        if rough[name] <= FAR * min(rough.values()):
            # The faster of two measurements: an interruption of 50 ms made a fast strategy look 30 times slower.
            rough[name] = min(seconds_per_call(calls[name], n_calls[name]) for _ in range(2)) / ids[name]
    limit = FAR * min(rough.values())
    return {name: seconds * 1e9 for name, seconds in rough.items() if seconds > limit}


def seconds_per_call(call: Callable[[], object], n_calls: int) -> float:
    """Rough seconds per call, the mean over `n_calls` calls."""
    return timed(call, n_calls) if n_calls > 1 else once(call)


def sides(visits: Mapping[str, RoundsByVisit]) -> dict[str, dict[str, float | None]]:
    """Statistics of the rounds of each strategy in a cell, JSON-ready.

    ``ns``, ``q25`` and ``q75`` are median and quartiles in nanoseconds per id. ``ratio`` is the time relative to the
    fastest strategy, a geometric mean over the visits, with its confidence interval ``low`` to ``high`` (None if there
    is a single visit). A median would hide that another process filled the cache in one visit, but a training loop
    meets that too.

    Parameters
    ----------
    visits : mapping of str to list of list of float
        Nanoseconds per id of each round, one list per visit.
    """
    best = fastest(visits)
    statistics: dict[str, dict[str, float | None]] = {}
    for name, rounds in visits.items():
        q25, median, q75 = (float(np.quantile(np.concatenate(rounds), q)) for q in (0.25, 0.5, 0.75))
        ratio, low, high = (1.0, 1.0, 1.0) if name == best else ratio_of(rounds, visits[best])
        statistics[name] = {"ns": median, "q25": q25, "q75": q75, "ratio": ratio, "low": low, "high": high}
    return statistics


def fastest(visits: Mapping[str, RoundsByVisit]) -> str:
    """The strategy with the smallest time, a geometric mean over the visits."""
    return min(visits, key=lambda name: float(np.mean([np.log(rounds).mean() for rounds in visits[name]])))


def ratio_of(above: RoundsByVisit, below: RoundsByVisit) -> tuple[float, float | None, float | None]:
    """The geometric mean of the ratio of two times, and both ends of its interval (None if there is one visit)."""
    means = log_ratios(above, below)
    ends = over_visits(means)
    low, high = (None, None) if ends is None else (math.exp(end) for end in ends)
    return math.exp(float(means.mean())), low, high


if __name__ == "__main__":
    raise SystemExit(main())
