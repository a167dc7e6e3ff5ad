# SPDX-License-Identifier: MIT
"""Figures of post 004's experiment and of what a sampler costs before its first id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.checks import Sampler

from . import post004, units
from .model import Report
from .statistics import NOT_MEASURED, Measurement
from .style import FAINT, HOLLOW, INK, Picture, backed, canvas, dot, heading, log_axis, looks
from .tables import cost_workload
from .units import Notation

TODAY: Any = {"marker": "o", "linestyle": "none", "color": "#0072B2", "markersize": 8}
PUBLISHED: Any = TODAY | {"color": FAINT, "markerfacecolor": "white"}


def experiment(report: Report) -> Picture | None:
    """Post 004's seconds beside today's."""
    if not any(post004.seconds(report, m).value for m in post004.METHODS):
        return None
    figure = canvas(8, 3.0)
    axes = figure.subplots()
    for y, method in enumerate(post004.METHODS):
        now = post004.seconds(report, method)
        if now.value is not None and method.published is not None:
            axes.plot([now.value, method.published], [y, y], color="#cccccc", linewidth=2, zorder=1)
        if method.published is not None:
            axes.plot([method.published], [y], **PUBLISHED)
            note(axes, method.published, y, post004.plain(method.published), now.value, "#666666")
        if now.value is not None:
            axes.plot([now.value], [y], **TODAY)
            note(axes, now.value, y, post004.plain(now.value), method.published, INK)
    axes.set_yticks(range(len(post004.METHODS)), [f"{m.label}\n{m.short}" for m in post004.METHODS])
    axes.set_ylim(len(post004.METHODS) - 0.5, -0.6)
    known = [x for m in post004.METHODS for x in (m.published, post004.seconds(report, m).value)]
    log_axis(axes, known, "seconds for 50,000 ids of 100 (log scale)", room=3.0)
    axes.set_xlim(left=min(v for v in known if v) / 3.5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: post004.plain(v)))
    hollow, filled = Line2D([], [], **PUBLISHED), Line2D([], [], **TODAY)
    figure.legend(
        [hollow, filled],
        ["published in the post", "today"],
        loc="outside lower right",
        ncols=2,
        frameon=False,
        fontsize=8.5,
    )
    title = post004.finding(report)
    heading(figure, title, 88)
    pairs = [(m, post004.seconds(report, m).value) for m in post004.METHODS]
    listing = "; ".join(
        f"{m.label}: published {post004.plain(m.published)}, today {post004.plain(now)}" for m, now in pairs
    )
    return Picture(
        "post004",
        title,
        f"Dot plot of seconds for 50,000 ids on a log axis. {listing}.",
        "Post 004's experiment with its own numbers of draws; the last row draws what method 1 draws in one "
        "call, as method 2 nearly does.",
        "bench_post004.Post004.time_method",
        560,
        figure,
    )


def note(axes: Axes, x: float, y: float, text: str, other: float | None, colour: str) -> None:
    """A value beside its point, on the side away from the other point."""
    right = other is None or x >= other
    axes.annotate(
        text,
        (x, y),
        xytext=(9 if right else -9, 0),
        textcoords="offset points",
        va="center",
        ha="left" if right else "right",
        fontsize=8.5,
        color=colour,
        bbox=backed(),
    )


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
    panels[0].set_yticks(range(len(report.samplers)), [s.shown for s in report.samplers])
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
    known = {s.shown: v for s in report.samplers if (v := at.get((s.name, where), NOT_MEASURED).value)}
    if not known:
        return "Nothing was measured"
    low, high = min(known, key=lambda n: known[n]), max(known, key=lambda n: known[n])
    least, most = f"{write(known[low])} ({low})", f"{write(known[high])} ({high})"
    return f"{what.capitalize()} on {where}: from {least} to {most}"
