# SPDX-License-Identifier: MIT
"""The fastest faithful sampler of each cell of the decision grid, and the table of all cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.documents import REGIONS

from .. import units
from ..model import Report
from ..statistics import CONFIDENCE, SAME, Ratio
from ..tables import DRAWS, Cell, Column, Table, measured_elsewhere
from .records import GridCell

MISSING = f"The decision grid was not measured: `{REGIONS.made_by}` measures it."


@dataclass(frozen=True)
class Won:
    """A cell with its winner; the runner-up and its ratio are None where nobody faithful was close enough to time."""

    cell: GridCell
    winner: str
    ns: float
    runner_up: str | None = None
    margin: Ratio | None = None

    @property
    def close(self) -> bool:
        """This run does not tell the first two apart."""
        return self.margin is not None and self.margin.told_apart is not True


def won(report: Report) -> list[Won]:
    """Every cell in which somebody faithful was timed."""
    cells = report.grid.cells if report.grid else ()
    return [found for cell in cells if (found := winner(report, cell))]


def winner(report: Report, cell: GridCell) -> Won | None:
    """The fastest faithful sampler of a cell, and the next one."""
    able = {name: side for name, side in cell.sides.items() if report.faithful(name, cell.replacement)}
    ranked = sorted(able, key=lambda name: able[name].ratio.value)
    if not ranked:
        return None
    first, best = ranked[0], able[ranked[0]].ratio
    if len(ranked) == 1:
        return Won(cell, first, able[first].ns)
    behind = able[ranked[1]].ratio
    # Where the fastest of all may not win, ratios to it become ratios to the fastest that may; its own spread is then
    # not in the interval, so that it is a little narrow.
    low, high = (None if end is None else end / best.value for end in (behind.low, behind.high))
    return Won(cell, first, able[first].ns, ranked[1], Ratio(behind.value / best.value, low, high))


def finding(report: Report) -> str:
    """How many cells each one wins, and how many are open."""
    found = won(report)
    if not found:
        return MISSING if report.grid is None else "Nobody faithful was timed on the decision grid."
    sentences = []
    for mode, words in DRAWS.items():
        here = [one for one in found if one.cell.replacement is mode]
        names = sorted({one.winner for one in here}, key=lambda n: -sum(one.winner == n for one in here))
        counts = [f"`{report.label(name)}` is fastest in {sum(one.winner == name for one in here)}" for name in names]
        close = sum(one.close for one in here)
        if here:
            open_ = f"; {close} are too close to call" if close else ""
            sentences.append(f"{words.capitalize()}, {units.listed(counts)} of {len(here)} requests{open_}.")
    return " ".join(sentences)


def table(report: Report) -> Table | None:
    """Every cell; None where none was measured."""
    found = won(report)
    if not found:
        return None
    columns = (
        Column("question", numeric=False),
        Column("draws", numeric=False),
        Column("V"),
        Column("rows"),
        Column("k"),
        Column("fastest", numeric=False),
        Column("its time", "ns an id"),
        Column("runner-up", numeric=False),
        Column("margin", f"{units.percent(CONFIDENCE)} interval"),
    )
    return Table(columns, tuple(row(report, one) for one in found), notes(report))


def row(report: Report, one: Won) -> tuple[Cell, ...]:
    """A cell of the grid."""
    cell, margin = one.cell, one.margin
    winner, runner_up = report.label(one.winner), report.label(one.runner_up) if one.runner_up else None
    device = "" if cell.device == "cpu" else cell.device
    behind = Cell(units.NONE) if margin is None else Cell(margin.text, margin.span, margin.value)
    return (
        Cell(cell.question, device, cell.question),
        Cell(DRAWS[cell.replacement]),
        Cell(units.count(cell.V), sort=cell.V),
        Cell(units.count(cell.rows), sort=cell.rows),
        Cell(str(cell.k), sort=cell.k),
        Cell(winner, sort=winner, kind="name"),
        Cell(units.ns(one.ns), sort=one.ns),
        Cell(runner_up or units.NONE, sort=runner_up),
        behind,
    )


def notes(report: Report) -> tuple[str, ...]:
    """How it was measured."""
    grid = report.grid
    assert grid is not None  # there are rows
    rounds = f", {grid.rounds} rounds" if grid.rounds else ""
    found = [
        f"`{grid.command}`: in each cell the samplers take turns in one process{rounds}; the margin is the geometric "
        f"mean of the ratios of the rounds, {SAME} where its interval includes 1. {units.NONE}: nobody else was near "
        "enough to be timed."
    ]
    return (*found, *measured_elsewhere(report, grid.commit, grid.dirty))


def record(report: Report) -> list[dict[str, Any]] | None:
    if report.grid is None:
        return None
    return [
        {
            "question": one.cell.question,
            "kind": one.cell.kind,
            "V": one.cell.V,
            "rows": one.cell.rows,
            "k": one.cell.k,
            "replacement": one.cell.replacement,
            "device": one.cell.device,
            "winner": one.winner,
            "ns_per_id": one.ns,
            "runner_up": one.runner_up,
            "too_close_to_call": one.close,
            "margin": one.margin.value if one.margin else None,
            "low": one.margin.low if one.margin else None,
            "high": one.margin.high if one.margin else None,
            "sides": {
                name: {"ns_per_id": s.ns, "ratio": s.ratio.value, "low": s.ratio.low, "high": s.ratio.high}
                for name, s in one.cell.sides.items()
            },
        }
        for one in won(report)
    ]
