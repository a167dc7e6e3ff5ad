# SPDX-License-Identifier: MIT
"""The samplers compared with the limit: the slower of the generator alone and of loads from a table alone."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import geometric_mean
from typing import Any

from benchmarks.checks import Sampler, Workload

from . import units
from .derived import Limit
from .model import Inputs, Report
from .tables import Cell, Column, Table, by_column, headings, numbers, status_cell, words
from .verdict import family

GENERATOR = "generator"
SOURCE = "bench_limit.Limit.time_part"
NOTE = (
    "Limit: the slower of two parts, the random number generator alone (32 bits per id, all of them used) and the "
    "fastest way to load a slot per id from an alias table with V entries. A sampler with a smaller table can be "
    "faster than the limit. Below a time: the time of the limit divided by it, the share of the limit's rate. Rows are "
    "sorted by the mean share (geometric mean over the measured V). Only samplers that draw with replacement by "
    "default. Samplers that fail a fidelity check are shown, but cannot win."
)


def limits(report: Inputs) -> list[Limit]:
    """The limits by V; ways of loading that this processor lacks are left out."""
    known = []
    for size in sorted({v for _, v in report.limits}):
        parts = {part: m.value for (part, v), m in report.limits.items() if v == size and m.value is not None}
        generator = parts.pop(GENERATOR, None)
        way = min(parts, key=lambda part: parts[part], default="")
        if generator is not None or way:
            known.append(Limit(size, generator, parts.get(way), way))
    return known


def places(report: Inputs) -> dict[int, Workload]:
    """The workload at each V of the limit, from the family of workloads that differ only in V."""
    sizes = {limit.V for limit in limits(report)}
    workloads = [report.workload(name) for name in family(report.timed())]
    return {w.V: w for w in workloads if w.V in sizes}


def shares(report: Inputs) -> dict[str, dict[int, float | None]]:
    """The time of the limit divided by that of the sampler, by sampler and V; the nearest to the limit first."""
    at, bounds = places(report), {limit.V: limit.ns for limit in limits(report)}
    by_sampler: dict[str, dict[int, float | None]] = {}
    for sampler in report.samplers:
        times = {v: report.ns(sampler.name, w.name).value for v, w in at.items()}
        if sampler.replacement is True and any(times.values()):
            by_sampler[sampler.name] = {v: share(bounds[v], ns) for v, ns in times.items()}
    return dict(sorted(by_sampler.items(), key=lambda item: -(mean(item[1].values()) or 0.0)))


def share(bound: float | None, ns: float | None) -> float | None:
    """The rate of a sampler as a share of the limit's rate; None if one time is unknown."""
    return bound / ns if bound and ns else None


def mean(values: Iterable[float | None]) -> float | None:
    """The geometric mean of the known values; None if there are none."""
    known = [v for v in values if v]
    return geometric_mean(known) if known else None


def table(report: Report) -> Table | None:
    """One row per sampler, one column per V; None if no limit was measured."""
    bounds = report.bounds
    if not any(limit.ns for limit in bounds):
        return None
    samplers = [report.sampler(name) for name in report.shares]
    overall = [mean(by_size.values()) for by_size in report.shares.values()]
    return by_column(
        (words("sampler"), headings(["limit", *(s.display_name for s in samplers)])),
        (words("fidelity", "checks passed"), [Cell(""), *(status_cell(report, s) for s in samplers)]),
        *(
            (
                Column(f"V = {units.count(bound.V)}", "ns per id, share"),
                [limit_cell(bound), *(time_cell(report, s, bound) for s in samplers)],
            )
            for bound in bounds
        ),
        (
            Column("mean share"),
            [Cell("100 %", sort=1.0), *numbers(overall, lambda share: percent(share) or units.NONE)],
        ),
        notes=(NOTE,),
    )


def limit_cell(limit: Limit) -> Cell:
    """Nanoseconds per id of the limit, with its two parts."""
    parts = f"generator {units.ns(limit.generator)}\ngather {units.ns(limit.gather)}"
    return Cell(units.ns(limit.ns), parts, limit.ns, title=f"gather: {limit.way}" if limit.way else "")


def time_cell(report: Report, sampler: Sampler, bound: Limit) -> Cell:
    """The time of a sampler at the V of a limit, and its share of the limit's rate."""
    at = places(report)
    where = at[bound.V].name if bound.V in at else ""
    ns, reason = report.ns(sampler.name, where).value, report.refusal(sampler.name, where)
    text = "refused" if reason and ns is None else units.ns(ns)
    return Cell(text, percent(report.shares[sampler.name].get(bound.V)), ns, title=reason or "")


def percent(value: float | None) -> str:
    """A share in percent; "" if it is unknown."""
    return "" if value is None else units.percent(value)


def record(report: Report) -> dict[str, Any]:
    at, by_sampler = places(report), report.shares
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
            for b in report.bounds
        ],
        "samplers": [
            {
                "sampler": name,
                "status": report.status(name),
                "mean_share": mean(by_size.values()),
                "share": {str(v): value for v, value in by_size.items()},
                "ns_per_id": {str(v): report.ns(name, at[v].name).value for v in by_size},
            }
            for name, by_size in by_sampler.items()
        ],
    }
