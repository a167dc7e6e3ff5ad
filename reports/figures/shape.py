# SPDX-License-Identifier: MIT
"""The figure of time per id against the rows of a call and against k."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.questions import Question

from .. import units
from ..asv_results import COLUMNS, ROWS
from ..axes import Cells
from ..model import Report
from .style import (
    HOLLOW,
    NARROW,
    Look,
    Picture,
    canvas,
    heading,
    leading,
    left_out,
    log_ticks,
    looks,
    tidy,
)

SHAPES = (ROWS, COLUMNS)


def scaling(report: Report) -> Picture | None:
    """One panel per axis and workload: time per id against rows, and against k."""
    cells = cells_of(report)
    rows = [axis for axis in cells if cells[axis]]
    if not rows:
        return None
    style = looks(report)
    figure = canvas(NARROW, 1.9 + 2.7 * len(rows))
    names = {s.name for s in report.samplers if any(s.name in by_sampler for by_sampler in cells.values())}
    shown = leading(report, {name: shortest(cells, name) for name in names})
    for axes, axis in zip(figure.subplots(len(rows), 1, sharey=True, squeeze=False)[:, 0], rows, strict=True):
        workload = places(cells[axis])[0]
        drawn = {name: cells[axis][name] for name in shown if name in cells[axis]}
        lines(axes, drawn, workload, style)
        decorate(axes, axis, workload, drawn)
    handles = [Line2D([], [], label=report.label(name), **style[name].line) for name in shown]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=8.5)
    title = finding(report, cells)
    heading(figure, title, 50)
    return Picture(
        "scaling",
        title,
        f"Line plots on log axes: time per id against the rows per call and against k. {title}.",
        "Points are medians, vertical lines go from q25 to q75. The tables below have the other workloads too. "
        f"{HOLLOW}{left_out(len(shown), len(names))}",
        ", ".join(axis.benchmark for axis in rows),
        figure,
    )


def headline(report: Report) -> str:
    """The times in the smallest and in the largest call."""
    return finding(report, cells_of(report))


def cells_of(report: Report) -> dict[Question, dict[str, Cells]]:
    """The cells that have a number, over rows and over k."""
    return {axis: usable(report.measured[axis.key]) for axis in map(report.question, SHAPES)}


def shortest(cells: dict[Question, dict[str, Cells]], name: str) -> float:
    """The shortest time per id of a sampler, by which those of the picture are chosen."""
    return min(cell.value or 0.0 for by_sampler in cells.values() for cell in by_sampler.get(name, {}).values())


def usable(by_sampler: Mapping[str, Cells]) -> dict[str, Cells]:
    """The cells that have a number."""
    with_number = {name: {setting: m for setting, m in cells.items() if m.value} for name, cells in by_sampler.items()}
    return {name: cells for name, cells in with_number.items() if cells}


def places(by_sampler: dict[str, Cells]) -> list[str]:
    """The workloads, in the order of the cells."""
    return list(dict.fromkeys(str(setting[0]) for cells in by_sampler.values() for setting in cells))


def lines(axes: Axes, by_sampler: dict[str, Cells], workload: str, style: dict[str, Look]) -> None:
    """Draw one line per sampler."""
    for name, cells in by_sampler.items():
        points = sorted((setting[1], cell) for setting, cell in cells.items() if setting[0] == workload)
        if not points or name not in style:
            continue
        x, look = [at for at, _ in points], style[name]
        axes.plot(x, [cell.value or 0.0 for _, cell in points], **look.line | {"markersize": 4.5})
        axes.vlines(
            x,
            [c.q25 or c.value or 0.0 for _, c in points],
            [c.q75 or c.value or 0.0 for _, c in points],
            color=look.colour,
            linewidth=1.2,
        )


def decorate(axes: Axes, axis: Question, workload: str, by_sampler: dict[str, Cells]) -> None:
    """Set up log axes with a tick at each setting."""
    tidy(axes)
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks = sorted({setting[1] for cells in by_sampler.values() for setting in cells if setting[0] == workload})
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.count(v)))
    log_ticks(axes.yaxis, lambda ns: units.per_id(ns, 1))
    label = f"rows per call, k = {axis.k}" if axis.benchmark == ROWS else "k, ids per row"
    axes.set_xlabel(f"{label} (log scale)")
    axes.set_title(workload, fontsize=9.5, loc="left")
    axes.set_ylabel("time per id (log scale)")


def finding(report: Report, cells: dict[Question, dict[str, Cells]]) -> str:
    """The time per id in the smallest and in the largest call, of the faithful sampler that wins the largest call."""
    of_rows, of_columns = cells.values()
    over_rows, by_sampler = bool(of_rows), of_rows or of_columns
    able = {name: of_sampler for name, of_sampler in by_sampler.items() if report.status(name) == "pass"}
    if not able:
        return "Time per id against the shape of a call"
    where = places(able)[0]
    times = {name: [m[s].value or 0.0 for s in sorted(m) if s[0] == where] for name, m in able.items()}
    name = min((n for n in times if times[n]), key=lambda n: times[n][-1])
    first, last = times[name][0], times[name][-1]
    smallest, largest = (
        ("calls of one row", "the largest calls") if over_rows else ("rows of one id", "the longest rows")
    )
    return (
        f"{report.label(name)} on {where}: {units.per_id(first)} per id in {smallest}, "
        f"{units.per_id(last)} per id in {largest}"
    )
