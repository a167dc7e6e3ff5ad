# SPDX-License-Identifier: MIT
"""The section on error against time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.checks import Check, Workload

from .. import units
from ..asv_results import SAMPLE
from ..figures.style import (
    FAINT,
    INK,
    MOST_SERIES,
    NARROW,
    Look,
    Picture,
    canvas,
    heading,
    left_out,
    log_ticks,
    looks,
    spread,
    tidy,
)
from ..model import Report
from ..verdict import MODES, home, place
from .section import Drawn, Section

# Smaller errors of an exact audit are rounding errors of the comparison.
ROUNDING = 1e-16
RMS_TEST = "chi-square"


@dataclass(frozen=True)
class Point:
    """A sampler with its time and its error.

    Attributes
    ----------
    sampler, label : str
    ns : float
        Nanoseconds per id.
    error : float
        Total variation distance from the noise distribution.
    kind : {"exact", "at most", "seen"}
        "exact": computed from the table. "at most": an upper bound, from a chi-square test that passed. "seen": the
        error that a failed chi-square test observed.
    passed : bool
        Whether the sampler passed all its checks on all workloads.
    """

    sampler: str
    label: str
    ns: float
    error: float
    kind: str
    passed: bool


def panels_of(report: Report, workload: Workload | None) -> dict[bool, list[Point]]:
    """The points of each mode that has some."""
    return {mode: in_mode for mode in MODES if workload and (in_mode := points(report, workload, mode))}


def headline(report: Report) -> str:
    """The samplers on the Pareto front, as a sentence."""
    panels = panels_of(report, home(report))
    if not panels:
        return "No sampler has both a time and a known error."
    best = on_front(panels)
    if not best:
        return f"{finding(panels)}."
    return f"No sampler that passes is better in both time and error than one of these: {best}."


def pareto(report: Report) -> Picture | None:
    """A scatter plot of time against error, one panel per mode."""
    workload = home(report)
    panels = panels_of(report, workload)
    if workload is None or not panels:
        return None
    style = looks(report)
    found = sum(map(len, panels.values()))
    panels = {mode: [p for p in in_mode if p.sampler in drawn(report, in_mode)] for mode, in_mode in panels.items()}
    figure = canvas(NARROW, 1.2 + 3.1 * len(panels))
    panel_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    low = min(p.error for in_mode in panels.values() for p in in_mode)
    for axes, (mode, in_mode) in zip(panel_axes, panels.items(), strict=True):
        draw(axes, in_mode, style)
        decorate(axes, MODES[mode], low)
        names(axes, in_mode)
    title = finding(panels)
    heading(figure, title, 50)
    listing = "; ".join(f"{p.label} {units.per_id(p.ns)}, {in_words(p)}" for ps in panels.values() for p in ps)
    where = place(workload)
    return Picture(
        "pareto",
        title,
        f"Scatter plot on log-log axes, time per id against error, on {where}: {listing}.",
        f"{where[0].upper()}{where[1:]}. Horizontal: error, the total variation distance from the noise distribution. "
        "Vertical: time per id. Points: the exact error, computed from the finished table. A bar with an arrow and ≤: "
        "an upper bound, because the sampler has no table. The bound is half the relative error (root "
        "mean square) that the chi-square test of the fidelity check detects with probability 0.99 if it is spread "
        "over the ids; the true error is somewhere to the left. Hollow: failed a check. Line: the Pareto front, the "
        "samplers that pass and for which "
        f"no other one is better in both.{left_out(sum(map(len, panels.values())), found)}",
        f"{SAMPLE}, python -m benchmarks.fidelity",
        figure,
    )


def points(report: Report, workload: Workload, mode: bool) -> list[Point]:
    """The samplers of a mode that have a time and an error, fastest first."""
    known = []
    for sampler in report.samplers:
        ns = report.ns(sampler.name, workload.name).value
        error = error_of(report.checks_of(sampler.name, workload.name))
        if sampler.replacement is mode and ns and error:
            known.append(Point(sampler.name, sampler.display_name, ns, *error, report.status(sampler.name) == "pass"))
    return sorted(known, key=lambda p: p.ns)


def drawn(report: Report, in_mode: list[Point]) -> list[str]:
    """The samplers on the front, and the fastest of the others."""
    best = [p.sampler for p in front(in_mode)]
    rest = {p.sampler: p.ns for p in in_mode if p.sampler not in best}
    return [*best, *sorted(rest, key=lambda name: rest[name])][:MOST_SERIES]


def error_of(checks: list[Check]) -> tuple[float, str] | None:
    """The error of a sampler and its kind (see `Point`); None if it is unknown.

    A failed test has precedence, then the table, then the bound of a passed test.
    """
    tests = [test for check in checks for test in check.tests if test.name == RMS_TEST]
    seen = [test.effect / 2 for test in tests if test.effect and not test.passed]
    audit = next((check.audit for check in checks if check.audit), None)
    if seen:
        return max(seen), "seen"
    if audit is not None:
        return max(audit.total_variation, ROUNDING), "exact"
    # The Cauchy-Schwarz inequality: E|q/p - 1| / 2 <= sqrt(E(q/p - 1)^2) / 2.
    bounds = [min(1.0, test.detectable / 2) for test in tests if test.detectable]
    return (max(bounds), "at most") if bounds else None


def front(candidates: list[Point]) -> list[Point]:
    """The Pareto front: samplers that pass and for which no other one is faster with a smaller error, fastest first."""
    best: list[Point] = []
    for point in sorted((p for p in candidates if p.passed), key=lambda p: (p.ns, p.error)):
        if not best or point.error < best[-1].error:
            best.append(point)
    return best


def draw(axes: Axes, candidates: list[Point], style: dict[str, Look]) -> None:
    """Draw the points, the arrows and the Pareto front."""
    best = front(candidates)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.step([p.error for p in best], [p.ns for p in best], where="pre", color=FAINT, linewidth=1.2, zorder=1)
    for point in candidates:
        look = style[point.sampler]
        line: dict[str, Any] = look.point | ({"alpha": 0.55} if point not in best else {})
        if point.kind == "at most":
            line |= {"marker": "|", "markersize": 11}
        axes.plot([point.error], [point.ns], **line)
        if point.kind == "at most":
            axes.annotate(
                "",
                (point.error / 25, point.ns),
                (point.error, point.ns),
                arrowprops={"arrowstyle": "->", "color": look.colour, "linewidth": 1.1},
            )


def decorate(axes: Axes, title: str, low: float) -> None:
    """Set up axes with ticks up to an error of 1, and space for the names to the right."""
    tidy(axes)
    axes.set_xlim(min(low / 8, 1e-13), 1e10)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom / 1.8, top * 1.8)
    axes.xaxis.set_major_locator(FixedLocator([10.0**e for e in range(-12, 1, 4)]))
    axes.xaxis.set_minor_locator(NullLocator())
    log_ticks(axes.yaxis, lambda ns: units.per_id(ns, 1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.scientific(v, 1)))
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel("error: total variation distance (log; left is better)")
    axes.set_ylabel("time per id (log; lower is faster)")


def names(axes: Axes, candidates: list[Point]) -> None:
    """Write a name to the right of each point, moved up or down if names would overlap."""
    low, high = (math.log10(y) for y in axes.get_ylim())
    heights = [(math.log10(p.ns) - low) / (high - low) for p in candidates]
    for point, height in zip(candidates, spread(heights, 0.075), strict=True):
        axes.annotate(
            f"≤ {point.label}" if point.kind == "at most" else point.label,
            (point.error, point.ns),
            xytext=(point.error * 6, 10 ** (low + height * (high - low))),
            textcoords="data",
            va="center",
            fontsize=8,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 4},
        )


def in_words(point: Point) -> str:
    """The error of a sampler in words."""
    value = units.scientific(point.error)
    word = "at most " if point.kind == "at most" else ""
    return f"{'' if point.passed else 'FAILED, '}error {word}{value}"


def finding(panels: dict[bool, list[Point]]) -> str:
    """The samplers on the Pareto front, as a title."""
    best = on_front(panels)
    return f"Pareto front of error and time: {best}" if best else "No sampler that passes was timed"


def on_front(panels: dict[bool, list[Point]]) -> str:
    """The samplers on the Pareto front of each mode; "" if there are none."""
    parts = []
    for mode, in_mode in panels.items():
        names = [p.label for p in front(in_mode)]
        if names:
            parts.append(f"{units.listed(names)} {MODES[mode]}")
    return "; ".join(parts)


SECTION = Section(
    key="pareto",
    title="Error against time",
    link="Error and time",
    finding=headline,
    blocks=(Drawn("pareto", pareto),),
)
