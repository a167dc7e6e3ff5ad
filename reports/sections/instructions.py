# SPDX-License-Identifier: MIT
"""The section on the instructions that an id takes, which no other program of the machine can change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.documents import INSTRUCTIONS, Header

from .. import units
from ..model import Report, Source
from ..tables import Column, Table, by_column, labels, measured_elsewhere, numbers, words
from .section import Section, Shown, Text


@dataclass(frozen=True)
class Count:
    """The instructions of an id."""

    sampler: str
    instructions: float


@dataclass(frozen=True)
class Instructions:
    """Instructions an id.

    Attributes
    ----------
    counter : str or None
        What counted; None if the machine has no counter.
    reason : str
        Why there is no counter, or not the better one; "" for the best.
    simd, workload : str
        The kernels that ran, and the counts.
    results : tuple of Count
        Empty without a counter.
    """

    header: Header
    counter: str | None
    reason: str
    simd: str
    workload: str
    results: tuple[Count, ...]

    @property
    def per_id(self) -> Mapping[str, float]:
        """By sampler, the fewest first."""
        counts = sorted(self.results, key=lambda count: count.instructions)
        return {count.sampler: count.instructions for count in counts}


SOURCE = Source(INSTRUCTIONS, Instructions)


@SOURCE.tells("Instructions were not counted")
def finding(report: Report, found: Instructions) -> str:
    """The fewest and the most instructions an id; or why none were counted."""
    if not found.per_id:
        return f"Instructions were not counted: {found.reason}."
    (least, few), *_, (most, many) = [*found.per_id.items(), *found.per_id.items()]
    text = f"`{report.label(least)}` takes {units.significant(few, 3)} instructions an id with {found.simd} kernels"
    if least == most:
        return f"{text}."
    return f"{text}; `{report.label(most)}` takes {units.ratio(many / few)} times as many."


@SOURCE.shows
def table(report: Report, found: Instructions) -> Table | None:
    """A sampler a row; None if nothing was counted."""
    if not found.per_id:
        return None
    names, counts = zip(*found.per_id.items(), strict=True)
    why = f", because {found.reason}" if found.reason else ""
    note = (
        f"Counted with {found.counter}{why}; {found.simd} kernels, `{found.workload}`. The difference of two numbers "
        "of calls leaves out the start of the program and the build. Calls are of 1,024 rows of 5, of 64 rows if the "
        "cost is per row."
    )
    return by_column(
        (words("sampler"), labels(report, names)),
        (Column("instructions an id"), numbers(counts, lambda count: units.significant(count, 3))),
        (Column("× the fewest"), numbers((count / min(counts) for count in counts), units.times)),
        notes=(note, *measured_elsewhere(report, found.header)),
    )


SECTION = Section(
    key="instructions",
    title="Instructions an id",
    link="Instructions",
    finding=finding,
    blocks=(
        Text("An instruction count depends on the code alone, so that two commits can be compared on a busy machine."),
        Shown("instruction-counts", "Instructions an id of each sampler", table),
    ),
    record=SOURCE.recorded,
    sources=(SOURCE,),
)
