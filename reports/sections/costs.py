# SPDX-License-Identifier: MIT
"""The section on build time, memory, and the number of ids from which a long build pays off."""

from __future__ import annotations

import math

from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.checks import Sampler

from .. import break_even, units
from ..asv_results import NBYTES
from ..figures.style import HOLLOW, NARROW, Picture, canvas, dot, heading, log_axis, looks
from ..model import Report
from ..statistics import NOT_MEASURED, Measurement
from ..tables import cost_workload
from .section import Drawn, Section, Shown


def costs(report: Report) -> Picture | None:
    """A dot plot of the bytes of the tables, smallest first."""
    at = report.nbytes
    if not at:
        return None
    where = cost_workload(report, at)
    cells = [(s, at.get((s.name, where), NOT_MEASURED)) for s in report.compared]
    lines = sorted(cells, key=lambda line: line[1].value or math.inf)
    style = looks(report)
    figure = canvas(NARROW, 1.3 + 0.25 * len(lines))
    axes = figure.subplots()
    for y, (sampler, cell) in enumerate(lines):
        dot(axes, y, cell, style[sampler.name], units.size, absence(sampler, cell))
    log_axis(axes, [cell.value for _, cell in lines], f"bytes of the tables, {where} (log scale)", room=30.0)
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.size(v, 1)))
    axes.set_yticks(range(len(lines)), [sampler.display_name for sampler, _ in lines])
    axes.set_ylim(len(lines) - 0.4, -0.6)
    title = costs_title(report, where)
    heading(figure, title, 50)
    listing = "; ".join(f"{sampler.display_name} {units.size(cell.value)}" for sampler, cell in lines)
    return Picture(
        "costs",
        title,
        f"Dot plot on a log axis, bytes of the tables on {where}: {listing}.",
        f"Build time and the peak memory of the process are in the table of all samplers. {HOLLOW}",
        NBYTES,
        figure,
    )


def absence(sampler: Sampler, cell: Measurement) -> str:
    """Why there is no number."""
    if sampler.unavailable:
        return "skipped"
    return "failed" if cell.failed else "not measured"


def costs_title(report: Report, where: str) -> str:
    """The smallest and the largest tables, with their samplers."""
    known = {
        s.display_name: v for s in report.samplers if (v := report.nbytes.get((s.name, where), NOT_MEASURED).value)
    }
    if not known:
        return "Nothing was measured"
    low, high = min(known, key=lambda n: known[n]), max(known, key=lambda n: known[n])
    return f"Tables on {where}: from {units.size(known[low])} ({low}) to {units.size(known[high])} ({high})"


SECTION = Section(
    key="cost",
    title="Build time, memory, break-even",
    link="Cost",
    finding=break_even.finding,
    blocks=(
        Drawn("costs", costs),
        Drawn("breakeven", break_even.total, heading="When a long build pays off"),
        Shown("plans", "Number of ids from which a sampler with a long build is cheaper", break_even.table),
    ),
)
