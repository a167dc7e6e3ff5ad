# SPDX-License-Identifier: MIT
"""The figures of speed: the ranking on one workload, and time per id against V."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.checks import Sampler, Workload

from .. import units
from ..asv_results import SAMPLE
from ..derived import Limit, Win
from ..limits import SOURCE as LIMIT_SOURCE
from ..model import Report
from ..statistics import Measurement
from ..verdict import HEADLINE, MODES, holds, home, place
from .style import (
    HOLLOW,
    INK,
    MOST_SERIES,
    NARROW,
    Look,
    Picture,
    canvas,
    dot,
    heading,
    leading,
    left_out,
    log_axis,
    looks,
    spread,
    tidy,
)

# These names have spaces, so that no sampler has the same name.
GENERATOR, GATHER = "generator alone", "gather alone"
BOUNDS: Any = {
    GENERATOR: {"color": INK, "linestyle": (0, (3.5, 1.6)), "linewidth": 1.6, "zorder": 1.5},
    GATHER: {"color": INK, "linestyle": (0, (1.1, 1.2)), "linewidth": 1.8, "zorder": 1.5},
}
BOUND_WORDS = (
    "Dashed: the random number generator alone, 32 bits per id. Dotted: loads from a table alone. Grey: below the "
    "limit, which is the slower of the two. A sampler can be faster than the limit if its table is smaller, or if its "
    "frequent ids share cache lines. "
)
CACHE_WORDS = (
    "Thin vertical lines: at this V the part of an alias table that most draws read, 4 bytes per id, fills the cache. "
)
ENTRY_BYTES = 4  # bytes that a draw reads of an entry of an alias table
LEADER = {"arrowstyle": "-", "linewidth": 0.6, "alpha": 0.7, "shrinkB": 4}


def ranking(report: Report) -> Picture | None:
    """A dot plot of every sampler on the workload of the headline, fastest first, grouped by mode."""
    workload = home(report)
    if workload is None:
        return None
    style = looks(report)
    figure = canvas(5.4, 1.5 + 0.25 * (len(report.compared) + len(MODES)))
    axes = figure.subplots()
    lines = ranked_lines(report, workload.name)
    for y, (_, sampler) in enumerate(lines):
        if sampler is None:
            continue
        why = absent(report, sampler, workload.name)
        dot(axes, y, report.ns(sampler.name, workload.name), style[sampler.name], units.per_id, why)
    axes.set_yticks(range(len(lines)), [label for label, _ in lines])
    for tick, (_, sampler) in zip(axes.get_yticklabels(), lines, strict=True):
        tick.set_fontweight("bold" if sampler is None else "normal")
    axes.set_ylim(len(lines) - 0.4, -0.8)
    times = [report.ns(s.name, workload.name).value for s in report.compared]
    log_axis(axes, times, "time per id (log scale; left is faster)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.per_id(v, 1)))
    title = ranking_title(report)
    heading(figure, title, 56)
    where = place(workload)
    listing = "; ".join(
        f"{s.display_name} {units.per_id(report.ns(s.name, workload.name).value)}" for _, s in lines if s
    )
    return Picture(
        "ranking",
        title,
        f"Dot plot, time per id on {where.replace('`', '')}, fastest first: {listing}.",
        f"Time per id on {where}. Points are medians, bars are the quartiles of the samples. {HOLLOW}",
        SAMPLE,
        figure,
    )


def ranked_lines(report: Report, workload: str) -> list[tuple[str, Sampler | None]]:
    """The labels from top to bottom: for each mode a heading, then its samplers from fast to slow.

    A heading has no sampler. Samplers without a time come last in their group.
    """
    lines: list[tuple[str, Sampler | None]] = []
    for mode in (*MODES, None):
        group = [s for s in report.compared if s.replacement is mode]
        group.sort(key=lambda s: report.ns(s.name, workload).value or math.inf)
        if group:
            lines.append(("mode unknown" if mode is None else MODES[mode], None))
            lines += [(s.display_name, s) for s in group]
    return lines


def ranking_title(report: Report) -> str:
    """The winner of each mode on the workload of the headline."""
    at = home(report)
    if at is None:
        return "Nothing was timed"
    workload = at.name
    wins = [w for w in report.verdict.wins if w.workload.name == workload]
    parts = [f"{leaders(report, w)} per id {MODES[w.replacement]}" for w in wins]
    where = "English word counts" if workload == HEADLINE else workload
    if not parts:
        return f"No winner on {where}"
    several = len(wins) > 1 or len(holds(report, wins[0]).leaders) > 1
    noun = "samplers are" if several else "sampler is"
    return f"The fastest faithful {noun}, on {where}: {units.listed(parts)}"


def leaders(report: Report, win: Win) -> str:
    """The samplers that may win in another run too, with their times."""
    return units.listed(
        [f"{report.label(name)} at {units.per_id(ns)}" for name, ns in holds(report, win).leaders.items()]
    )


def absent(report: Report, sampler: Sampler, workload: str) -> str:
    """Why there is no number."""
    if sampler.unavailable:
        return textwrap.shorten(f"skipped: {sampler.unavailable}", 46, placeholder=" …")
    refusal = report.refusal(sampler.name, workload)
    if refusal is not None:
        return textwrap.shorten(f"refused: {refusal}", 46, placeholder=" …")
    return "benchmark failed" if report.ns(sampler.name, workload).failed else "not measured"


def throughput(report: Report) -> Picture | None:
    """A line plot of the time per id against V, one line per sampler."""
    names = report.family
    workloads = sorted((report.workload(n) for n in names), key=lambda w: w.V or 0)
    if len(workloads) < 2:
        return None
    first, last = workloads[0].V or 1, workloads[-1].V or 1
    style = looks(report)
    figure = canvas(NARROW, 5.4)
    axes = figure.subplots()
    bounds = [b for b in report.bounds if b.ns and first <= b.V <= last]
    ends = limit_lines(axes, bounds)
    curves = curves_of(report, workloads)
    shown = leading(
        report, {name: cells[-1][1].value or 0.0 for name, cells in curves.items()}, MOST_SERIES - len(ends)
    )
    for name in shown:
        ends[name] = curve(axes, curves[name], style[name])
    over_sizes(axes, first, last)
    below_limit(axes, bounds)
    cached = caches(axes, report, first, last)
    end_labels(axes, ends, style, report.label, 0.05, 1.7)
    title = throughput_title(report, names)
    heading(figure, title, 50)
    listing = "; ".join(f"{report.label(n)} {units.per_id(y)} at V = {units.count(x)}" for n, (x, y) in ends.items())
    listing += f"; the limit {units.per_id(bounds[-1].ns)}" if bounds else ""
    listing += f". Cache sizes marked: {', '.join(cached)}" if cached else ""
    return Picture(
        "throughput",
        title,
        f"Line plot on log-log axes, time per id against V. Last points: {listing}.",
        f"Time per id against V, the number of ids, on {', '.join(names)}. Points are medians, vertical lines and "
        "bands go from q25 to q75. Labels are in the order of the last values. "
        f"{BOUND_WORDS if bounds else ''}{CACHE_WORDS if cached else ''}{HOLLOW}{left_out(len(shown), len(curves))}",
        ", ".join([SAMPLE, *([LIMIT_SOURCE] if bounds else [])]),
        figure,
    )


def curves_of(report: Report, workloads: list[Workload]) -> dict[str, list[tuple[int, Measurement]]]:
    """The times over V of each sampler that draws with replacement."""
    found = {}
    for s in report.samplers:
        cells = [(w.V or 0, m) for w in workloads if (m := report.ns(s.name, w.name)).value is not None]
        if cells and s.replacement is not False:
            found[s.name] = cells
    return found


def limit_lines(axes: Axes, bounds: list[Limit]) -> dict[str, tuple[float, float]]:
    """Draw the two parts of the limit; returns the last point of each line."""
    ends = {}
    for name, parts in ((GENERATOR, [b.generator for b in bounds]), (GATHER, [b.gather for b in bounds])):
        if bounds:
            axes.plot([b.V for b in bounds], [part or math.nan for part in parts], **BOUNDS[name])
            ends[name] = (float(bounds[-1].V), parts[-1] or math.nan)
    return ends


def below_limit(axes: Axes, bounds: list[Limit]) -> None:
    """Fill the area below the limit with grey."""
    low, high = axes.get_ylim()
    axes.fill_between([b.V for b in bounds], low, [b.ns or low for b in bounds], color="#efefef", linewidth=0, zorder=0)
    axes.set_ylim(low, high)


def caches(axes: Axes, report: Report, first: int, last: int) -> list[str]:
    """Draw a line at each V from `first` to `last` whose alias table fills a cache; returns the names of the caches."""
    recorded = report.origin.environment.get("caches")
    sizes = {str(name): int(size) for name, size in recorded.items()} if isinstance(recorded, Mapping) else {}
    in_range = {name: size for name, size in sizes.items() if first <= size / ENTRY_BYTES <= last}
    for name, size in in_range.items():
        axes.axvline(size / ENTRY_BYTES, color="#b0b0b0", linewidth=0.9, zorder=0.5)
        axes.text(
            size / ENTRY_BYTES,
            1.005,
            f"{name}\n{units.binary(size)}",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=7.5,
            color="#666666",
        )
    return list(in_range)


def over_sizes(axes: Axes, first: int, last: int) -> None:
    """Set up log axes of V and of the time per id."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(first / 1.5, last * 1.5)
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.short(v)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: units.per_id(v, 1)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("V, number of ids in the vocabulary (log scale)")
    axes.set_ylabel("time per id (log scale; lower is faster)")
    tidy(axes)


def curve(axes: Axes, cells: list[tuple[int, Measurement]], look: Look) -> tuple[float, float]:
    """Draw the line and the band of a sampler; returns its last point."""
    x = [v for v, _ in cells]
    y = [m.value or math.nan for _, m in cells]
    low = [m.q25 if m.q25 is not None else v for (_, m), v in zip(cells, y, strict=True)]
    high = [m.q75 if m.q75 is not None else v for (_, m), v in zip(cells, y, strict=True)]
    axes.fill_between(x, low, high, color=look.colour, alpha=0.16, linewidth=0)
    axes.vlines(x, low, high, color=look.colour, linewidth=1.2)
    axes.plot(x, y, **look.line)
    return float(x[-1]), y[-1]


def end_labels(
    axes: Axes,
    ends: Mapping[str, tuple[float, float]],
    style: Mapping[str, Look],
    label: Callable[[str], str],
    gap: float = 0.042,
    reach: float = 1.0,
) -> None:
    """Write names to the right of the axes, each joined with the last point of its line.

    Parameters
    ----------
    axes : Axes
    ends : mapping of str to (float, float)
        The last point of each line.
    style : mapping of str to Look
    label : callable
        Returns the name that is shown.
    gap : float
        Smallest distance of two names, as a fraction of the height.
    reach : float
        Scale of the distances to the right; narrow axes need more than 1.
    """
    low, high = (math.log10(y) for y in axes.get_ylim())
    heights = [(math.log10(y) - low) / (high - low) for _, y in ends.values()]
    for (name, (x, y)), height in zip(ends.items(), spread(heights, gap), strict=True):
        line = BOUNDS[name] if name in BOUNDS else style[name].point
        axes.annotate(
            "",
            (x, y),
            xytext=(1 + 0.035 * reach, height),
            textcoords="axes fraction",
            annotation_clip=False,
            arrowprops=LEADER | {"color": line["color"]},
        )
        swatch = [1 + reach * x for x in ((0.036, 0.056) if name in BOUNDS else (0.045,))]
        axes.plot(swatch, [height] * len(swatch), transform=axes.transAxes, clip_on=False, **line)
        axes.text(1 + 0.065 * reach, height, label(name), transform=axes.transAxes, va="center", fontsize=8)


def throughput_title(report: Report, names: Sequence[str]) -> str:
    """The winners at the smallest and the largest V."""
    chain = [w for w in report.verdict.wins if w.replacement and w.workload.name in names]
    chain.sort(key=lambda w: w.workload.V or 0)
    if not chain:
        return "No faithful sampler with replacement was timed over V"
    first, last = chain[0], chain[-1]
    small, large = report.label(first.winner), report.label(last.winner)
    if len({w.winner for w in chain}) == 1:
        return (
            f"{small} is the fastest faithful sampler at every V: {units.per_id(first.ns)} per id at "
            f"V = {units.count(first.workload.V)}, {units.per_id(last.ns)} at {units.count(last.workload.V)}"
        )
    return (
        f"The winner changes with V: {small} at {units.count(first.workload.V)} ids, "
        f"{large} at {units.count(last.workload.V)} (with replacement)"
    )
