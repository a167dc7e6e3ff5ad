# SPDX-License-Identifier: MIT
"""The finished tables, compared with the noise distribution without a draw."""

from __future__ import annotations

from benchmarks.checks import Audit, Check

from .. import units
from ..model import Report
from ..tables import Cell, Column, Table, refused_cell

NOTES = (
    "Total variation: half the sum of |q − p|, the share of draws that go to a wrong id. Below it the largest relative "
    "error of a single id and its id; how many ids of positive weight can never come, and what they should have "
    "together; and with how many draws a chi-square would notice, with probability 0.99. Numbers of about 1e-16 are "
    "rounding of the comparison itself.",
    "A table fails when an id can never be drawn, or one of weight zero can be, or when 1e9 draws would notice.",
)


def table(report: Report) -> Table | None:
    """Sampler by workload; None where no sampler states the law of its table."""
    audited = [check for check in report.checks if check.audit is not None]
    places = [w for w in report.checked() if any(check.workload == w.name for check in audited)]
    if not audited:
        return None
    columns = [Column("sampler", numeric=False)]
    columns += [Column(w.name, f"{units.count(w.V)} ids" if w.V else "", numeric=False) for w in places]
    rows = []
    for names in same_tables(report, audited):
        cells = (audit_cell(report.checks_of(names[0], w.name)) for w in places)
        labels = "; ".join(report.label(name) for name in names)
        rows.append((Cell(labels, sort=labels, kind="name"), *cells))
    return Table(tuple(columns), tuple(rows), NOTES)


def same_tables(report: Report, audited: list[Check]) -> list[list[str]]:
    """Samplers, those together whose tables are the same on every workload."""
    groups: dict[tuple[tuple[str, Audit | None], ...], list[str]] = {}
    for sampler in report.samplers:
        found = dict.fromkeys((c.workload, c.audit) for c in audited if c.sampler == sampler.name)
        if found:
            groups.setdefault(tuple(found), []).append(sampler.name)
    return list(groups.values())


def audit_cell(checks: list[Check]) -> Cell:
    """One table: the same at every k."""
    found = next(((check, check.audit) for check in checks if check.audit is not None), None)
    if found is None:
        return refused_cell(checks[0].reason) if checks and checks[0].refused else Cell(units.NONE)
    check, audit = found
    bad = any(not test.passed for test in check.tests if test.name in ("table support", "table law"))
    title = (
        f"id {units.count(audit.worst_id)} comes with probability {units.scientific(audit.worst_implied, 4)} "
        f"in place of {units.scientific(audit.worst_target, 4)}"
    )
    text = "exact" if audit.total_variation == 0 else units.scientific(audit.total_variation)
    word = f"FAIL {text}" if bad else text
    return Cell(word, "\n".join(lines(audit)), audit.total_variation, "fail" if bad else "", title)


def lines(audit: Audit) -> list[str]:
    """What stands below the total variation."""
    found = []
    if audit.max_relative_error:
        sign = "+" if audit.worst_implied > audit.worst_target else "−"
        found.append(f"worst {sign}{units.percent(audit.max_relative_error)}, id {units.count(audit.worst_id)}")
    if audit.never_drawn:
        found.append(f"{units.count(audit.never_drawn)} never drawn ({units.scientific(audit.never_drawn_mass)})")
    if audit.impossible:
        mass = units.scientific(audit.impossible_mass)
        found.append(f"{units.count(audit.impossible)} of weight zero drawn ({mass})")
    draws = audit.draws_to_notice
    return [*found, "no number of draws" if draws is None else f"{units.scientific(draws)} draws"]
