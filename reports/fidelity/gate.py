# SPDX-License-Identifier: MIT
"""The two tables of fidelity results: by test and sampler, and by sampler and workload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.checks import Check, CheckAndTest, Sampler, Test, tests_of, worst_of

from .. import units
from ..model import Report
from ..tables import REFUSED, Cell, Column, Table, by_column, headings, name_cell, of_workload, refused_cell, words

PASS, FAIL = "✓", "✗ FAIL"
NO_ERROR = "runs without an exception"


def by_test(report: Report, home: str) -> Table:
    """One row per test, one column per sampler: the result, and the smallest adjusted p over its checks."""
    checked = [s for s in report.samplers if report.checks_of(s.name)]
    columns = [words("test"), *(Column(s.display_name) for s in checked)]
    columns.append(words("detects with probability 0.99", f"on {home}" if home else ""))
    rows = [error_row(report, checked)] if any(c.failed and c.error for c in report.checks) else []
    pairs = tests_of(report.checks)
    for name in in_order([check.tests for check in report.checks]):
        of_test = [pair for pair in pairs if pair[1].name == name]
        cells = (result_cell(s, [pair for pair in of_test if pair[0].sampler == s.name]) for s in checked)
        rows.append((*headings([name]), *cells, detects(of_test, home)))
    return Table(tuple(columns), tuple(rows), notes(report))


def in_order(sequences: Iterable[Sequence[Test]]) -> list[str]:
    """The names of all tests; a new name is inserted after the test that precedes it in its sequence."""
    names: list[str] = []
    for tests in sequences:
        position = 0
        for test in tests:
            if test.name not in names:
                names.insert(position, test.name)
            position = names.index(test.name) + 1
    return names


def result_cell(sampler: Sampler, pairs: list[CheckAndTest]) -> Cell:
    """The result of a test of a sampler, over all its checks."""
    if not pairs:
        return Cell(units.NONE)
    check, test = worst_of(pairs)
    failed = sum(not test.passed for _, test in pairs)
    result = f"{failed} of {len(pairs)} checks fail" if failed else f"all {len(pairs)} checks pass"
    title = (
        f"{sampler.display_name}; {test.name}: {result}. Worst on {check.workload} (k = {check.k}): adjusted p "
        f"{units.probability(test.p_adjusted)}, {bias(test)}, {units.count(test.n)} {test.unit}; "
        f"detects {test.detects}"
    )
    sub, kind = units.probability(test.p_adjusted), "fail" if failed else "pass"
    return Cell(FAIL if failed else PASS, sub, test.p_adjusted, kind, title)


def bias(test: Test) -> str:
    """The observed and the detectable bias in words."""
    return f"observed bias {units.scientific(test.effect)}, detectable {units.scientific(test.detectable)}"


def detects(of_test: list[CheckAndTest], home: str) -> Cell:
    """The detectable bias of a test in words, from its largest sample on the workload `home`, or else on any."""
    at_home = [pair for pair in of_test if pair[0].workload == home]
    check, test = max(at_home or of_test, key=lambda pair: pair[1].n)
    elsewhere = f"on {check.workload}, " if check.workload != home else ""
    return Cell(test.detects, f"{elsewhere}{units.count(test.n)} {test.unit}")


def error_row(report: Report, checked: list[Sampler]) -> tuple[Cell, ...]:
    """The row that shows which samplers raised an error."""
    cells = []
    for sampler in checked:
        errors = [c for c in report.checks_of(sampler.name) if c.failed and c.error]
        title = "; ".join(f"{c.workload}: {c.error}" for c in errors)
        cells.append(Cell(FAIL, sort=0.0, kind="fail", title=title) if errors else Cell(PASS, sort=1.0, kind="pass"))
    return Cell(NO_ERROR, sort=NO_ERROR, kind="name"), *cells, Cell(units.NONE)


def notes(report: Report) -> tuple[str, ...]:
    """The explanation of the marks, and the samplers that could not run."""
    ran = [check for check in report.checks if check.tests]
    texts = [
        f"{PASS} passed, {FAIL} failed, {units.NONE} does not apply. The number is the smallest adjusted p-value over "
        f"the sampler's checks. Holm's rule adjusts the p-values over the tests of a check. A test fails if its "
        f"adjusted p-value is below 1e-6. If the p-values were exact, the probability of a false alarm in any of the "
        f"{len(ran)} checks would be at most {units.scientific(len(ran) * 1e-6, 1)}. Those of the chi-square tests are "
        "approximate (docs/method.md, False alarms). Point at a cell of the page to see the worst check, the "
        "observed bias and the detectable bias."
    ]
    absent = [s for s in report.samplers if s.unavailable and not report.checks_of(s.name)]
    if absent:
        texts.append("Skipped: " + "; ".join(f"{s.display_name}: {s.unavailable}" for s in absent) + ".")
    return tuple(texts)


def by_workload(report: Report) -> Table:
    """One row per sampler, one column per workload: result, smallest adjusted p, and detectable bias."""
    return by_column(
        (words("sampler"), [name_cell(s) for s in report.samplers]),
        *(
            (of_workload(w), [workload_cell(s, report.checks_of(s.name, w.name)) for s in report.samplers])
            for w in report.checked()
        ),
        notes=(REFUSED,) if any(check.refused for check in report.checks) else (),
    )


def workload_cell(sampler: Sampler, checks: list[Check]) -> Cell:
    """The result of a sampler on a workload, from its checks at every k."""
    if not checks:
        return Cell("skipped", kind="skipped") if sampler.unavailable else Cell(units.NONE)
    error = next((check for check in checks if check.error), None)
    if error is not None:
        return refused_cell(error.reason) if error.refused else Cell("FAIL", error.error or "", -1.0, "fail")
    failed = any(check.failed for check in checks)
    word, kind = ("FAIL", "fail") if failed else ("pass", "pass")
    pairs = tests_of(checks)
    if not pairs:
        return Cell(word, kind=kind)
    _, test = worst_of(pairs)
    lines = [f"p {units.probability(test.p_adjusted)}" + (f" ({test.name})" if failed else "")]
    tests = [t for t in map(sensitive, checks) if t is not None]
    biases = [[t.detectable for t in tests], [t.detectable_rare for t in tests]]
    largest = [max(known) for known in ([b for b in of_kind if b is not None] for of_kind in biases) if known]
    lines += [f"detects {' / '.join(map(units.percent, largest))}"] if largest else []
    sizes = "; ".join(f"k = {check.k}: {units.count(check.rows)} rows" for check in checks)
    return Cell(word, "\n".join(lines), test.p_adjusted, kind, sizes)


def sensitive(check: Check) -> Test | None:
    """The first test with degrees of freedom, which is the chi-square over ids."""
    return next((test for test in check.tests if test.df is not None), None)
