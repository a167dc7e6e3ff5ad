# SPDX-License-Identifier: MIT
"""The two tables of verdicts: test by sampler, and sampler by workload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.checks import Check, CheckAndTest, Sampler, Test, tests_of, worst_of

from .. import units
from ..model import Report
from ..tables import REFUSED, Cell, Column, Table, name_cell, refused_cell

PASS, FAIL = "✓", "✗ FAIL"
NO_ERROR = "runs without an exception"


def by_test(report: Report, home: str) -> Table:
    """Test by sampler: the verdict, and the smallest adjusted p over all checks of the sampler."""
    checked = [s for s in report.samplers if report.checks_of(s.name)]
    columns = [Column("test", numeric=False), *(Column(s.display_name) for s in checked)]
    columns.append(Column("finds with probability 0.99", f"on {home}" if home else "", numeric=False))
    rows = [error_row(report, checked)] if any(c.failed and c.error for c in report.checks) else []
    found = tests_of(report.checks)
    for name in in_order([check.tests for check in report.checks]):
        of_test = [pair for pair in found if pair[1].name == name]
        cells = (verdict_cell(s, [pair for pair in of_test if pair[0].sampler == s.name]) for s in checked)
        rows.append((Cell(name, sort=name, kind="name"), *cells, finds(of_test, home)))
    return Table(tuple(columns), tuple(rows), notes(report))


def in_order(sequences: Iterable[Sequence[Test]]) -> list[str]:
    """Names of tests, each after the one that it follows where it is first met."""
    names: list[str] = []
    for tests in sequences:
        at = 0
        for test in tests:
            if test.name not in names:
                names.insert(at, test.name)
            at = names.index(test.name) + 1
    return names


def verdict_cell(sampler: Sampler, found: list[CheckAndTest]) -> Cell:
    """A test of a sampler, all its checks in one."""
    if not found:
        return Cell(units.NONE)
    check, test = worst_of(found)
    failed = sum(not test.passed for _, test in found)
    verdict = f"{failed} of {len(found)} checks fail" if failed else f"all {len(found)} checks pass"
    title = (
        f"{sampler.display_name}; {test.name}: {verdict}. Worst on {check.workload} (k = {check.k}): adjusted p "
        f"{units.probability(test.p_adjusted)}, {bias(test)}, {units.count(test.n)} {test.unit}; "
        f"finds {test.detects}"
    )
    sub, kind = units.probability(test.p_adjusted), "fail" if failed else "pass"
    return Cell(FAIL if failed else PASS, sub, test.p_adjusted, kind, title)


def bias(test: Test) -> str:
    """What was seen, beside what would surely be."""
    return f"bias seen {units.scientific(test.effect)}, detectable {units.scientific(test.detectable)}"


def finds(of_test: list[CheckAndTest], home: str) -> Cell:
    """The detectable bias in words, where most was drawn."""
    here = [pair for pair in of_test if pair[0].workload == home] or of_test
    check, test = max(here, key=lambda pair: pair[1].n)
    elsewhere = f"on {check.workload}, " if check.workload != home else ""
    return Cell(test.detects, f"{elsewhere}{units.count(test.n)} {test.unit}")


def error_row(report: Report, checked: list[Sampler]) -> tuple[Cell, ...]:
    cells = []
    for sampler in checked:
        errors = [c for c in report.checks_of(sampler.name) if c.failed and c.error]
        title = "; ".join(f"{c.workload}: {c.error}" for c in errors)
        cells.append(Cell(FAIL, sort=0.0, kind="fail", title=title) if errors else Cell(PASS, sort=1.0, kind="pass"))
    return Cell(NO_ERROR, sort=NO_ERROR, kind="name"), *cells, Cell(units.NONE)


def notes(report: Report) -> tuple[str, ...]:
    """What the marks mean."""
    ran = [check for check in report.checks if check.tests]
    found = [
        f"{PASS} passed, {FAIL} failed, {units.NONE} does not apply; with it the smallest adjusted p-value of the "
        f"sampler's checks ({len(ran)} in all). Holm's rule adjusts it over the tests of a check; below 1e-6 the test "
        f"fails, so that faithful samplers fail anywhere with probability {units.scientific(len(ran) * 1e-6, 1)} at "
        "most. On the page, where the pointer rests on a cell: the worst check, the bias seen and the detectable bias."
    ]
    absent = [s for s in report.samplers if s.unavailable and not report.checks_of(s.name)]
    if absent:
        found.append("Skipped: " + "; ".join(f"{s.display_name}: {s.unavailable}" for s in absent) + ".")
    return tuple(found)


def by_workload(report: Report) -> Table:
    """Sampler by workload: verdict, smallest adjusted p, and what the chi-square finds at this number of draws."""
    checked = report.checked()
    columns = [Column("sampler", numeric=False)]
    columns += [Column(w.name, f"{units.count(w.V)} ids" if w.V else "", numeric=False) for w in checked]
    rows = tuple(
        (name_cell(s), *(workload_cell(s, report.checks_of(s.name, w.name)) for w in checked)) for s in report.samplers
    )
    return Table(tuple(columns), rows, (REFUSED,) if any(check.refused for check in report.checks) else ())


def workload_cell(sampler: Sampler, checks: list[Check]) -> Cell:
    """The checks at every k. A sampler that cannot run here says so in every cell."""
    if not checks:
        return Cell("skipped", kind="skipped") if sampler.unavailable else Cell(units.NONE)
    error = next((check for check in checks if check.error), None)
    if error is not None:
        return refused_cell(error.reason) if error.refused else Cell("FAIL", error.error or "", -1.0, "fail")
    failed = any(check.failed for check in checks)
    word, kind = ("FAIL", "fail") if failed else ("pass", "pass")
    found = tests_of(checks)
    if not found:
        return Cell(word, kind=kind)
    _, test = worst_of(found)
    lines = [f"p {units.probability(test.p_adjusted)}" + (f" ({test.name})" if failed else "")]
    seen = [one.detectable for one in map(sensitive, checks) if one is not None and one.detectable is not None]
    lines += [f"sees {units.percent(max(seen))}"] if seen else []
    sizes = "; ".join(f"k = {check.k}: {units.count(check.rows)} rows" for check in checks)
    return Cell(word, "\n".join(lines), test.p_adjusted, kind, sizes)


def sensitive(check: Check) -> Test | None:
    """The first test with degrees of freedom, which is the chi-square over ids."""
    return next((test for test in check.tests if test.df is not None), None)
