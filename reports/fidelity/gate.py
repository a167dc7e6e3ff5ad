# SPDX-License-Identifier: MIT
"""Tables of the fidelity checks."""

from __future__ import annotations

from collections.abc import Mapping

from . import units
from .model import Check, Report, Sampler, Test
from .tables import REFUSED, Cell, Column, Table, name_cell, refused_cell


def gate(report: Report) -> Table:
    """Sampler by workload: verdict, smallest p, total variation, and what was detectable."""
    checked = report.checked()
    columns = [Column("sampler", numeric=False)]
    columns += [Column(w.name, f"{units.count(w.V)} ids" if w.V else "", numeric=False) for w in checked]
    rows = tuple(
        (name_cell(s), *(gate_cell(report, s, report.checks.get((s.name, w.name))) for w in checked))
        for s in report.samplers
    )
    notes = (REFUSED,) if any(check.refused for check in report.checks.values()) else ()
    return Table(tuple(columns), rows, notes)


def gate_cell(report: Report, sampler: Sampler, check: Check | None) -> Cell:
    """One check. A sampler that cannot run here says so in every cell."""
    if check is None:
        return Cell("skipped", kind="skipped") if sampler.unavailable else Cell(units.NONE)
    if check.refused:
        return refused_cell(check.reason)
    if check.error:
        return Cell("FAIL", check.error, -1.0, "fail")
    worst = check.worst
    p = None if worst is None else worst.p_value
    lines = [f"p {units.probability(p)}" + (f" ({worst.name})" if worst and not check.passed else "")]
    if check.total_variation is not None and check.total_variation_expected:
        times = check.total_variation / check.total_variation_expected
        lines.append(f"TV {units.significant(times, 3)}×")
    seen = sensitivity(check)
    if seen is not None:
        lines.append(f"sees {units.percent(seen)}")
    if check.implied:
        lines += table_lines(check.implied)
    word, kind = ("pass", "pass") if check.passed else ("FAIL", "fail")
    return Cell(word, "\n".join(lines), p, kind)


def table_lines(implied: Mapping[str, float | None]) -> list[str]:
    """The error of the finished table, known without a draw."""
    worst, never = implied.get("max_relative_error"), implied.get("never_drawn")
    lines = [] if worst is None else [f"table ±{units.percent(worst)}" if worst else "table exact"]
    return lines + ([f"never {units.count(never)} ids"] if never else [])


def sensitivity(check: Check) -> float | None:
    """The relative error that the test with degrees of freedom, the chi-square, finds."""
    return next((t.detectable for t in check.tests if t.df is not None and t.detectable is not None), None)


def every_test(report: Report, failed_only: bool = False) -> Table:
    """Each test of each check."""
    titles = (
        "sampler",
        "workload",
        "draws",
        "test",
        "statistic",
        "df",
        "p",
        "verdict",
        "would detect",
        "note",
    )
    rows = [
        test_row(check, test)
        for check in report.checks.values()
        for test in check.tests
        if not (failed_only and test.passed)
    ]
    rows += [error_row(check) for check in report.checks.values() if check.error and (check.failed or not failed_only)]
    numeric = {"draws", "statistic", "df", "p"}
    return Table(tuple(Column(t, numeric=t in numeric) for t in titles), tuple(rows))


def test_row(check: Check, test: Test) -> tuple[Cell, ...]:
    """One test."""
    statistic = units.NONE if test.statistic is None else f"{test.statistic:.6g}"
    return (
        Cell(check.sampler, sort=check.sampler, kind="name"), Cell(check.workload, sort=check.workload),
        Cell(units.count(check.ids), sort=check.ids), Cell(test.name, sort=test.name),
        Cell(statistic, sort=test.statistic), Cell(units.count(test.df), sort=test.df),
        Cell(units.probability(test.p_value), sort=test.p_value),
        Cell("pass", sort=1.0, kind="pass") if test.passed else Cell("FAIL", sort=0.0, kind="fail"),
        Cell(test.detects), Cell(test.note),
    )  # fmt: skip


def error_row(check: Check) -> tuple[Cell, ...]:
    """A check that ended with an exception, or that the sampler refused."""
    rest = [Cell(units.NONE)] * 5
    word = refused_cell(check.reason) if check.refused else Cell("FAIL", sort=0.0, kind="fail")
    return (
        Cell(check.sampler, sort=check.sampler, kind="name"),
        Cell(check.workload, sort=check.workload), *rest,
        word, Cell(units.NONE), Cell(check.reason if check.refused else check.error or ""),
    )  # fmt: skip
