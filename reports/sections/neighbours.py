# SPDX-License-Identifier: MIT
"""The section on samplers of other libraries, which users would install in place of `alias`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from benchmarks.documents import NEIGHBOURS, Header

from .. import units
from ..model import Report, Source, recorded
from ..tables import Cell, Column, Table, by_column, headings, measured_elsewhere, ratio_below, words
from .section import Section, Shown, Text

OURS = "alias"
RECORDED = ("failed", "packages", "left_out", "commit", "dirty")


@dataclass(frozen=True)
class Time:
    """Nanoseconds an id of a sampler at a size (V), and the ratio to the time of `alias`."""

    sampler: str
    size: int
    ns: float
    ratio: float


@dataclass(frozen=True)
class Neighbours:
    """Samplers of other libraries.

    Attributes
    ----------
    header : Header
    rows, k : int
        Of a call.
    checked : int
        V of the fidelity checks.
    results : tuple of Time
    failed : mapping of str to tuple of str
        The tests that each sampler fails.
    packages : mapping of str to str
        The versions of the libraries.
    left_out : tuple of str
        What was not measured, with the reason.
    """

    header: Header
    rows: int
    k: int
    checked: int
    results: tuple[Time, ...]
    failed: Mapping[str, tuple[str, ...]]
    packages: Mapping[str, str]
    left_out: tuple[str, ...]


SOURCE = Source(NEIGHBOURS, Neighbours)


@SOURCE.tells("Samplers of other libraries were not measured", command="make neighbours")
def finding(report: Report, found: Neighbours) -> str:
    """How much longer the fastest and the slowest of the others take."""
    faithful = [time for time in found.results if time.sampler != OURS and not found.failed.get(time.sampler)]
    if not faithful:
        return "No sampler of another library follows its noise distribution."
    least, most = (choose(faithful, key=attrgetter("ratio")) for choose in (min, max))
    fail = [f"`{name}` fails its {tests[0]} test" for name, tests in found.failed.items() if tests]
    wrong = f" {units.listed(fail)}." if fail else ""
    return (
        f"The fastest of the others that follow their noise distribution is `{least.sampler}` at "
        f"V = {least.size:,}: it takes {units.ratio(least.ratio)} times the time of `{OURS}`. The slowest is "
        f"`{most.sampler}` at V = {most.size:,}, with {units.ratio(most.ratio)} times.{wrong}"
    )


@SOURCE.shows
def table(report: Report, found: Neighbours) -> Table:
    """One row per sampler, one column per V."""
    names = list(dict.fromkeys(time.sampler for time in found.results))
    of = {(time.sampler, time.size): time for time in found.results}

    def cells(size: int) -> list[Cell]:
        times = [of.get((name, size)) for name in names]
        return [ratio_below(time.ns, time.ratio) if time else Cell(units.NONE) for time in times]

    return by_column(
        (words("sampler"), headings(names)),
        (words("fidelity"), [fidelity(found, name) for name in names]),
        *(
            (Column(f"V = {size:,}", f"ns an id, × {OURS}"), cells(size))
            for size in dict.fromkeys(size for _, size in of)
        ),
        notes=notes(report, found),
    )


def fidelity(found: Neighbours, name: str) -> Cell:
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
        f"{found.rows:,} x {found.k} into the same array; the samplers take turns in one process. Fidelity: "
        f"`samplers.check_fidelity` at V = {found.checked:,}."
    )
    left_out = (f"Left out: {'; '.join(found.left_out)}.",) if found.left_out else ()
    return (how, *left_out, *measured_elsewhere(report, found.header))


@SOURCE.shows
def record(report: Report, found: Neighbours) -> dict[str, Any]:
    """All times, and the tests that were failed."""
    known = recorded(found)
    return {"times": known["results"]} | {key: known[key] for key in RECORDED}


SECTION = Section(
    key="neighbours",
    title="Samplers of other libraries",
    link="Other libraries",
    finding=finding,
    blocks=(
        Text("What users would install in place of this library, beside those that all other tables have."),
        Shown("other-libraries", "Time and fidelity of samplers of other libraries", table),
    ),
    record=record,
    sources=(SOURCE,),
)
