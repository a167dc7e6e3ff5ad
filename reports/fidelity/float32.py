# SPDX-License-Identifier: MIT
"""What the check of `torch.multinomial` does not show: weights of torch's default type, from docs/findings.json."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.documents import FINDINGS

from .. import units
from ..model import Report, Source

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
class Origin:
    """Of the header, what the page asks of each document. The findings have no times, so that nothing disturbs them."""

    commit: str | None
    noise: None = None


@dataclass(frozen=True)
class Findings:
    """The part of the findings that this report reads."""

    header: Origin
    tables: Tables


SOURCE = Source(FINDINGS, Findings)


def said(report: Report, workload: str) -> list[str]:
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
