# SPDX-License-Identifier: MIT
"""The figure of inclusion probabilities: how often an id is in a row of k distinct ids, relative to k p."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.checks import Check, Ranks

from .. import units
from ..model import Report
from ..verdict import HEADLINE
from .style import HOLLOW, INK, NARROW, Look, Picture, canvas, heading, looks, tidy

# Points with a larger standard error are left out, because they cannot show differences of a few percent.
MOST_ERROR = 0.025
BINS_PER_DECADE = 4
WHISKER = 1.96  # standard errors, for a confidence interval of 95 %
DODGE = 0.028  # horizontal distance between the points of two samplers in a bin, in decades
Drawn = tuple[Check, Ranks]
Panels = dict[str, list[Drawn]]
# Rank (geometric mean of the bin's ends), ratio to k p, and its standard error.
Point = tuple[float, float, float]


def inclusion(report: Report) -> Picture | None:
    """One panel per workload: the exact inclusion probabilities of each k as lines, the samplers as points."""
    panels = chosen(report)
    if not panels:
        return None
    style = looks(report)
    figure = canvas(NARROW, 1.6 + 2.9 * len(panels))
    axes = figure.subplots(len(panels), 1, sharey=True, squeeze=False)[:, 0]
    with_points: dict[str, None] = {}
    for panel, (workload, checks) in zip(axes, panels.items(), strict=True):
        with_points |= dict.fromkeys(draw(panel, checks, style))
        size = report.workload(workload).V
        panel.set_title(workload + (f", {units.count(size)} ids" if size else ""), fontsize=10, loc="left")
        decorate(panel, max(ranks.last[-1] for _, ranks in checks))
    handles = [Line2D([], [], label=report.label(name), **style[name].point) for name in with_points]
    handles += [
        Line2D([], [], color=INK, linewidth=1.4, label="exact"),
        Line2D([], [], color=INK, linewidth=1, linestyle=(0, (4, 3)), label="k p"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=8.5)
    title = finding(panels)
    heading(figure, title, 50)
    return Picture(
        "inclusion",
        title,
        f"For {units.listed(list(panels))}: the probability that an id is in a row of k distinct ids, divided by k p, "
        "over the rank of the id. The curves start below 1 at the most frequent ids and end above 1. "
        f"{title}.",
        "Horizontal: rank of the id. Vertical: the probability that the id is in a row of k distinct ids, divided by "
        "k p. Lines: the exact inclusion probability of successive sampling. Points: draws, with 95 % confidence "
        f"intervals, in {BINS_PER_DECADE} bins of ranks per decade. Points with a standard error above "
        f"{units.percent(MOST_ERROR)} are left out, so that slow samplers, which drew few rows, have no points. The "
        "points of a bin are moved apart horizontally. "
        f"Dashed: k p, the expected count of draws with replacement. {HOLLOW}",
        "python -m benchmarks.fidelity",
        figure,
    )


def chosen(report: Report) -> Panels:
    """The checks of distinct ids on workloads that were checked at several k; if there are none, on `HEADLINE`."""
    by_workload: Panels = {}
    for workload in report.checked():
        checks = [c for c in report.checks if c.workload == workload.name and c.replacement is False]
        drawn = [(check, check.ranks) for check in sorted(checks, key=lambda check: check.k) if check.ranks]
        if drawn:
            by_workload[workload.name] = drawn
    several = {name: drawn for name, drawn in by_workload.items() if len({check.k for check, _ in drawn}) > 1}
    return several or {name: drawn for name, drawn in by_workload.items() if name == HEADLINE}


def draw(axes: Axes, drawn: Sequence[Drawn], style: dict[str, Look]) -> list[str]:
    """Draw the lines and points of a workload; returns the samplers that have points."""
    axes.axhline(1, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    names = list(dict.fromkeys(check.sampler for check, _ in drawn))
    for k, group in groupby(drawn, key=lambda pair: pair[0].k):
        exact_line(axes, k, next(group)[1])
    with_points = []
    for check, ranks in drawn:
        estimates = points(ranks, check.rows or 1)
        if not estimates:
            continue
        with_points.append(check.sampler)
        shift = 10 ** (DODGE * (names.index(check.sampler) - (len(names) - 1) / 2))
        look = style[check.sampler]
        axes.errorbar(
            [x * shift for x, _, _ in estimates],
            [y for _, y, _ in estimates],
            [WHISKER * e for _, _, e in estimates],
            ecolor=look.colour,
            elinewidth=0.9,
            **look.point | {"markersize": 3.6, "markeredgewidth": 0.9},
        )
    return with_points


def exact_line(axes: Axes, k: int, ranks: Ranks) -> None:
    """Draw the exact inclusion probabilities of a k, which are the same for every sampler."""
    x = [math.sqrt(a * b) for a, b in zip(ranks.first, ranks.last, strict=True)]
    y = [e / i for e, i in zip(ranks.expected, ranks.independent, strict=True)]
    axes.plot(x, y, color=INK, linewidth=1.4, zorder=1.5)
    axes.annotate(
        f"k = {k}", (x[0], y[0]), xytext=(-9, 0), textcoords="offset points", ha="right", va="center", fontsize=8.5
    )


def points(ranks: Ranks, rows: int) -> list[Point]:
    """The observed ratios to k p, with upper bounds of their standard errors.

    They are upper bounds because the ids of a row are negatively correlated.
    """
    estimates = []
    for bins in merged(ranks):
        first, last = ranks.first[bins[0]], ranks.last[bins[-1]]
        observed, expected, independent = (
            sum(counts[i] for i in bins) for counts in (ranks.observed, ranks.expected, ranks.independent)
        )
        share = min(1.0, expected / (rows * (last - first + 1)))
        error = math.sqrt(expected * (1 - share)) / independent
        if error <= MOST_ERROR:
            estimates.append((math.sqrt(first * last), observed / independent, error))
    return estimates


def merged(ranks: Ranks) -> list[list[int]]:
    """The positions of the bins of `ranks`, grouped into `BINS_PER_DECADE` bins per decade."""

    def part_of_decade(i: int) -> int:
        return math.floor(BINS_PER_DECADE * math.log10(ranks.first[i]))

    return [list(group) for _, group in groupby(range(len(ranks.first)), part_of_decade)]


def decorate(axes: Axes, last: int) -> None:
    """Set up a log axis of ranks, with space for the names of the lines."""
    tidy(axes)
    axes.set_xscale("log")
    axes.set_xlim(10 ** (-0.16 * math.log10(last)) / 1.3, last * 1.3)
    axes.xaxis.set_major_locator(LogLocator(numticks=9))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.count(v) if v >= 1 else ""))
    axes.set_xlabel("rank of the id (1 = most frequent; log scale)")
    axes.set_ylabel("inclusion probability / (k p)")


def finding(panels: Panels) -> str:
    """The largest difference from k p, and how many samplers pass their checks."""
    pairs = [pair for panel in panels.values() for pair in panel]
    check, ranks = min(pairs, key=lambda pair: head(pair[1]))
    failed = {check.sampler for check, _ in pairs if not check.passed}
    names = {check.sampler for check, _ in pairs}
    return (
        f"The expected count of a distinct id is not k p: the most frequent id of {check.workload} is drawn "
        f"{units.percent(1 - head(ranks))} less often at k = {check.k}; {len(names - failed)} of {len(names)} "
        "samplers of distinct ids pass every test"
    )


def head(ranks: Ranks) -> float:
    """The exact inclusion probability divided by k p, of the first bin (the most frequent ids)."""
    return ranks.expected[0] / ranks.independent[0]
