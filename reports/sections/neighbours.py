# SPDX-License-Identifier: MIT
"""The section on samplers of other libraries, which users would install in place of `alias`."""

from __future__ import annotations

from dataclasses import asdict
from operator import attrgetter
from typing import Any

from .. import units
from ..model import Neighbours, Report
from ..tables import Cell, Column, Table, measured_elsewhere
from .section import Section, Shown, Text

OURS = "alias"


def finding(report: Report) -> str:
    """How much longer the fastest and the slowest of the others take, or how to measure it."""
    found = report.neighbours
    if found is None:
        return "Samplers of other libraries were not measured: run `make neighbours`."
    faithful = [time for time in found.times if time.sampler != OURS and not found.failed.get(time.sampler)]
    if not faithful:
        return "No sampler of another library follows its noise distribution."
    least, most = (choose(faithful, key=attrgetter("ratio")) for choose in (min, max))
    return (
        f"The fastest of the others that follow their noise distribution is `{least.sampler}` at "
        f"V = {least.size:,}: it takes {units.ratio(least.ratio)} times the time of `{OURS}`. The slowest is "
        f"`{most.sampler}` at V = {most.size:,}, with {units.ratio(most.ratio)} times."
    )


def table(report: Report) -> Table | None:
    """One row per sampler, one column per V; None if they were not measured."""
    found = report.neighbours
    if found is None:
        return None
    sizes = list(dict.fromkeys(time.size for time in found.times))
    columns = (
        Column("sampler", numeric=False),
        Column("law", numeric=False),
        *(Column(f"V = {size:,}", f"ns an id, × {OURS}") for size in sizes),
    )
    of = {(time.sampler, time.size): time for time in found.times}
    rows = []
    for name in dict.fromkeys(time.sampler for time in found.times):
        cells = [
            Cell(units.ns(time.ns), f"{units.ratio(time.ratio)}×", time.ns)
            if (time := of.get((name, size)))
            else Cell(units.NONE)
            for size in sizes
        ]
        rows.append((Cell(name, sort=name, kind="name"), law(found, name), *cells))
    return Table(columns, tuple(rows), notes(report, found))


def law(found: Neighbours, name: str) -> Cell:
    """Whether a sampler passes the fidelity check, or the first test that it fails."""
    failed = found.failed.get(name, ())
    if not failed:
        return Cell("passes", "", 1.0, "pass")
    return Cell("fails", failed[0], 0.0, "fail", title=", ".join(failed))


def notes(report: Report, found: Neighbours) -> tuple[str, ...]:
    """How they were measured, and what is not in the table."""
    packages = ", ".join(f"{name} {number}" for name, number in found.packages.items())
    how = (
        f"Measured with `make neighbours` ({packages or 'no other library was installed'}): Zipf counts, calls of "
        "16,384 x 5 into the same array; the samplers take turns in one process. Law: `samplers.check_fidelity` at V = "
        "1,000."
    )
    left_out = (f"Left out: {'; '.join(found.left_out)}.",) if found.left_out else ()
    return (how, *left_out, *measured_elsewhere(report, found.commit, found.dirty))


def record(report: Report) -> dict[str, Any] | None:
    """All times, and the tests that were failed."""
    return None if report.neighbours is None else asdict(report.neighbours)


SECTION = Section(
    key="neighbours",
    title="Samplers of other libraries",
    link="Other libraries",
    finding=finding,
    blocks=(
        Text("What users would install in place of this library, beside those that all other tables have."),
        Shown("other-libraries", "Time and law of samplers of other libraries", table),
    ),
    record=record,
)
