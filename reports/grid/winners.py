# SPDX-License-Identifier: MIT
"""The fastest faithful sampler of each cell of the decision grid, and the table of all cells."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.documents import REGIONS

from .. import units
from ..derived import Won
from ..model import Inputs, Report, Source
from ..statistics import CONFIDENCE, SAME, UNKNOWN, Ratio
from ..tables import DRAWS, Cell, Column, Table, measured_elsewhere
from .records import Grid, GridCell, students

GRID = Source(REGIONS, Grid)


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


def finding(report: Report) -> str:
    """The number of cells that each sampler wins, and the number of cells that are too close to call."""
    results = report.won
    if not results:
        missing = GRID.of(report) is None
        return (
            GRID.missing("The decision grid was") if missing else "No faithful sampler was timed on the decision grid."
        )
    sentences = []
    for mode, words in DRAWS.items():
        in_mode = [result for result in results if result.cell.replacement is mode]
        wins = Counter(result.winner for result in in_mode)
        counts = [f"`{report.label(name)}` is fastest in {number}" for name, number in wins.most_common()]
        close, unknown = sum(result.close for result in in_mode), sum(result.unknown for result in in_mode)
        if in_mode:
            open_ = f"; {close} are too close to call" if close else ""
            open_ += f"; {unknown} have no interval, because they were measured in a single visit" if unknown else ""
            sentences.append(f"{words.capitalize()}, {units.listed(counts)} of {len(in_mode)} requests{open_}.")
    return " ".join(sentences)


def table(report: Report) -> Table | None:
    """One row per cell; None if no faithful sampler was timed."""
    results = report.won
    if not results:
        return None
    columns = (
        Column("question", numeric=False),
        Column("draws", numeric=False),
        Column("V"),
        Column("rows"),
        Column("k"),
        Column("fastest", numeric=False),
        Column("its time", "ns per id"),
        Column("runner-up", numeric=False),
        Column("margin", f"{units.percent(CONFIDENCE)} interval"),
    )
    return Table(columns, tuple(row(report, result) for result in results), notes(report))


def row(report: Report, result: Won) -> tuple[Cell, ...]:
    cell, margin = result.cell, result.margin
    winner, runner_up = report.label(result.winner), report.label(result.runner_up) if result.runner_up else None
    device = "" if cell.device == "cpu" else cell.device
    behind = Cell(units.NONE) if margin is None else Cell(margin.text, margin.span, margin.value)
    return (
        Cell(cell.question, device, cell.question),
        Cell(DRAWS[cell.replacement]),
        Cell(units.count(cell.V), sort=cell.V),
        Cell(units.count(cell.rows), sort=cell.rows),
        Cell(str(cell.k), sort=cell.k),
        Cell(winner, sort=winner, kind="name"),
        Cell(units.ns(result.ns), sort=result.ns),
        Cell(runner_up or units.NONE, sort=runner_up),
        behind,
    )


def notes(report: Report) -> tuple[str, ...]:
    """How the grid was measured."""
    grid = GRID.of(report)
    assert grid is not None  # there are rows
    text = (
        f"Measured with `{grid.header.command}`: in each cell the samplers take turns in one process, {grid.rounds} "
        "rounds. The margin is the time of the runner-up divided by that of the fastest, a geometric mean over the "
        f"visits. Its interval is {students(grid.wider)} over the visits. {SAME}: the interval includes 1. {UNKNOWN}: "
        f"a single visit, so that there is no interval. {units.NONE}: no other faithful sampler was fast enough to be "
        "timed."
    )
    return (text, *measured_elsewhere(report, grid.header))


def record(report: Report) -> list[dict[str, Any]] | None:
    if GRID.of(report) is None:
        return None
    return [
        {
            "question": result.cell.question,
            "kind": result.cell.kind,
            "V": result.cell.V,
            "rows": result.cell.rows,
            "k": result.cell.k,
            "replacement": result.cell.replacement,
            "device": result.cell.device,
            "winner": result.winner,
            "ns_per_id": result.ns,
            "runner_up": result.runner_up,
            "too_close_to_call": result.close,
            "margin": result.margin.value if result.margin else None,
            "low": result.margin.low if result.margin else None,
            "high": result.margin.high if result.margin else None,
            "sides": {
                name: {"ns_per_id": s.ns, "ratio": s.ratio, "low": s.low, "high": s.high}
                for name, s in result.cell.sides.items()
            },
        }
        for result in report.won
    ]
