# SPDX-License-Identifier: MIT
"""The figure of build time and memory."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.checks import Sampler

from . import units
from .model import Report
from .statistics import NOT_MEASURED, Measurement
from .style import HOLLOW, Picture, canvas, dot, heading, log_axis, looks
from .tables import cost_workload
from .units import Notation


def costs(report: Report) -> Picture | None:
    """Dot plots of build time, bytes of the tables and peak memory of the process; a panel each."""
    kinds: list[tuple[str, Mapping[tuple[str, str], Measurement], Notation]] = [
        ("build time", report.build, units.seconds),
        ("tables", report.nbytes, units.size),
        ("peak memory of the process", report.peak, units.size),
    ]
    measured = [(t, at, write, cost_workload(report, at)) for t, at, write in kinds if at]
    if not measured:
        return None
    style = looks(report)
    figure = canvas(10, 1.5 + 0.27 * len(report.compared))
    panels = figure.subplots(1, len(measured), sharey=True, squeeze=False)[0]
    for axes, (title, at, write, where) in zip(panels, measured, strict=True):
        cells = [at.get((s.name, where), NOT_MEASURED) for s in report.compared]
        for y, (sampler, cell) in enumerate(zip(report.compared, cells, strict=True)):
            dot(axes, y, cell, style[sampler.name], write, absence(sampler, cell))
        log_axis(axes, [m.value for m in cells], f"{title}, {where}", room=14.0)
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _, write=write: write(v, 1)))
    panels[0].set_yticks(range(len(report.compared)), [s.display_name for s in report.compared])
    panels[0].set_ylim(len(report.compared) - 0.4, -0.6)
    title = costs_title(report, *measured[min(1, len(measured) - 1)])
    heading(figure, title, 110)
    return Picture(
        "costs",
        title,
        f"Dot plots on log axes, one line per sampler: {', '.join(t for t, *_ in measured)}. "
        "The numbers are in the table of all samplers.",
        f"Peak memory includes the interpreter and the libraries that a sampler imports. {HOLLOW}",
        "bench_build.Build.time_build, .track_nbytes, .peakmem_build",
        760,
        figure,
    )


def absence(sampler: Sampler, cell: Measurement) -> str:
    """Why there is no number."""
    if sampler.unavailable:
        return "skipped"
    return "failed" if cell.failed else "not measured"


def costs_title(
    report: Report,
    title: str,
    at: Mapping[tuple[str, str], Measurement],
    write: Notation,
    where: str,
) -> str:
    """The smallest and the largest number of a panel, with their samplers."""
    known = {s.display_name: v for s in report.samplers if (v := at.get((s.name, where), NOT_MEASURED).value)}
    if not known:
        return "Nothing was measured"
    low, high = min(known, key=lambda n: known[n]), max(known, key=lambda n: known[n])
    return f"{title.capitalize()} on {where}: from {write(known[low])} ({low}) to {write(known[high])} ({high})"
