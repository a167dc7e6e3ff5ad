# SPDX-License-Identifier: MIT
"""The table of audits: the finished tables of samplers, compared with the noise distribution without draws."""

from __future__ import annotations

from benchmarks.checks import Audit, Check

from .. import units
from ..model import Report
from ..tables import Cell, Table, by_column, headings, of_workload, refused_cell, words

NOTES = (
    "The first number is the total variation distance, half the sum of |q − p|: the share of draws that go to a wrong "
    "id. Below it: the largest relative error of an id, with that id; the number of ids of positive weight that are "
    "never drawn, with the sum of their probabilities; and the number of draws from which a chi-square test detects "
    "the error with probability 0.99. Numbers of about 1e-16 are rounding errors of the comparison.",
    "A table fails if an id of positive weight is never drawn, if an id of weight zero can be drawn, or if 1e9 draws "
    "detect the error.",
)


def table(report: Report) -> Table | None:
    """One row per table, one column per workload; None if no sampler has implied probabilities."""
    audited = [check for check in report.checks if check.audit is not None]
    if not audited:
        return None
    groups = same_tables(report, audited)
    return by_column(
        (words("sampler"), headings("; ".join(map(report.label, names)) for names in groups)),
        *(
            (of_workload(w), [audit_cell(report.checks_of(names[0], w.name)) for names in groups])
            for w in report.checked()
            if any(check.workload == w.name for check in audited)
        ),
        notes=NOTES,
    )


def same_tables(report: Report, audited: list[Check]) -> list[list[str]]:
    """The samplers in groups whose tables are the same on every workload."""
    groups: dict[tuple[tuple[str, Audit | None], ...], list[str]] = {}
    for sampler in report.samplers:
        audits = dict.fromkeys((c.workload, c.audit) for c in audited if c.sampler == sampler.name)
        if audits:
            groups.setdefault(tuple(audits), []).append(sampler.name)
    return list(groups.values())


def audit_cell(checks: list[Check]) -> Cell:
    """The audit of a sampler's table on a workload; it is the same at every k."""
    audited = next(((check, check.audit) for check in checks if check.audit is not None), None)
    if audited is None:
        return refused_cell(checks[0].reason) if checks and checks[0].refused else Cell(units.NONE)
    check, audit = audited
    bad = any(not test.passed for test in check.tests if test.name in ("table support", "table law"))
    title = (
        f"id {units.count(audit.worst_id)} has probability {units.scientific(audit.worst_implied, 4)} "
        f"instead of {units.scientific(audit.worst_target, 4)}"
    )
    text = "exact" if audit.total_variation == 0 else units.scientific(audit.total_variation)
    word = f"FAIL {text}" if bad else text
    return Cell(word, "\n".join(lines(audit)), audit.total_variation, "fail" if bad else "", title)


def lines(audit: Audit) -> list[str]:
    """The lines below the total variation distance."""
    texts = []
    if audit.max_relative_error:
        sign = "+" if audit.worst_implied > audit.worst_target else "−"
        texts.append(f"worst {sign}{units.percent(audit.max_relative_error)}, id {units.count(audit.worst_id)}")
    if audit.never_drawn:
        texts.append(f"{units.count(audit.never_drawn)} never drawn ({units.scientific(audit.never_drawn_mass)})")
    if audit.impossible:
        mass = units.scientific(audit.impossible_mass)
        texts.append(f"{units.count(audit.impossible)} of weight zero drawn ({mass})")
    draws = audit.draws_to_notice
    return [*texts, "no number of draws" if draws is None else f"{units.scientific(draws)} draws"]
