# SPDX-License-Identifier: MIT
"""The tables of single tests: all failed tests, and all tests on one workload."""

from __future__ import annotations

from benchmarks.checks import Check, CheckAndTest, Test, tests_of, worst_of

from .. import units
from ..model import Report
from ..tables import Cell, Column, Table, labels, numbers, refused_cell, words

MOST_PLACES = 3  # if a test failed on more workloads, a cell names the first two


def failed(report: Report) -> Table:
    """One row per failed test of a sampler, from the check with the strongest evidence against the sampler."""
    order = [sampler.name for sampler in report.samplers]
    groups: dict[tuple[str, str], list[CheckAndTest]] = {}
    for check, test in tests_of(report.checks):
        if not test.passed:
            groups.setdefault((check.sampler, test.name), []).append((check, test))
    rows = [failed_row(report, groups[key]) for key in sorted(groups, key=lambda key: order.index(key[0]))]
    rows += [broken_row(report, check) for check in report.checks if check.error and check.failed]
    columns = (
        words("sampler"),
        words("test"),
        words("failed on"),
        Column("adjusted p"),
        Column("observed bias"),
        Column("detectable bias"),
        words("detectable bias, in words"),
        words("sample", "of the worst check"),
        words("note"),
    )
    return Table(columns, tuple(rows))


def failed_row(report: Report, failures: list[CheckAndTest]) -> tuple[Cell, ...]:
    """The row of a test that a sampler fails, from all its failures."""
    check, test = worst_of(failures)
    tried = [c for c in report.checks_of(check.sampler) if any(t.name == test.name for t in c.tests)]
    places = list(dict.fromkeys(c.workload for c, _ in failures))
    listed = units.listed(places if len(places) <= MOST_PLACES else [*places[:2], f"{len(places) - 2} more"])
    return (
        *labels(report, [check.sampler]),
        Cell(test.name, sort=test.name, kind="fail"),
        Cell(f"{len(failures)} of {len(tried)} checks", listed, len(failures) / len(tried), title=", ".join(places)),
        Cell(units.probability(test.p_adjusted), sort=test.p_adjusted),
        *biases(test),
        Cell(test.detects),
        Cell(f"{units.count(test.n)} {test.unit}", f"{check.workload}, k\u00a0=\u00a0{check.k}"),
        Cell(test.note),
    )


def broken_row(report: Report, check: Check) -> tuple[Cell, ...]:
    """The row of a check that ended with an exception."""
    return (
        *labels(report, [check.sampler]),
        Cell("exception", sort="exception", kind="fail"),
        Cell(check.workload),
        *[Cell(units.NONE)] * 5,
        Cell(check.error or ""),
    )


def biases(test: Test) -> list[Cell]:
    """The observed and the detectable bias, in the same unit."""
    return numbers((test.effect, test.detectable), units.scientific)


def all_of(report: Report, workload: str) -> Table:
    """One row per test of each check on a workload."""
    checks = [check for check in report.checks if check.workload == workload]
    rows = [test_row(report, check, test) for check, test in tests_of(checks)]
    rows += [error_row(report, check) for check in checks if check.error]
    columns = (
        words("sampler"),
        Column("k"),
        words("test"),
        *map(Column, ("sample", "statistic", "df", "p", "adjusted p")),
        words("result"),
        *map(Column, ("observed bias", "detectable bias")),
        *map(words, ("detectable bias, in words", "note")),
    )
    return Table(columns, tuple(rows))


def test_row(report: Report, check: Check, test: Test) -> tuple[Cell, ...]:
    statistic = units.NONE if test.statistic is None else f"{test.statistic:.6g}"
    return (
        *labels(report, [check.sampler]),
        Cell(str(check.k), sort=check.k),
        Cell(test.name, sort=test.name),
        Cell(f"{units.count(test.n)} {test.unit}", sort=test.n),
        Cell(statistic, sort=test.statistic),
        *numbers([test.df], units.count),
        *numbers((test.p_value, test.p_adjusted), units.probability),
        Cell("pass", sort=1.0, kind="pass") if test.passed else Cell("FAIL", sort=0.0, kind="fail"),
        *biases(test),
        Cell(test.detects),
        Cell(test.note),
    )


def error_row(report: Report, check: Check) -> tuple[Cell, ...]:
    """The row of a check that ended with an exception, or that the sampler refused."""
    word = refused_cell(check.reason) if check.refused else Cell("FAIL", sort=0.0, kind="fail")
    note = Cell(check.reason if check.refused else check.error or "")
    return (
        *labels(report, [check.sampler]),
        Cell(str(check.k), sort=check.k),
        *[Cell(units.NONE)] * 6,
        word,
        *[Cell(units.NONE)] * 3,
        note,
    )
