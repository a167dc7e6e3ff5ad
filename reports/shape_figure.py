# SPDX-License-Identifier: MIT
"""How the time of an id depends on the shape of a call: its rows, and k."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from . import units
from .axes import ALL, Axis, Cells, measured
from .model import Report
from .style import HOLLOW, Look, Picture, canvas, heading, looks, tidy

SHAPES = tuple(axis for axis in ALL if axis.key in ("rows", "columns"))
LABELS = {"rows": "rows of a call, k = 5", "columns": "k, ids of a row"}


def scaling(report: Report) -> Picture | None:
    """A panel for each workload and axis: time an id against rows, and against k."""
    found = {axis: usable(measured(report, axis)) for axis in SHAPES}
    panels = [(axis, where) for axis in SHAPES for where in places(found[axis])]
    if not panels:
        return None
    style = looks(report)
    columns = max(len(places(found[axis])) for axis in SHAPES)
    rows = [axis for axis in SHAPES if found[axis]]
    figure = canvas(10, 1.5 + 3.0 * len(rows))
    grid = figure.subplots(len(rows), columns, sharey=True, squeeze=False)
    for axes in grid.flat:
        axes.set_visible(False)
    for axis, where in panels:
        axes = grid[rows.index(axis)][places(found[axis]).index(where)]
        axes.set_visible(True)
        lines(axes, found[axis], where, style)
        decorate(axes, axis, where, found[axis])
    names = [s.name for s in report.samplers if any(s.name in cells for cells in found.values())]
    handles = [Line2D([], [], label=report.label(name), **style[name].line) for name in names]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(6, len(handles)), frameon=False, fontsize=8.5)
    title = finding(report, found)
    heading(figure, title, 112)
    return Picture(
        "scaling",
        title,
        f"Line plots on log axes: time an id against the rows of a call and against k. {title}.",
        f"Medians, whiskers from q25 to q75; the numbers are in the tables below. {HOLLOW}",
        ", ".join(axis.benchmark for axis in rows),
        760,
        figure,
    )


def usable(found: dict[str, Cells]) -> dict[str, Cells]:
    """Without cells that hold no number."""
    kept = {name: {setting: m for setting, m in cells.items() if m.value} for name, cells in found.items()}
    return {name: cells for name, cells in kept.items() if cells}


def places(found: dict[str, Cells]) -> list[str]:
    return list(dict.fromkeys(str(setting[0]) for cells in found.values() for setting in cells))


def lines(axes: Axes, found: dict[str, Cells], where: str, style: dict[str, Look]) -> None:
    """A line a sampler."""
    for name, cells in found.items():
        here = sorted((setting[1], cell) for setting, cell in cells.items() if setting[0] == where)
        if not here or name not in style:
            continue
        x, look = [at for at, _ in here], style[name]
        axes.plot(x, [cell.value or 0.0 for _, cell in here], **look.line | {"markersize": 4.5})
        axes.vlines(
            x,
            [c.q25 or c.value or 0.0 for _, c in here],
            [c.q75 or c.value or 0.0 for _, c in here],
            color=look.colour,
            linewidth=1.2,
        )


def decorate(axes: Axes, axis: Axis, where: str, found: dict[str, Cells]) -> None:
    """Log axes with a tick at each setting."""
    tidy(axes)
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks = sorted({setting[1] for cells in found.values() for setting in cells if setting[0] == where})
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.count(v)))
    axes.yaxis.set_major_locator(LogLocator(numticks=9))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: units.an_id(v, 1)))
    axes.set_xlabel(LABELS[axis.key])
    axes.set_title(where, fontsize=9.5, loc="left")
    if axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_ylabel("time an id")


def finding(report: Report, found: dict[Axis, dict[str, Cells]]) -> str:
    """What the fastest faithful sampler at the largest number of rows pays in the smallest call."""
    cells = found[SHAPES[0]] or found[SHAPES[1]]
    able = {name: own for name, own in cells.items() if report.status(name) == "pass"}
    if not able:
        return "Time an id against the shape of a call"
    where = places(able)[0]
    ends = {name: [own[s].value or 0.0 for s in sorted(own) if s[0] == where] for name, own in able.items()}
    name = min((n for n in ends if ends[n]), key=lambda n: ends[n][-1])
    first, last = ends[name][0], ends[name][-1]
    what = "a call of one row" if cells is found[SHAPES[0]] else "rows of one id"
    return f"{report.label(name)} on {where}: {units.an_id(first)} an id in {what}, {units.an_id(last)} in the largest"
