# SPDX-License-Identifier: MIT
"""The section with every sampler: speed, cost, fidelity and abilities."""

from __future__ import annotations

from .. import ratios, tables, units
from ..model import Report
from ..tables import Table
from ..verdict import MODES
from .section import Section, Shown, Text

FIXED = 2  # the columns of the overview before those of the workloads


def finding(report: Report) -> str:
    """How many samplers were timed and pass, and the range of their times where the range is widest."""
    timed = {name for (name, _), speed in report.speed.items() if speed.ns.value is not None}
    passed = [name for name in timed if report.status(name) == "pass"]
    text = f"{len(timed)} samplers were timed; {len(passed)} of them pass every fidelity check"
    spans = [w for w in report.verdict.wins if w.slowest_ns]
    if not spans:
        return f"{text}."
    widest = max(spans, key=lambda w: (w.slowest_ns or w.ns) / w.ns)
    gap = units.ratio((widest.slowest_ns or widest.ns) / widest.ns)
    return (
        f"{text}. On `{widest.workload.name}`, {MODES[widest.replacement]}, `{report.label(widest.winner)}` is {gap} "
        f"times faster than `{report.label(widest.slowest or '')}`."
    )


def speed(report: Report) -> Table:
    """The columns of speed."""
    overview = tables.overview(report)
    return overview.part(list(range(FIXED + len(report.timed()))), overview.notes)


def costs(report: Report) -> Table:
    """The columns of costs and abilities."""
    overview = tables.overview(report)
    return overview.part([0, *range(FIXED + len(report.timed()), len(overview.columns))])


SECTION = Section(
    key="all",
    title="All samplers",
    link="All samplers",
    finding=finding,
    blocks=(
        Text("Select a heading to sort by it.", only="page"),
        Text("Samplers that fail a fidelity check are shown, but cannot win."),
        Shown("overview", "Speed, cost, fidelity and abilities of every sampler", tables.overview, only="page"),
        # Wide tables do not scroll everywhere in Markdown.
        Shown("speed", "Speed and fidelity of every sampler", speed, only="markdown"),
        Shown("means", "Mean ratio to the fastest faithful sampler", ratios.table, heading="Mean over all workloads"),
        Shown(
            "wins",
            "Winner and runner-up by workload",
            ratios.winners,
            heading="Fastest and second fastest by workload",
        ),
        Shown(
            "abilities",
            "Cost and abilities of every sampler",
            costs,
            heading="Build time, memory, abilities",
            only="markdown",
        ),
    ),
    wide=True,
)
