# SPDX-License-Identifier: MIT
"""The section on the instructions that an id takes, which no other program of the machine can change."""

from __future__ import annotations

from typing import Any

from benchmarks.documents import INSTRUCTIONS

from .. import units
from ..hardware import INSTRUCTIONS_SOURCE
from ..model import Report, recorded
from ..tables import Cell, Column, Table, measured_elsewhere
from .section import Section, Shown, Text


def finding(report: Report) -> str:
    """The fewest and the most instructions an id; or why none were counted."""
    found = INSTRUCTIONS_SOURCE.of(report)
    if found is None:
        return f"Instructions were not counted: run `{INSTRUCTIONS.made_by}`."
    if not found.per_id:
        return f"Instructions were not counted: {found.reason}."
    (least, few), *_, (most, many) = [*found.per_id.items(), *found.per_id.items()]
    text = f"`{report.label(least)}` takes {units.significant(few, 3)} instructions an id with {found.simd} kernels"
    if least == most:
        return f"{text}."
    return f"{text}; `{report.label(most)}` takes {units.ratio(many / few)} times as many."


def table(report: Report) -> Table | None:
    """A sampler a row; None if nothing was counted."""
    found = INSTRUCTIONS_SOURCE.of(report)
    if found is None or not found.per_id:
        return None
    least = min(found.per_id.values())
    rows = tuple(
        (
            Cell(report.label(name), sort=report.label(name), kind="name"),
            Cell(units.significant(count, 3), sort=count),
            Cell(f"{units.ratio(count / least)}×", sort=count / least),
        )
        for name, count in found.per_id.items()
    )
    why = f", because {found.reason}" if found.reason else ""
    note = (
        f"Counted with {found.counter}{why}; {found.simd} kernels, `{found.workload}`. The difference of two numbers "
        "of calls leaves out the start of the program and the build. Calls are of 1,024 rows of 5, of 64 rows if the "
        "cost is per row."
    )
    columns = (Column("sampler", numeric=False), Column("instructions an id"), Column("× the fewest"))
    return Table(columns, rows, (note, *measured_elsewhere(report, found.header)))


def record(report: Report) -> dict[str, Any] | None:
    """All counts."""
    found = INSTRUCTIONS_SOURCE.of(report)
    return None if found is None else recorded(found)


SECTION = Section(
    key="instructions",
    title="Instructions an id",
    link="Instructions",
    finding=finding,
    blocks=(
        Text("An instruction count depends on the code alone, so that two commits can be compared on a busy machine."),
        Shown("instruction-counts", "Instructions an id of each sampler", table),
    ),
    record=record,
    sources=(INSTRUCTIONS_SOURCE,),
)
