# SPDX-License-Identifier: MIT
"""The section on the parts of a draw: the generator, the load and the store alone, and the samplers beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.documents import ROOFLINE, Header

from .. import units
from ..model import Report, Source
from ..tables import Cell, Column, Table, by_column, labels, measured_elsewhere, numbers, ratio_below, texts, words
from .section import Section, Shown, Text

ABSENT = "The parts of a draw were not measured"
EXPLAINED = (
    "A draw generates a random number, loads a slot of a table and stores an id. A processor that did all three at "
    "once would take as long as the slowest part; one that did them one after another, as long as their sum. A "
    "sampler with a smaller table than one of V slots loads faster than the gather of this table."
)


@dataclass(frozen=True)
class Bound:
    """A strategy at a V: its time, and that as a multiple of the slowest part and of the sum of the parts."""

    sampler: str
    ns: float
    of_slowest: float
    of_sum: float


@dataclass(frozen=True)
class Parts:
    """Nanoseconds an id of the parts of a draw at a V, and the strategies beside them."""

    V: int
    parts: Mapping[str, float]
    slowest: float
    sum: float
    strategies: tuple[Bound, ...]


@dataclass(frozen=True)
class Roofline:
    """All values of V."""

    header: Header
    results: tuple[Parts, ...]


SOURCE = Source(ROOFLINE, Roofline)


@SOURCE.tells(ABSENT)
def finding(report: Report, found: Roofline) -> str:
    """The sampler that is nearest to the sum of the parts, at the smallest and at the largest V."""
    if not all(parts.strategies for parts in found.results):
        return f"{ABSENT}: run `{ROOFLINE.made_by}`."
    return " ".join(nearest(report, parts) for parts in (found.results[0], found.results[-1]))


def nearest(report: Report, parts: Parts) -> str:
    """The nearest sampler at a V, and which part is the slowest."""
    best = min(parts.strategies, key=lambda bound: bound.of_sum)
    slowest = max(parts.parts, key=lambda name: parts.parts[name])
    return (
        f"At V = {parts.V:,}, `{report.label(best.sampler)}` takes {units.ratio(best.of_sum)} times the sum of the "
        f"parts ({units.per_id(parts.sum)} per id); the slowest part is the {slowest}."
    )


@SOURCE.shows
def table(report: Report, found: Roofline) -> Table | None:
    """The parts, then a sampler a row, and a V a column."""
    if not found.results:
        return None
    alone = list(found.results[0].parts)
    names = list(dict.fromkeys(bound.sampler for parts in found.results for bound in parts.strategies))
    rows = (*texts(alone), Cell("slowest part"), Cell("sum of the parts"), *labels(report, names))
    note = f"Measured with `{ROOFLINE.made_by}`: Zipf counts, calls of 16,384 x 5, processor time, all in turns."
    return by_column(
        (words("part or sampler"), rows),
        *(
            (Column(f"V = {parts.V:,}", "ns an id, × the sum of the parts"), cells(parts, alone, names))
            for parts in found.results
        ),
        notes=(note, *measured_elsewhere(report, found.header)),
    )


def cells(parts: Parts, alone: list[str], names: list[str]) -> list[Cell]:
    """The times at a V: of the parts alone, of the slowest, of their sum, and of the samplers with their multiples."""
    of = {bound.sampler: bound for bound in parts.strategies}
    times = [*(parts.parts[name] for name in alone), parts.slowest, parts.sum]
    bounds = [ratio_below(bound.ns, bound.of_sum) if (bound := of.get(name)) else Cell(units.NONE) for name in names]
    return [*numbers(times, units.ns), *bounds]


SECTION = Section(
    key="roofline",
    title="The parts of a draw",
    link="Parts of a draw",
    finding=finding,
    blocks=(Text(EXPLAINED), Shown("parts", "Time per id of the parts of a draw and of the samplers", table)),
    record=SOURCE.recorded,
    sources=(SOURCE,),
)
