# SPDX-License-Identifier: MIT
"""The fastest faithful sampler of each cell of the decision grid, and the table of all cells."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.documents import REGIONS

from .. import units
from ..derived import Won
from ..model import Inputs, Report, Source
from ..statistics import CONFIDENCE, SAME, UNKNOWN, Ratio, recorded_margin
from ..tables import (
    DRAWS,
    Cell,
    Column,
    Table,
    by_column,
    interval_cell,
    labels,
    measured_elsewhere,
    numbers,
    runner_up_cell,
    words,
)
from .records import Grid, GridCell, students

GRID = Source(REGIONS, Grid)
RECORDED = ("question", "kind", "V", "rows", "k", "replacement", "device")  # of a cell, in summary.json


def won(report: Inputs) -> list[Won]:
    """The cells in which a faithful sampler was timed, with their winners."""
    grid = GRID.of(report)
    return [result for cell in (grid.cells if grid else ()) if (result := winner(report, cell))]


def winner(report: Inputs, cell: GridCell) -> Won | None:
    """The fastest faithful sampler of a cell, and the runner-up; None if there is none."""
    able = {name: side for name, side in cell.sides.items() if report.faithful(name, cell.replacement)}
    ranked = sorted(able, key=lambda name: able[name].ratio)
    if not ranked:
        return None
    first, best = ranked[0], able[ranked[0]].ratio
    if len(ranked) == 1:
        return Won(cell, first, able[first].ns)
    second = able[ranked[1]]
    # The ratios of a cell are relative to the fastest sampler. If that one is not faithful, they are divided by the
    # ratio of the fastest faithful one. The interval is then a little too narrow, because it lacks the spread of that.
    low, high = (None if end is None else end / best for end in (second.low, second.high))
    return Won(cell, first, able[first].ns, ranked[1], Ratio(second.ratio / best, low, high))


@GRID.tells("The decision grid was not measured")
def finding(report: Report, grid: Grid) -> str:
    """The number of cells that each sampler wins, and the number of cells that are too close to call."""
    if not report.won:
        return "No faithful sampler was timed on the decision grid."
    sentences = []
    for mode, mode_in_words in DRAWS.items():
        in_mode = [result for result in report.won if result.cell.replacement is mode]
        wins = Counter(result.winner for result in in_mode)
        counts = [f"`{report.label(name)}` is fastest in {number}" for name, number in wins.most_common()]
        close, unknown = sum(result.close for result in in_mode), sum(result.unknown for result in in_mode)
        if in_mode:
            open_ = f"; {close} are too close to call" if close else ""
            open_ += f"; {unknown} have no interval, because they were measured in a single visit" if unknown else ""
            of = f"{units.listed(counts)} of {len(in_mode)} requests{open_}"
            sentences.append(f"{mode_in_words.capitalize()}, {of}.")
    return " ".join(sentences)


@GRID.shows
def table(report: Report, grid: Grid) -> Table | None:
    """One row per cell; None if no faithful sampler was timed."""
    results = report.won
    if not results:
        return None
    cells = [result.cell for result in results]
    return by_column(
        (
            words("question"),
            [Cell(cell.question, "" if cell.device == "cpu" else cell.device, cell.question) for cell in cells],
        ),
        (words("draws"), [Cell(DRAWS[cell.replacement]) for cell in cells]),
        (Column("V"), numbers((cell.V for cell in cells), units.count)),
        (Column("rows"), numbers((cell.rows for cell in cells), units.count)),
        (Column("k"), numbers((cell.k for cell in cells), str)),
        (words("fastest"), labels(report, (result.winner for result in results))),
        (Column("its time", "ns per id"), numbers((result.ns for result in results), units.ns)),
        (words("runner-up"), [runner_up_cell(report, result.runner_up) for result in results]),
        (Column("margin", f"{units.percent(CONFIDENCE)} interval"), [interval_cell(r.margin) for r in results]),
        notes=notes(report, grid),
    )


def notes(report: Report, grid: Grid) -> tuple[str, ...]:
    """How the grid was measured."""
    text = (
        f"Measured with `{grid.header.command}`: in each cell the samplers take turns in one process, {grid.rounds} "
        "rounds. The margin is the time of the runner-up divided by that of the fastest, a geometric mean over the "
        f"visits. Its interval is {students(grid.wider)} over the visits. {SAME}: the interval includes 1. {UNKNOWN}: "
        f"a single visit, so that there is no interval. {units.NONE}: no other faithful sampler was fast enough to be "
        "timed."
    )
    return (text, *measured_elsewhere(report, grid.header))


@GRID.shows
def record(report: Report, grid: Grid) -> list[dict[str, Any]]:
    return [
        {key: getattr(result.cell, key) for key in RECORDED}
        | {
            "winner": result.winner,
            "ns_per_id": result.ns,
            "runner_up": result.runner_up,
            "too_close_to_call": result.close,
            **recorded_margin(result.margin),
            "sides": {
                name: {"ns_per_id": s.ns, "ratio": s.ratio, "low": s.low, "high": s.high}
                for name, s in result.cell.sides.items()
            },
        }
        for result in report.won
    ]
