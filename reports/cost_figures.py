# SPDX-License-Identifier: MIT
"""What a sampler costs before its first id, drawn."""

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
    """Build time, bytes of tables, peak memory of the process, first call."""
    kinds: list[tuple[str, Mapping[tuple[str, str], Measurement], Notation]] = [
        ("build time", report.build, units.seconds),
        ("tables", report.nbytes, units.size),
        ("peak memory of the process", report.peak, units.size),
    ]
    shown = [(t, at, write, cost_workload(report, at)) for t, at, write in kinds if at]
    if not shown:
        return None
    style = looks(report)
    figure = canvas(10, 1.5 + 0.27 * len(report.samplers))
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, (title, at, write, where) in zip(panels, shown, strict=True):
        found = [at.get((s.name, where), NOT_MEASURED) for s in report.samplers]
        for y, (sampler, cell) in enumerate(zip(report.samplers, found, strict=True)):
            dot(axes, y, cell, style[sampler.name], write, absence(sampler, cell))
        log_axis(axes, [m.value for m in found], f"{title}, {where}", room=14.0)
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _, write=write: write(v, 1)))
    panels[0].set_yticks(range(len(report.samplers)), [s.display_name for s in report.samplers])
    panels[0].set_ylim(len(report.samplers) - 0.4, -0.6)
    title = costs_title(report, *shown[min(1, len(shown) - 1)])
    heading(figure, title, 110)
    return Picture(
        "costs",
        title,
        f"Dot plots on log axes, one line a sampler: {', '.join(t for t, *_ in shown)}. "
        "The numbers are in the table of all samplers.",
        f"Peak memory is that of the process, with the interpreter and the libraries that a sampler imports. {HOLLOW}",
        "bench_build.Build.time_build, .track_nbytes, .peakmem_build",
        760,
        figure,
    )


def absence(sampler: Sampler, cell: Measurement) -> str:
    """A word in place of a number."""
    if sampler.unavailable:
        return "skipped"
    return "failed" if cell.failed else "not measured"


def costs_title(
    report: Report,
    what: str,
    at: Mapping[tuple[str, str], Measurement],
    write: Notation,
    where: str,
) -> str:
    """The least and the most that a sampler holds."""
    known = {s.display_name: v for s in report.samplers if (v := at.get((s.name, where), NOT_MEASURED).value)}
    if not known:
        return "Nothing was measured"
    low, high = min(known, key=lambda n: known[n]), max(known, key=lambda n: known[n])
    least, most = f"{write(known[low])} ({low})", f"{write(known[high])} ({high})"
    return f"{what.capitalize()} on {where}: from {least} to {most}"
