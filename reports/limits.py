# SPDX-License-Identifier: MIT
"""How far samplers are from the limit: the slower of the generator alone and of loads from a table alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import geometric_mean
from typing import Any

from benchmarks.checks import Sampler

from . import units
from .model import Report, Workload
from .tables import Cell, Column, Table, status_cell
from .verdict import family

GENERATOR = "generator"
SOURCE = "bench_limit.Limit.time_part"
NOTE = (
    "Limit: the slower of the random number generator alone and of the fastest way to load 8 bytes an id "
    "from a table of the same size; a sampler with a smaller table may pass it. Below a time: the limit's "
    "time over it, the share of the limit's rate. Ordered by the mean share (geometric, over each V "
    "measured). Only samplers that draw with replacement by default; one that fails a fidelity check is "
    "shown, and cannot win."
)


@dataclass(frozen=True)
class Limit:
    """The least that an id can take at a V, nanoseconds.

    Attributes
    ----------
    V : int
    generator, gather : float or None
        The generator alone; the fastest way to load.
    way : str
        Which way that was, "" where none was measured.
    """

    V: int
    generator: float | None
    gather: float | None
    way: str

    @property
    def ns(self) -> float | None:
        """The slower of both; None where one is unknown, as the other alone is no limit."""
        return None if self.generator is None or self.gather is None else max(self.generator, self.gather)


def limits(report: Report) -> list[Limit]:
    """By V; ways of loading that this processor lacks do not count."""
    found = []
    for size in sorted({v for _, v in report.limits}):
        parts = {part: m.value for (part, v), m in report.limits.items() if v == size and m.value is not None}
        generator = parts.pop(GENERATOR, None)
        way = min(parts, key=lambda part: parts[part], default="")
        if generator is not None or way:
            found.append(Limit(size, generator, parts.get(way), way))
    return found


def places(report: Report) -> dict[int, Workload]:
    """The workload at each V of the limit: of the family that differs in V alone."""
    sizes = {limit.V for limit in limits(report)}
    found = [report.workload(name) for name in family(report.timed())]
    return {w.V: w for w in found if w.V in sizes}


def shares(report: Report) -> dict[str, dict[int, float | None]]:
    """The limit's time over the sampler's, by sampler with replacement and V, closest to the limit first."""
    at, bounds = places(report), {limit.V: limit.ns for limit in limits(report)}
    found: dict[str, dict[int, float | None]] = {}
    for sampler in report.samplers:
        own = {v: report.ns(sampler.name, w.name).value for v, w in at.items()}
        if sampler.replacement is True and any(own.values()):
            found[sampler.name] = {v: share(bounds[v], ns) for v, ns in own.items()}
    return dict(sorted(found.items(), key=lambda one: -(mean(one[1].values()) or 0.0)))


def share(bound: float | None, own: float | None) -> float | None:
    """A rate as a share of the limit's."""
    return bound / own if bound and own else None


def mean(values: Iterable[float | None]) -> float | None:
    """The geometric mean of what is known."""
    known = [v for v in values if v]
    return geometric_mean(known) if known else None


def table(report: Report) -> Table | None:
    """Sampler by V; None where no limit was measured."""
    bounds = limits(report)
    if not any(limit.ns for limit in bounds):
        return None
    rows = [
        (
            Cell("limit", sort="limit", kind="name"),
            Cell(""),
            *map(limit_cell, bounds),
            Cell("100 %", sort=1.0),
        )
    ]
    samplers = {s.name: s for s in report.samplers}
    rows += [sampler_row(report, samplers[name], bounds, of) for name, of in shares(report).items()]
    columns = (
        Column("sampler", numeric=False),
        Column("fidelity", "checks passed", numeric=False),
        *(Column(f"V = {units.count(b.V)}", "ns an id, share") for b in bounds),
        Column("mean share"),
    )
    return Table(columns, tuple(rows), (NOTE,))


def limit_cell(limit: Limit) -> Cell:
    """Nanoseconds, and what they come from."""
    parts = f"generator {units.ns(limit.generator)}\ngather {units.ns(limit.gather)}"
    return Cell(units.ns(limit.ns), parts, limit.ns, title=f"gather: {limit.way}" if limit.way else "")


def sampler_row(report: Report, sampler: Sampler, bounds: list[Limit], of: dict[int, float | None]) -> tuple[Cell, ...]:
    """A sampler at each V."""
    at = places(report)
    name = Cell(sampler.display_name, sort=sampler.display_name, kind="name")
    cells = []
    for bound in bounds:
        where = at[bound.V].name if bound.V in at else ""
        found, reason = report.ns(sampler.name, where).value, report.refusal(sampler.name, where)
        text = "refused" if reason and found is None else units.ns(found)
        cells.append(Cell(text, percent(of.get(bound.V)), found, title=reason or ""))
    overall = mean(of.values())
    return (name, status_cell(report, sampler), *cells, Cell(percent(overall) or units.NONE, sort=overall))


def percent(value: float | None) -> str:
    """A share, or nothing."""
    return "" if value is None else units.percent(value)


def record(report: Report) -> dict[str, Any]:
    at, of = places(report), shares(report)
    return {
        "sizes": [
            {
                "V": b.V,
                "workload": at[b.V].name if b.V in at else None,
                "ns_per_id": b.ns,
                "generator_ns": b.generator,
                "gather_ns": b.gather,
                "gather": b.way or None,
                "parts_ns": {p: m.value for (p, v), m in report.limits.items() if v == b.V},
            }
            for b in limits(report)
        ],
        "samplers": [
            {
                "sampler": name,
                "status": report.status(name),
                "mean_share": mean(found.values()),
                "share": {str(v): value for v, value in found.items()},
                "ns_per_id": {str(v): report.ns(name, at[v].name).value for v in found},
            }
            for name, found in of.items()
        ],
    }
