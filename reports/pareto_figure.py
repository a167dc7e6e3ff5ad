# SPDX-License-Identifier: MIT
"""Error against time: which samplers nobody beats in both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from benchmarks.checks import Check

from . import units
from .asv_results import SAMPLE
from .model import Report, Workload
from .style import FAINT, INK, Look, Picture, canvas, heading, looks, spread, tidy
from .verdict import MODES, home, place

# Errors of an exact audit below this are rounding of the comparison itself.
LEAST = 1e-16
RMS_TEST = "chi-square"


@dataclass(frozen=True)
class Point:
    """A sampler in the plane.

    Attributes
    ----------
    error : float
        Total variation distance from the noise distribution.
    kind : {"exact", "at most", "seen"}
        Read back from the table; the largest that the passed chi-square leaves; the one that the failed one found.
    passed : bool
        Whether the sampler passed all its checks, here and elsewhere.
    """

    sampler: str
    label: str
    ns: float
    error: float
    kind: str
    passed: bool


def pareto(report: Report) -> Picture | None:
    """A panel for each kind of draw."""
    at = home(report)
    panels = {mode: found for mode in MODES if at and (found := points(report, at, mode))}
    if at is None or not panels:
        return None
    style = looks(report)
    figure = canvas(10, 4.6)
    axes = figure.subplots(1, len(panels), sharex=True, squeeze=False)[0]
    low = min(p.error for found in panels.values() for p in found)
    for one, (mode, found) in zip(axes, panels.items(), strict=True):
        draw(one, found, style)
        decorate(one, MODES[mode], low)
        names(one, found)
    axes[0].set_ylabel("time an id (log scale; lower is faster)")
    title = finding(panels)
    heading(figure, title, 112)
    listing = "; ".join(f"{p.label} {units.an_id(p.ns)}, {said(p)}" for found in panels.values() for p in found)
    return Picture(
        "pareto",
        title,
        f"Scatter plot on log-log axes, time an id against error, on {place(at)}: {listing}.",
        f"{place(at)[0].upper()}{place(at)[1:]}. Error: total variation distance from the noise distribution. Points: "
        "read back from the finished table, exactly. Arrows: no table to read; at most what the chi-square of the "
        "fidelity check leaves, half the relative error that it finds with probability 0.99 (half the root mean square "
        "bounds the mean), so the error is anywhere left of the point. Hollow: failed a check. Line: "
        "the front, of those that pass.",
        f"{SAMPLE}, python -m benchmarks.fidelity",
        760,
        figure,
    )


def points(report: Report, at: Workload, mode: bool) -> list[Point]:
    """Samplers of a mode that have a time and an error, fastest first."""
    found = []
    for sampler in report.samplers:
        ns = report.ns(sampler.name, at.name).value
        error = error_of(report.checks_of(sampler.name, at.name))
        if sampler.replacement is mode and ns and error:
            found.append(Point(sampler.name, sampler.display_name, ns, *error, report.status(sampler.name) == "pass"))
    return sorted(found, key=lambda p: p.ns)


def error_of(checks: list[Check]) -> tuple[float, str] | None:
    """A distance and where it is from: what a failed test saw, else the table, else what a passed test leaves."""
    tests = [test for check in checks for test in check.tests if test.name == RMS_TEST]
    seen = [test.effect / 2 for test in tests if test.effect and not test.passed]
    audit = next((check.audit for check in checks if check.audit), None)
    if seen:
        return max(seen), "seen"
    if audit is not None:
        return max(audit.total_variation, LEAST), "exact"
    # Cauchy and Schwarz: E|q/p - 1| / 2 <= sqrt(E(q/p - 1)^2) / 2.
    left = [min(1.0, test.detectable / 2) for test in tests if test.detectable]
    return (max(left), "at most") if left else None


def front(found: list[Point]) -> list[Point]:
    """Those that pass and that nobody who passes beats in one without losing in the other, fastest first."""
    kept: list[Point] = []
    for point in sorted((p for p in found if p.passed), key=lambda p: (p.ns, p.error)):
        if not kept or point.error < kept[-1].error:
            kept.append(point)
    return kept


def draw(axes: Axes, found: list[Point], style: dict[str, Look]) -> None:
    """Points, arrows, the front, names."""
    best = front(found)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.step([p.error for p in best], [p.ns for p in best], where="pre", color=FAINT, linewidth=1.2, zorder=1)
    for point in found:
        look = style[point.sampler]
        line: dict[str, Any] = look.point | ({"alpha": 0.55} if point not in best else {})
        axes.plot([point.error], [point.ns], **line)
        if point.kind == "at most":
            axes.annotate(
                "",
                (point.error / 25, point.ns),
                (point.error, point.ns),
                arrowprops={"arrowstyle": "->", "color": look.colour, "linewidth": 1.1},
            )


def decorate(axes: Axes, title: str, low: float) -> None:
    """Ticks up to an error of 1, and room for names beyond."""
    tidy(axes)
    axes.set_xlim(low / 4, 3e6)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom / 1.8, top * 1.8)
    axes.xaxis.set_major_locator(FixedLocator([10.0**e for e in range(-15, 1, 3)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(numticks=9))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.scientific(v, 1)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: units.an_id(v, 1)))
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel("error, total variation (log scale; left is better)")


def names(axes: Axes, found: list[Point]) -> None:
    """A name right of each point, moved up or down where it would stand on another."""
    low, high = (math.log10(y) for y in axes.get_ylim())
    wanted = [(math.log10(p.ns) - low) / (high - low) for p in found]
    for point, at in zip(found, spread(wanted, 0.05), strict=True):
        axes.annotate(
            point.label,
            (point.error, point.ns),
            xytext=(point.error * 6, 10 ** (low + at * (high - low))),
            textcoords="data",
            va="center",
            fontsize=8,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 4},
        )


def said(point: Point) -> str:
    """An error in words."""
    value = units.scientific(point.error)
    word = "at most " if point.kind == "at most" else ""
    return f"{'' if point.passed else 'FAILED, '}error {word}{value}"


def finding(panels: dict[bool, list[Point]]) -> str:
    """Who is on the front."""
    parts = []
    for mode, found in panels.items():
        names = [p.label for p in front(found)]
        if names:
            parts.append(f"{units.listed(names)} {MODES[mode]}")
    return (
        f"Nobody beats in both error and time: {units.listed(parts)}" if parts else "No sampler that passes was timed"
    )
