# SPDX-License-Identifier: MIT
"""How often an id is in a row of k distinct ids, as a multiple of k p: the law that is not k p."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.checks import Check, Ranks

from . import units
from .model import Report
from .style import HOLLOW, INK, Look, Picture, canvas, heading, looks, tidy
from .verdict import HEADLINE

# Points whose standard error is larger say nothing about differences of a few percent.
MOST_ERROR = 0.025
BINS_A_DECADE = 4
# Two-sided 95 % of a normal deviate.
WHISKER = 1.96
DODGE = 0.028  # decades between the points of two samplers in one bin
Drawn = tuple[Check, Ranks]
Panels = dict[str, list[Drawn]]
# Rank (geometric middle of a bin), ratio to k p, and its standard error.
Point = tuple[float, float, float]


def inclusion(report: Report) -> Picture | None:
    """A panel a workload: the exact law of each k as a line, samplers of distinct ids as points."""
    panels = chosen(report)
    if not panels:
        return None
    style = looks(report)
    figure = canvas(10, 4.9)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    shown: dict[str, None] = {}
    for panel, (workload, checks) in zip(axes, panels.items(), strict=True):
        shown |= dict.fromkeys(draw(panel, checks, style))
        size = report.workload(workload).V
        panel.set_title(workload + (f", {units.count(size)} ids" if size else ""), fontsize=10, loc="left")
        decorate(panel, max(ranks.last[-1] for _, ranks in checks))
    axes[0].set_ylabel("how often an id is in a row, over k p")
    handles = [Line2D([], [], label=report.label(name), **style[name].point) for name in shown]
    handles += [
        Line2D([], [], color=INK, linewidth=1.4, label="exact law"),
        Line2D([], [], color=INK, linewidth=1, linestyle=(0, (4, 3)), label="k p"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8.5)
    title = finding(panels)
    heading(figure, title, 112)
    return Picture(
        "inclusion",
        title,
        f"For {units.listed(list(panels))}: the probability that an id is in a row of k distinct ids, divided by k p, "
        "over the rank of its probability. The curves begin below 1 at the most frequent ids and end above it. "
        f"{title}.",
        "Line: the exact inclusion probability of successive sampling. Points: what was drawn, with 95 % whiskers, "
        f"{BINS_A_DECADE} bins of ranks a decade; left out where the standard error is above "
        f"{units.percent(MOST_ERROR)}, which leaves nothing of samplers that were too slow for more rows. Samplers are "
        f"moved apart sideways. Dashed: k p, the law of draws with replacement. {HOLLOW}",
        "python -m benchmarks.fidelity",
        760,
        figure,
    )


def chosen(report: Report) -> Panels:
    """Checks of distinct ids at workloads with several k, else at the headline's."""
    found: Panels = {}
    for workload in report.checked():
        here = [c for c in report.checks if c.workload == workload.name and c.replacement is False]
        drawn = [(check, check.ranks) for check in sorted(here, key=lambda check: check.k) if check.ranks]
        if drawn:
            found[workload.name] = drawn
    several = {name: drawn for name, drawn in found.items() if len({check.k for check, _ in drawn}) > 1}
    return several or {name: drawn for name, drawn in found.items() if name == HEADLINE}


def draw(axes: Axes, drawn: Sequence[Drawn], style: dict[str, Look]) -> list[str]:
    """Lines and points of a workload; the samplers that have points."""
    axes.axhline(1, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    names = list(dict.fromkeys(check.sampler for check, _ in drawn))
    shown = []
    for k, group in groupby(drawn, key=lambda one: one[0].k):
        same = list(group)
        law(axes, k, same[0][1])
        for check, ranks in same:
            found = points(ranks, check.rows or 1)
            if not found:
                continue
            shown.append(check.sampler)
            shift = 10 ** (DODGE * (names.index(check.sampler) - (len(names) - 1) / 2))
            look = style[check.sampler]
            axes.errorbar(
                [x * shift for x, _, _ in found],
                [y for _, y, _ in found],
                [WHISKER * e for _, _, e in found],
                ecolor=look.colour,
                elinewidth=0.9,
                **look.point | {"markersize": 3.6, "markeredgewidth": 0.9},
            )
    return shown


def law(axes: Axes, k: int, ranks: Ranks) -> None:
    """The exact law of a k, which does not depend on who was checked."""
    x = [math.sqrt(a * b) for a, b in zip(ranks.first, ranks.last, strict=True)]
    y = [e / i for e, i in zip(ranks.expected, ranks.independent, strict=True)]
    axes.plot(x, y, color=INK, linewidth=1.4, zorder=1.5)
    axes.annotate(
        f"k = {k}", (x[0], y[0]), xytext=(-9, 0), textcoords="offset points", ha="right", va="center", fontsize=8.5
    )


def points(ranks: Ranks, rows: int) -> list[Point]:
    """Ratios with their standard errors, which are an upper bound: ids of a row exclude each other."""
    found = []
    for bins in merged(ranks):
        first, last = ranks.first[bins[0]], ranks.last[bins[-1]]
        observed, expected, independent = (
            sum(counts[i] for i in bins) for counts in (ranks.observed, ranks.expected, ranks.independent)
        )
        share = min(1.0, expected / (rows * (last - first + 1)))
        error = math.sqrt(expected * (1 - share)) / independent
        if error <= MOST_ERROR:
            found.append((math.sqrt(first * last), observed / independent, error))
    return found


def merged(ranks: Ranks) -> list[list[int]]:
    """Bins by the part of a decade that they begin in."""
    numbered = range(len(ranks.first))
    return [
        list(group) for _, group in groupby(numbered, lambda i: math.floor(BINS_A_DECADE * math.log10(ranks.first[i])))
    ]


def decorate(axes: Axes, last: int) -> None:
    """A log axis of ranks, with room for the names of the lines."""
    tidy(axes)
    axes.set_xscale("log")
    axes.set_xlim(10 ** (-0.16 * math.log10(last)) / 1.3, last * 1.3)
    axes.xaxis.set_major_locator(LogLocator(numticks=9))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.count(v) if v >= 1 else ""))
    axes.set_xlabel("rank of the id (1 = most frequent; log scale)")


def finding(panels: Panels) -> str:
    """The largest distance from k p, and whether the samplers hold the exact law."""
    every = [drawn for panel in panels.values() for drawn in panel]
    check, ranks = min(every, key=lambda one: head(one[1]))
    failed = {check.sampler for check, _ in every if not check.passed}
    names = {check.sampler for check, _ in every}
    return (
        f"Distinct ids do not come k p times a row: the most frequent id of {check.workload} comes "
        f"{units.percent(1 - head(ranks))} less often at k = {check.k}, and {len(names - failed)} of {len(names)} "
        "samplers of distinct ids pass every test"
    )


def head(ranks: Ranks) -> float:
    """Inclusion probability over k p of the most frequent ids."""
    return ranks.expected[0] / ranks.independent[0]
