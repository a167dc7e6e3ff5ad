# SPDX-License-Identifier: MIT
"""The section on the parts of a draw: the generator, the load and the store alone, and the samplers beside them."""

from __future__ import annotations

from typing import Any

from benchmarks.documents import ROOFLINE

from .. import units
from ..hardware import ROOFLINE_SOURCE, Bound, Parts
from ..model import Report, recorded
from ..tables import Cell, Column, Table, measured_elsewhere
from .section import Section, Shown, Text

EXPLAINED = (
    "A draw generates a random number, loads a slot of a table and stores an id. A processor that did all three at "
    "once would take as long as the slowest part; one that did them one after another, as long as their sum. A "
    "sampler with a smaller table than one of V slots loads faster than the gather of this table."
)


def finding(report: Report) -> str:
    """The sampler that is nearest to the sum of the parts, at the smallest and at the largest V."""
    found = ROOFLINE_SOURCE.of(report)
    if found is None or not all(parts.strategies for parts in found.results):
        return f"The parts of a draw were not measured: run `{ROOFLINE.made_by}`."
    return " ".join(nearest(report, parts) for parts in (found.results[0], found.results[-1]))


def nearest(report: Report, parts: Parts) -> str:
    """The nearest sampler at a V, and which part is the slowest."""
    best = min(parts.strategies, key=lambda bound: bound.of_sum)
    slowest = max(parts.parts, key=lambda name: parts.parts[name])
    return (
        f"At V = {parts.V:,}, `{report.label(best.sampler)}` takes {units.ratio(best.of_sum)} times the sum of the "
        f"parts ({units.per_id(parts.sum)} per id); the slowest part is the {slowest}."
    )


def table(report: Report) -> Table | None:
    """The parts, then a sampler a row, and a V a column."""
    found = ROOFLINE_SOURCE.of(report)
    if found is None or not found.results:
        return None
    columns = (
        Column("part or sampler", numeric=False),
        *(Column(f"V = {parts.V:,}", "ns an id, × the sum of the parts") for parts in found.results),
    )
    rows = [
        (Cell(name, sort=name), *(Cell(units.ns(parts.parts[name]), sort=parts.parts[name]) for parts in found.results))
        for name in found.results[0].parts
    ]
    rows.append((Cell("slowest part"), *(Cell(units.ns(parts.slowest), sort=parts.slowest) for parts in found.results)))
    rows.append((Cell("sum of the parts"), *(Cell(units.ns(parts.sum), sort=parts.sum) for parts in found.results)))
    names = dict.fromkeys(bound.sampler for parts in found.results for bound in parts.strategies)
    rows += [
        (
            Cell(report.label(name), sort=report.label(name), kind="name"),
            *(bound_cell(next((b for b in parts.strategies if b.sampler == name), None)) for parts in found.results),
        )
        for name in names
    ]
    note = f"Measured with `{ROOFLINE.made_by}`: Zipf counts, calls of 16,384 x 5, processor time, all in turns."
    return Table(columns, tuple(rows), (note, *measured_elsewhere(report, found.header)))


def bound_cell(bound: Bound | None) -> Cell:
    """A time with its multiple of the sum of the parts."""
    return Cell(units.NONE) if bound is None else Cell(units.ns(bound.ns), f"{units.ratio(bound.of_sum)}×", bound.ns)


def record(report: Report) -> dict[str, Any] | None:
    """All parts and samplers."""
    found = ROOFLINE_SOURCE.of(report)
    return None if found is None else recorded(found)


SECTION = Section(
    key="roofline",
    title="The parts of a draw",
    link="Parts of a draw",
    finding=finding,
    blocks=(Text(EXPLAINED), Shown("parts", "Time per id of the parts of a draw and of the samplers", table)),
    record=record,
    sources=(ROOFLINE_SOURCE,),
)
