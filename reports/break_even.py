# SPDX-License-Identifier: MIT
"""The number of ids from which a sampler with a long build is cheaper; the cost is build time + n times time per id."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from benchmarks.checks import Workload

from . import units
from .asv_results import BUILD, SAMPLE
from .derived import Plan
from .figures.speed import end_labels
from .figures.style import (
    FAINT,
    MOST_SERIES,
    NARROW,
    Look,
    Picture,
    canvas,
    heading,
    left_out,
    log_ticks,
    looks,
    tidy,
)
from .model import Inputs, Report
from .tables import Cell, Column, Table, by_column, cost_workload, headings, numbers, words
from .verdict import MODES

FIRST, LAST = 1.0, 1e10


@dataclass(frozen=True)
class Stretch:
    """The sampler that is cheapest from `start` ids on, until the next stretch starts."""

    start: float
    plan: Plan


def place(report: Inputs) -> Workload | None:
    """The workload for which most samplers were built, if it was timed too."""
    name = cost_workload(report, report.build)
    return next((w for w in report.timed() if w.name == name), None)


def plans(report: Inputs, mode: bool) -> list[Plan]:
    """The faithful samplers of a mode whose build time and speed are known."""
    workload = place(report)
    if workload is None:
        return []
    known = []
    for s in report.samplers:
        build, ns = report.build.get((s.name, workload.name)), report.ns(s.name, workload.name).value
        if s.replacement is mode and build and build.value and ns and report.eligible(s.name, workload.name):
            known.append(Plan(s.name, s.display_name, build.value, ns))
    return known


def break_even(slow: Plan, quick: Plan) -> float:
    """The number of ids from which `slow` is cheaper than `quick`; 0 if it always is, infinity if it never is."""
    if slow.ns >= quick.ns:
        return math.inf if slow.build >= quick.build else 0.0
    return max(0.0, (slow.build - quick.build) / ((quick.ns - slow.ns) * 1e-9))


def envelope(candidates: Sequence[Plan]) -> list[Stretch]:
    """The cheapest sampler for each number of ids: the lower envelope of the cost lines."""
    if not candidates:
        return []
    best = min(candidates, key=lambda plan: (plan.seconds(FIRST), plan.ns))
    stretches = [Stretch(0.0, best)]
    while faster := [plan for plan in candidates if plan.ns < best.ns]:
        best = min(faster, key=lambda plan: (break_even(plan, stretches[-1].plan), plan.ns))
        stretches.append(Stretch(break_even(best, stretches[-1].plan), best))
    return stretches


def table(report: Report) -> Table | None:
    """One row per sampler: the ids from which it is cheaper than the quickest to build, and dearer than the fastest."""
    workload = place(report)
    found = {mode: envelope(report.plans[mode]) for mode in MODES if report.plans[mode]}
    if workload is None or not found:
        return None
    rows = [(plan, mode, found[mode][0].plan, found[mode][-1].plan) for mode in found for plan in report.plans[mode]]
    cheaper = [None if plan is quick else break_even(plan, quick) for plan, _, quick, _ in rows]
    dearer = [None if plan is fast else break_even(fast, plan) for plan, _, _, fast in rows]
    return by_column(
        (words("sampler"), headings(plan.label for plan, *_ in rows)),
        (words("draws"), [Cell(MODES[mode]) for _, mode, *_ in rows]),
        (Column("build time", workload.name), numbers((plan.build for plan, *_ in rows), units.seconds)),
        (Column("time per id", f"ns, {workload.name}"), numbers((plan.ns for plan, *_ in rows), units.ns)),
        (Column("cheaper than the quickest to build", "from n ids on"), [ids_cell(ids) for ids in cheaper]),
        (Column("dearer than the fastest per id", "from n ids on"), [ids_cell(ids) for ids in dearer]),
        (words("cheapest of all", "n ids"), [span_cell(found[mode], plan) for plan, mode, *_ in rows]),
        notes=("Cost of n ids: build time + n × time per id. Only samplers that pass every check.",),
    )


def rounded(ids: float) -> str:
    """A number of ids with two significant digits."""
    return units.scientific(float(f"{ids:.2g}"))


def ids_cell(ids: float | None) -> Cell:
    """A number of ids; in a sorted column "never" is the largest number."""
    if ids is None:
        return Cell(units.NONE)
    if math.isinf(ids):
        return Cell("never", sort=math.inf)
    return Cell("at once" if ids == 0 else rounded(ids), sort=ids)


def span_cell(stretches: Sequence[Stretch], plan: Plan) -> Cell:
    """The numbers of ids for which a sampler is the cheapest of all."""
    ends = [stretch.start for stretch in stretches[1:]] + [math.inf]
    spans = {s.plan.sampler: (s.start, end) for s, end in zip(stretches, ends, strict=True)}
    if plan.sampler not in spans:
        return Cell(units.NONE)
    start, end = spans[plan.sampler]
    if math.isinf(end):
        return Cell(f"from {rounded(start)} on" if start else "always", sort=start, kind="best")
    return Cell(f"{rounded(start)} to {rounded(end)}" if start else f"up to {rounded(end)}", sort=start, kind="best")


def finding(report: Report) -> str:
    """The envelope in words."""
    sentences = []
    for mode, drawing in MODES.items():
        stretches = envelope(report.plans[mode])
        if stretches:
            later = [f"`{s.plan.label}` from {rounded(s.start)} ids on" for s in stretches[1:]]
            first = f"`{stretches[0].plan.label}` is the cheapest " + ("at first" if later else "for any number of ids")
            sentences.append(f"{drawing[0].upper()}{drawing[1:]}, {units.listed([first, *later])}.")
    return " ".join(sentences) or f"Build times were not measured: `{BUILD}`."


def headline(panels: Mapping[bool, Sequence[Plan]]) -> str:
    """The sampler that is cheapest for many ids, of each panel."""
    parts = []
    for mode, candidates in panels.items():
        last = envelope(candidates)[-1]
        when = f"from {rounded(last.start)} ids on" if last.start else "for any number of ids"
        parts.append(f"{MODES[mode]}, {last.plan.label} is the cheapest {when}")
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


def seconds_tick(value: float) -> str:
    """Seconds as the label of a tick, from microseconds to months."""
    return units.seconds(value, 1) if value < 1e4 else f"{value:.0e} s".replace("e+0", "e")


def total(report: Report) -> Picture | None:
    """A line plot of the seconds for n ids, including the build; one panel per mode."""
    panels = {mode: candidates for mode in MODES if len(candidates := report.plans[mode]) > 1}
    workload = place(report)
    if workload is None or not panels:
        return None
    style = looks(report)
    found = sum(map(len, panels.values()))
    panels = {mode: drawn(candidates) for mode, candidates in panels.items()}
    figure = canvas(NARROW, 1.2 + 3.2 * len(panels))
    of_modes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    for axes, (mode, candidates) in zip(of_modes, panels.items(), strict=True):
        draw(axes, candidates, style)
        decorate(axes, MODES[mode])
        end_labels(axes, {p.sampler: (LAST, p.seconds(LAST)) for p in candidates}, style, report.label, 0.08, 1.8)
    title, told = headline(panels), finding(report).replace("`", "")
    heading(figure, title, 50)
    return Picture(
        "breakeven",
        title,
        f"Line plots on log-log axes: seconds for n ids, including the build, on {workload.name}. {told}",
        f"Vertical: build time + n × time per id, seconds. Horizontal: n ids of {workload.name}. Only samplers that "
        "pass every check. Circles: another sampler becomes the cheapest."
        f"{left_out(sum(map(len, panels.values())), found)}",
        f"{BUILD}, {SAMPLE}",
        figure,
    )


def drawn(candidates: Sequence[Plan]) -> list[Plan]:
    """The samplers that are ever the cheapest, and the fastest of the others."""
    best = [stretch.plan for stretch in envelope(candidates)]
    rest = sorted((plan for plan in candidates if plan not in best), key=lambda plan: plan.ns)
    return [*best, *rest][:MOST_SERIES]


def draw(axes: Axes, candidates: Sequence[Plan], style: Mapping[str, Look]) -> None:
    """A line per sampler, and a circle at each change of the cheapest."""
    ids = [10 ** (e / 8) for e in range(8 * round(math.log10(LAST)) + 1)]
    for number, plan in enumerate(candidates):
        # The markers of lines that lie on each other stand at different places.
        line: dict[str, Any] = style[plan.sampler].line | {"markersize": 4.5, "markevery": (2 * number, 20)}
        axes.plot(ids, [plan.seconds(n) for n in ids], **line)
    changes = [stretch for stretch in envelope(candidates)[1:] if stretch.start >= FIRST]
    circle: dict[str, Any] = {"marker": "o", "markersize": 8, "markerfacecolor": "none", "markeredgecolor": FAINT}
    for stretch in changes:
        axes.plot([stretch.start], [stretch.plan.seconds(stretch.start)], linestyle="none", zorder=5, **circle)


def decorate(axes: Axes, title: str) -> None:
    """Log axes with few ticks."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    tidy(axes)
    axes.set_xlim(FIRST, LAST)
    log_ticks(axes.xaxis, lambda ids: units.scientific(ids, 1), few=True)
    log_ticks(axes.yaxis, seconds_tick)
    axes.set_xlabel("ids drawn (log scale)")
    axes.set_ylabel("build and draws together (log scale)")
    axes.set_title(title, fontsize=10, loc="left")
