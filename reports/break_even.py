# SPDX-License-Identifier: MIT
"""After how many ids a sampler that takes long to build is the better choice: build + n times the time of an id."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from . import units
from .asv_results import BUILD, SAMPLE
from .model import Report, Workload
from .speed_figures import end_labels
from .style import FAINT, Picture, canvas, heading, looks, tidy
from .tables import Cell, Column, Table, cost_workload
from .verdict import MODES

FIRST, LAST = 1.0, 1e10


@dataclass(frozen=True)
class Plan:
    """What a sampler costs.

    Attributes
    ----------
    build, ns : float
        Seconds before the first id, nanoseconds an id.
    """

    sampler: str
    label: str
    build: float
    ns: float

    def seconds(self, ids: float) -> float:
        """For so many ids, the table included."""
        return self.build + ids * self.ns * 1e-9


@dataclass(frozen=True)
class Stretch:
    """From how many ids on a sampler is the cheapest, until the next one."""

    start: float
    plan: Plan


def place(report: Report) -> Workload | None:
    """The workload that most samplers were built for, if it was timed too."""
    name = cost_workload(report, report.build)
    return next((w for w in report.timed() if w.name == name), None)


def plans(report: Report, mode: bool) -> list[Plan]:
    """Faithful samplers of a mode whose build and speed are known."""
    at = place(report)
    if at is None:
        return []
    found = []
    for s in report.samplers:
        build, ns = report.build.get((s.name, at.name)), report.ns(s.name, at.name).value
        if s.replacement is mode and build and build.value and ns and report.eligible(s.name, at.name):
            found.append(Plan(s.name, s.display_name, build.value, ns))
    return found


def break_even(slow: Plan, quick: Plan) -> float:
    """Ids from which on the first is cheaper; 0 where it always is, infinity where it never is."""
    if slow.ns >= quick.ns:
        return math.inf if slow.build >= quick.build else 0.0
    return max(0.0, (slow.build - quick.build) / ((quick.ns - slow.ns) * 1e-9))


def envelope(found: Sequence[Plan]) -> list[Stretch]:
    """Who is cheapest for how many ids, from the first on: the lower envelope of the lines."""
    if not found:
        return []
    best = min(found, key=lambda plan: (plan.seconds(FIRST), plan.ns))
    stretches = [Stretch(0.0, best)]
    while faster := [plan for plan in found if plan.ns < best.ns]:
        best = min(faster, key=lambda plan: (break_even(plan, stretches[-1].plan), plan.ns))
        stretches.append(Stretch(break_even(best, stretches[-1].plan), best))
    return stretches


def table(report: Report) -> Table | None:
    """A sampler a row: after how many ids it beats the one that is built first, and when it is overtaken."""
    at = place(report)
    rows = [row for mode in MODES for row in rows_of(plans(report, mode), mode)]
    if at is None or not rows:
        return None
    columns = (
        Column("sampler", numeric=False),
        Column("draws", numeric=False),
        Column("build", at.name),
        Column("an id", f"ns, {at.name}"),
        Column("beats the first one built", "after so many ids"),
        Column("beaten by the fastest", "after so many ids"),
        Column("cheapest", "ids drawn", numeric=False),
    )
    return Table(columns, tuple(rows), ("Time for n ids: build + n × time an id, of samplers that pass.",))


def rows_of(found: list[Plan], mode: bool) -> list[tuple[Cell, ...]]:
    if not found:
        return []
    stretches = envelope(found)
    quick, fast = stretches[0].plan, stretches[-1].plan
    ends = [s.start for s in stretches[1:]] + [math.inf]
    spans = {s.plan.sampler: (s.start, end) for s, end in zip(stretches, ends, strict=True)}
    return [
        (
            Cell(plan.label, sort=plan.label, kind="name"),
            Cell(MODES[mode]),
            Cell(units.seconds(plan.build), sort=plan.build),
            Cell(units.ns(plan.ns), sort=plan.ns),
            ids_cell(None if plan is quick else break_even(plan, quick)),
            ids_cell(None if plan is fast else break_even(fast, plan)),
            span_cell(spans.get(plan.sampler)),
        )
        for plan in found
    ]


def about(ids: float) -> str:
    """A number of ids at two digits."""
    return units.scientific(float(f"{ids:.2g}"))


def ids_cell(ids: float | None) -> Cell:
    """A number of ids; sorted, "never" is the last number."""
    if ids is None:
        return Cell(units.NONE)
    if math.isinf(ids):
        return Cell("never", sort=math.inf)
    return Cell("at once" if ids == 0 else about(ids), sort=ids)


def span_cell(span: tuple[float, float] | None) -> Cell:
    """For how many ids a sampler is the cheapest of all."""
    if span is None:
        return Cell(units.NONE)
    start, end = span
    if math.isinf(end):
        return Cell(f"from {about(start)} on" if start else "always", sort=start, kind="best")
    return Cell(f"{about(start)} to {about(end)}" if start else f"up to {about(end)}", sort=start, kind="best")


def finding(report: Report) -> str:
    """The envelope in words."""
    sentences = []
    for mode, words in MODES.items():
        stretches = envelope(plans(report, mode))
        if stretches:
            later = [f"`{s.plan.label}` from {about(s.start)} ids on" for s in stretches[1:]]
            first = f"`{stretches[0].plan.label}` is the cheapest " + ("at first" if later else "for any number of ids")
            sentences.append(f"{words[0].upper()}{words[1:]}, {units.listed([first, *later])}.")
    return " ".join(sentences) or f"Build times were not measured: `{BUILD}`."


def headline(panels: dict[bool, list[Plan]]) -> str:
    """The last change of each panel."""
    parts = []
    for mode, found in panels.items():
        last = envelope(found)[-1]
        when = f"pays from {about(last.start)} ids on" if last.start else "is the cheapest for any number of ids"
        parts.append(f"{MODES[mode]}, {last.plan.label} {when}")
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


def seconds_tick(value: float) -> str:
    """Seconds on an axis that goes from microseconds to months."""
    return units.seconds(value, 1) if value < 1e4 else f"{value:.0e} s".replace("e+0", "e")


def total(report: Report) -> Picture | None:
    """Seconds for n ids, the table included, against n."""
    panels = {mode: found for mode in MODES if len(found := plans(report, mode)) > 1}
    at = place(report)
    if at is None or not panels:
        return None
    style, ids = looks(report), [10 ** (e / 8) for e in range(8 * round(math.log10(LAST)) + 1)]
    figure = canvas(10, 4.8)
    for axes, (mode, found) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for plan in found:
            line: dict[str, Any] = style[plan.sampler].line | {"marker": ""}
            axes.plot(ids, [plan.seconds(n) for n in ids], **line)
        for stretch in envelope(found)[1:]:
            if stretch.start >= FIRST:
                axes.plot(
                    [stretch.start],
                    [stretch.plan.seconds(stretch.start)],
                    marker="o",
                    markersize=8,
                    markerfacecolor="none",
                    markeredgecolor=FAINT,
                    linestyle="none",
                    zorder=5,
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        tidy(axes)
        axes.set_xlim(FIRST, LAST)
        axes.xaxis.set_major_locator(LogLocator(base=100, numticks=9))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.scientific(v, 1)))
        axes.yaxis.set_major_locator(LogLocator(numticks=9))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: seconds_tick(v)))
        axes.set_xlabel("ids drawn (log scale)")
        axes.set_title(MODES[mode], fontsize=10, loc="left")
        end_labels(axes, {p.sampler: (LAST, p.seconds(LAST)) for p in found}, style, report.label, 0.056, 1.8)
    title, words = headline(panels), finding(report).replace("`", "")
    heading(figure, title, 112)
    return Picture(
        "breakeven",
        title,
        f"Line plots on log-log axes, seconds for n ids, building included, on {at.name}. {words}",
        f"Build + n × time an id on {at.name}, of samplers that pass; circles: where another one becomes the cheapest.",
        f"{BUILD}, {SAMPLE}",
        760,
        figure,
    )
