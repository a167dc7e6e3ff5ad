# SPDX-License-Identifier: MIT
"""Records -> tables that the page and the Markdown report both render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import units
from .model import NOT_MEASURED, Check, Measurement, Report, Sampler, Test, Workload
from .units import Notation
from .verdict import family

STATUS_WORDS = {"pass": "pass", "fail": "FAIL", "skipped": "skipped", "unchecked": "not checked"}


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes
    ----------
    text : str
    sub : str
        A second line in smaller type.
    sort : float or str or None
        What the column is sorted by; None goes last in both directions.
    kind : str
        CSS class: "", "name", "best", "pass", "fail", "skipped", "unchecked".
    """

    text: str
    sub: str = ""
    sort: float | str | None = None
    kind: str = ""


@dataclass(frozen=True)
class Column:
    """A column heading; ``numeric`` columns are set flush right."""

    title: str
    sub: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """A table with its notes."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def part(self, chosen: list[int], notes: tuple[str, ...] = ()) -> Table:
        """Some of the columns."""
        rows = tuple(tuple(row[i] for i in chosen) for row in self.rows)
        return Table(tuple(self.columns[i] for i in chosen), rows, notes)


def name_cell(sampler: Sampler) -> Cell:
    """A sampler and what it is, or why it is not here."""
    if sampler.unavailable:
        return Cell(sampler.name, f"skipped: {sampler.unavailable}", sampler.name, "name")
    return Cell(sampler.name, sampler.summary or "", sampler.name, "name")


def status_cell(report: Report, sampler: Sampler) -> Cell:
    """The verdict over all workloads."""
    status = report.status(sampler.name)
    checks = [c for (who, _), c in report.checks.items() if who == sampler.name]
    passed = sum(c.passed for c in checks)
    sub = f"{passed} of {len(checks)}" if checks else ""
    rank = {"pass": 0.0, "unchecked": 1.0, "fail": 2.0, "skipped": 3.0}[status]
    return Cell(STATUS_WORDS[status], sub, rank, status)


def measured_cell(found: Measurement, write: Notation, mark: str = "") -> Cell:
    """A value with its quartiles."""
    if found.value is None:
        return Cell("failed", kind="fail") if found.failed else Cell(units.NONE)
    spread = ""
    if found.q25 is not None and found.q75 is not None:
        spread = units.between(write(found.q25), write(found.q75))
    return Cell(write(found.value) + mark, spread, found.value)


def speed_cell(report: Report, sampler: Sampler, workload: Workload, most_rows: int) -> Cell:
    """Nanoseconds an id; marked where they come from short calls, green where nothing faithful is faster."""
    speed = report.speed.get((sampler.name, workload.name))
    if speed is None or sampler.unavailable:
        return Cell(units.NONE)
    mark = "*" if speed.rows < most_rows and speed.ns.value is not None else ""
    cell = measured_cell(speed.ns, units.ns, mark + ("!" if speed.failed_rows else ""))
    rivals = [
        value for s in report.samplers
        if s.replacement is sampler.replacement and report.eligible(s.name, workload.name)
        and (value := report.ns(s.name, workload.name).value) is not None
    ]  # fmt: skip
    best = report.eligible(sampler.name, workload.name) and speed.ns.value == min(rivals, default=None)
    return Cell(cell.text, cell.sub, cell.sort, "best") if best else cell


def overview(report: Report) -> Table:
    """Every sampler: speed, cost, fidelity, abilities."""
    timed = report.timed()
    most = max((s.rows for s in report.speed.values() if s.ns.value is not None), default=0)
    costs = cost_columns(report)
    columns = [Column("sampler", numeric=False), Column("fidelity", "checks passed", numeric=False)]
    columns += [Column(w.name, f"{units.count(w.V)} ids, ns an id" if w.V else "ns an id") for w in timed]
    columns += [Column(title, where) for title, where, _, _ in costs]
    columns += [Column(title, numeric=False) for title in ("draws", "positional", "device", "origin")]
    rows = []
    for s in report.samplers:
        row = [name_cell(s), status_cell(report, s)]
        row += [speed_cell(report, s, w, most) for w in timed]
        row += [measured_cell(at.get((s.name, where), NOT_MEASURED), write) for _, where, at, write in costs]
        row += ability_cells(s)
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows), overview_notes(report, most))


Cost = tuple[str, str, Mapping[tuple[str, str], Measurement], Notation]


def cost_columns(report: Report) -> list[Cost]:
    """Title, workload, numbers and notation of each cost, at the workload where most samplers have it."""
    kinds: list[tuple[str, Mapping[tuple[str, str], Measurement], Notation]] = [
        ("build", report.build, units.seconds),
        ("tables", report.nbytes, units.size),
        ("peak memory", report.peak, units.size),
        ("first call", report.first_call, units.seconds),
    ]
    return [(title, cost_workload(report, at), at, write) for title, at, write in kinds]


def cost_workload(report: Report, at: Mapping[tuple[str, str], Measurement]) -> str:
    """The workload at which most samplers were measured, the first of equals."""
    found = [where for (_, where), cell in at.items() if cell.value is not None]
    return max((w.name for w in report.workloads), key=found.count, default="")


def ability_cells(sampler: Sampler) -> list[Cell]:
    """What it can do."""
    draws = {True: "with replacement", False: "distinct ids", None: units.NONE}[sampler.replacement]
    positional = {True: "yes", False: "no", None: units.NONE}[sampler.positional]
    found = (draws, positional, sampler.device or units.NONE, sampler.origin or units.NONE)
    return [Cell(text, sort=None if text == units.NONE else text) for text in found]


def overview_notes(report: Report, most: int) -> tuple[str, ...]:
    """Footnotes, only those that the table needs."""
    few = sorted({s.rows for s in report.speed.values() if s.ns.value is not None and s.rows < most})
    k = sorted({s.k for s in report.speed.values()})
    notes = [
        f"Speed: median of calls of {units.count(most)} rows of k = {units.listed([str(x) for x in k])} ids, "
        "below it the quartiles (q25–q75). Bold: the fastest faithful sampler of its kind of draw (with "
        "replacement, distinct ids)."
    ]
    if few:
        notes.append(
            f"* measured in calls of {units.listed([units.count(x) for x in few])} rows only, "
            f"not {units.count(most)}: a sampler that pays for every row."
        )
    if any(s.failed_rows for s in report.speed.values()):
        notes.append("! the benchmark failed at a larger number of rows.")
    notes.append(
        "Peak memory is that of the whole process, with the interpreter and the libraries that the sampler "
        f"imports. {units.NONE}: not measured."
    )
    return tuple(notes)


def gate(report: Report) -> Table:
    """Sampler by workload: verdict, smallest p, total variation, and what was detectable."""
    checked = report.checked()
    columns = [Column("sampler", numeric=False)]
    columns += [Column(w.name, f"{units.count(w.V)} ids" if w.V else "", numeric=False) for w in checked]
    rows = tuple(
        (name_cell(s), *(gate_cell(report, s, report.checks.get((s.name, w.name))) for w in checked))
        for s in report.samplers
    )
    return Table(tuple(columns), rows)


def gate_cell(report: Report, sampler: Sampler, check: Check | None) -> Cell:
    """One check. A sampler that cannot run here says so in every cell."""
    if check is None:
        return Cell("skipped", kind="skipped") if sampler.unavailable else Cell(units.NONE)
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
    rows += [error_row(check) for check in report.checks.values() if check.error]
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
    """A check that ended with an exception."""
    rest = [Cell(units.NONE)] * 5
    return (
        Cell(check.sampler, sort=check.sampler, kind="name"),
        Cell(check.workload, sort=check.workload), *rest,
        Cell("FAIL", sort=0.0, kind="fail"), Cell(units.NONE), Cell(check.error or ""),
    )  # fmt: skip


def workloads(report: Report) -> Table:
    """What was drawn from."""
    numeric = {"ids", "with weight", "distinct counts"}
    titles = ("workload", "counts", "ids", "with weight", "distinct counts", "measured")
    columns = tuple(Column(title, numeric=title in numeric) for title in titles)
    timed, checked = report.timed(), report.checked()
    shown = [w for w in report.workloads if w in timed or w in checked]
    in_family = family(timed)
    rows = []
    for w in shown:
        what = [word for word, there in (("speed", w in timed), ("fidelity", w in checked)) if there]
        what += ["figure over V"] if w.name in in_family else []
        rows.append(
            (
                Cell(w.name, sort=w.name, kind="name"), Cell(w.formula or units.NONE),
                Cell(units.count(w.V), sort=w.V),
                Cell(units.count(w.nonzero), sort=w.nonzero), Cell(units.count(w.distinct), sort=w.distinct),
                Cell(", ".join(what)),
            )
        )  # fmt: skip
    return Table(columns, tuple(rows))
