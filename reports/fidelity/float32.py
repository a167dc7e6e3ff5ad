# SPDX-License-Identifier: MIT
"""What docs/findings.json adds to the checks: torch with weights of its default type, and what a pool never draws."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.documents import FINDINGS

from .. import units
from ..model import Inputs, Source

TABLE = "torch, float32"


@dataclass(frozen=True)
class OfTable:
    """The error of a table; as `benchmarks.checks.Audit`."""

    table: str
    workload: str
    total_variation: float
    max_relative_error: float
    worst_implied: float
    worst_target: float
    draws_to_notice: float | None


@dataclass(frozen=True)
class Tables:
    """The tables of section 4 of docs/findings.md."""

    audits: tuple[OfTable, ...]


@dataclass(frozen=True)
class Reused:
    """A pool that is drawn once and used again: its size, its ids, and how far its law is from the noise."""

    pool_size: int
    drawable: int
    distinct: int
    never_drawn_mass: float
    total_variation: float


@dataclass(frozen=True)
class Ahead:
    """A workload of section 2 of docs/findings.md."""

    workload: str
    reused: Reused


@dataclass(frozen=True)
class Origin:
    """Of the header, what the page asks of each document. The findings have no times, so that nothing disturbs them."""

    commit: str | None
    noise: None = None


@dataclass(frozen=True)
class Findings:
    """The part of the findings that this report reads."""

    header: Origin
    tables: Tables
    drawing_ahead: tuple[Ahead, ...] = ()


SOURCE = Source(FINDINGS, Findings)


def said(report: Inputs, workload: str) -> list[str]:
    """That torch was checked with float64 weights, and its error with float32; nothing if that was not measured."""
    found = SOURCE.of(report)
    audits = found.tables.audits if found else ()
    audit = next((a for a in audits if (a.table, a.workload) == (TABLE, workload)), None)
    if audit is None:
        return []
    sign = "too high" if audit.worst_implied > audit.worst_target else "too low"
    draws = audit.draws_to_notice
    detected = "" if draws is None else f" {units.scientific(draws)} draws detect it."
    return [
        "A row of torch passes here with float64 weights. With float32, the default of torch, `torch.multinomial` with "
        f"replacement fails on `{workload}`: {units.percent(audit.total_variation)} of the draws go to a wrong id "
        f"(total variation {units.scientific(audit.total_variation)}), and the probability of the worst id is "
        f"{units.percent(audit.max_relative_error)} {sign}.{detected} Section 4 of docs/findings.md has the cause."
    ]


def of_pool(report: Inputs, workload: str) -> str:
    """What a pool that is used again does to a model; "" if that was not measured."""
    found = SOURCE.of(report)
    pool = next((a.reused for a in (found.drawing_ahead if found else ()) if a.workload == workload), None)
    if pool is None:
        return ""
    return (
        f"A pool of {pool.pool_size:,} ids on `{workload}` holds {pool.distinct:,} of {pool.drawable:,} ids: "
        f"{units.percent(pool.never_drawn_mass)} of the probability is never drawn, and "
        f"{units.percent(pool.total_variation)} of the draws go to a wrong id (total variation)."
    )
