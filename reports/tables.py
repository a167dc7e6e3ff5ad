# SPDX-License-Identifier: MIT
"""The tables that the page and the Markdown report both render, and the parts that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.checks import Sampler, Workload
from benchmarks.documents import Header

from . import units
from .model import Inputs, Report
from .statistics import NOT_MEASURED, Measurement, Ratio
from .units import Notation
from .verdict import family

STATUS_WORDS = {"pass": "pass", "fail": "FAIL", "skipped": "skipped", "unchecked": "not checked"}
DRAWS = {True: "with replacement", False: "distinct ids"}
REFUSED = "Refused: the sampler does not support this distribution and raises an error; that is no failure."


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text : str
    sub : str
        Further lines in smaller type.
    sort : float or str or None
        The value by which the column is sorted; None comes last in both directions.
    kind : str
        CSS class: "", "name", "best", "pass", "fail", "skipped", "unchecked", "refused".
    title : str
        The text that the page shows if the pointer is over the cell.
    """

    text: str
    sub: str = ""
    sort: float | str | None = None
    kind: str = ""
    title: str = ""


@dataclass(frozen=True)
class Column:
    """A column heading; ``numeric`` columns are aligned to the right."""

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
        """A table with the columns at the positions `chosen`."""
        rows = tuple(tuple(row[i] for i in chosen) for row in self.rows)
        return Table(tuple(self.columns[i] for i in chosen), rows, notes)


def words(title: str, sub: str = "") -> Column:
    """The heading of a column of words."""
    return Column(title, sub, numeric=False)


def of_workload(workload: Workload) -> Column:
    """The heading of the results on a workload."""
    return words(workload.name, f"{units.count(workload.V)} ids" if workload.V else "")


def by_column(*columns: tuple[Column, Sequence[Cell]], notes: Iterable[str] = ()) -> Table:
    """A table from its columns: each heading with the cells below it, from top to bottom."""
    titles, cells = zip(*columns, strict=True)
    return Table(titles, tuple(zip(*cells, strict=True)), tuple(notes))


def labels(report: Inputs, names: Iterable[str]) -> list[Cell]:
    """The cells with the names of samplers."""
    return headings(map(report.label, names))


def headings(names: Iterable[str]) -> list[Cell]:
    """The cells that name their rows."""
    return [Cell(name, sort=name, kind="name") for name in names]


def texts(values: Iterable[str]) -> list[Cell]:
    """Cells of text by which the column can be sorted."""
    return [Cell(value, sort=value) for value in values]


def numbers(values: Iterable[float | None], write: Callable[[Any], str]) -> list[Cell]:
    """Cells of numbers, as `write` shows them."""
    return [Cell(write(value), sort=value) for value in values]


def ratio_below(ns: float, ratio: float) -> Cell:
    """Nanoseconds an id, and a ratio below."""
    return Cell(units.ns(ns), units.times(ratio), ns)


def interval_cell(ratio: Ratio | None) -> Cell:
    """A ratio with its interval."""
    return Cell(units.NONE) if ratio is None else Cell(ratio.text, ratio.span, ratio.value)


def runner_up_cell(report: Inputs, name: str | None) -> Cell:
    """The second fastest sampler, or that there is none."""
    return Cell(units.NONE) if name is None else Cell(report.label(name), sort=report.label(name))


def name_cell(sampler: Sampler) -> Cell:
    """A sampler with its summary, or with the reason why it cannot run."""
    if sampler.unavailable:
        return Cell(sampler.display_name, f"skipped: {sampler.unavailable}", sampler.display_name, "name")
    return Cell(sampler.display_name, sampler.summary or "", sampler.display_name, "name")


def status_cell(report: Report, sampler: Sampler) -> Cell:
    """The result of a sampler's fidelity checks over all workloads."""
    status = report.status(sampler.name)
    checks = report.checks_of(sampler.name)
    passed, refused = sum(c.passed for c in checks), sum(c.refused for c in checks)
    sub = f"{passed} of {len(checks) - refused}" if len(checks) > refused else ""
    sub += f"\n{refused} refused" if refused else ""
    rank = {"pass": 0.0, "unchecked": 1.0, "fail": 2.0, "skipped": 3.0}[status]
    return Cell(STATUS_WORDS[status], sub, rank, status)


def measured_elsewhere(report: Report, header: Header) -> list[str]:
    """A note if the numbers of a table are of another commit than the page, or of uncommitted changes."""
    if header.commit and header.commit != report.origin.commit:
        return [f"Measured at commit {header.commit[:8]}, which is not the commit of this page."]
    return ["Measured with uncommitted changes."] if header.dirty else []


def refused_cell(reason: str) -> Cell:
    """The cell of a sampler that refuses a distribution."""
    return Cell("refused", kind="refused", title=reason)


def measured_cell(measurement: Measurement, write: Notation, mark: str = "") -> Cell:
    """A value with its quartiles."""
    if measurement.value is None:
        return Cell("failed", kind="fail") if measurement.failed else Cell(units.NONE)
    spread = ""
    if measurement.q25 is not None and measurement.q75 is not None:
        spread = units.between(write(measurement.q25), write(measurement.q75))
    return Cell(write(measurement.value) + mark, spread, measurement.value)


def speed_cell(report: Report, sampler: Sampler, workload: Workload, most_rows: int) -> Cell:
    """Nanoseconds per id; `*` marks calls of fewer rows, and kind "best" the fastest faithful sampler of its mode."""
    speed, refusal = (
        report.speed.get((sampler.name, workload.name)),
        report.refusal(sampler.name, workload.name),
    )
    if refusal is not None and speed is None:
        return refused_cell(refusal)
    if speed is None or sampler.unavailable:
        return Cell(units.NONE)
    mark = "*" if speed.rows < most_rows and speed.ns.value is not None else ""
    cell = measured_cell(speed.ns, units.ns, mark + ("!" if speed.failed_rows else ""))
    rivals = [
        value
        for s in report.samplers
        if s.replacement is sampler.replacement
        and report.eligible(s.name, workload.name)
        and (value := report.ns(s.name, workload.name).value) is not None
    ]
    best = report.eligible(sampler.name, workload.name) and speed.ns.value == min(rivals, default=None)
    return Cell(cell.text, cell.sub, cell.sort, "best") if best else cell


def overview(report: Report) -> Table:
    """One row per sampler: fidelity, speed, cost, abilities."""
    most = max((s.rows for s in report.speed.values() if s.ns.value is not None), default=0)
    shown = report.present
    return by_column(
        (words("sampler"), [name_cell(s) for s in shown]),
        (words("fidelity", "checks passed"), [status_cell(report, s) for s in shown]),
        *(
            (
                Column(w.name, f"{units.count(w.V)} ids, ns per id" if w.V else "ns per id"),
                [speed_cell(report, s, w, most) for s in shown],
            )
            for w in report.timed()
        ),
        *(
            (Column(title, where), [measured_cell(at.get((s.name, where), NOT_MEASURED), write) for s in shown])
            for title, where, at, write in cost_columns(report)
        ),
        (words("draws"), abilities("" if s.replacement is None else DRAWS[s.replacement] for s in shown)),
        (words("positional"), abilities({True: "yes", False: "no", None: ""}[s.positional] for s in shown)),
        (words("device"), abilities(s.device or "" for s in shown)),
        (words("origin"), abilities(s.origin or "" for s in shown)),
        notes=overview_notes(report, most),
    )


Cost = tuple[str, str, Mapping[tuple[str, str], Measurement], Notation]


def cost_columns(report: Report) -> list[Cost]:
    """Title, workload, numbers and notation of each cost, on the workload that was measured for most samplers."""
    kinds: list[tuple[str, Mapping[tuple[str, str], Measurement], Notation]] = [
        ("build", report.build, units.seconds),
        ("tables", report.nbytes, units.size),
        ("peak memory", report.peak, units.size),
        ("first call", report.first_call, units.seconds),
    ]
    return [(title, cost_workload(report, at), at, write) for title, at, write in kinds]


def cost_workload(report: Inputs, at: Mapping[tuple[str, str], Measurement]) -> str:
    """The workload on which most samplers were measured; of equals the first."""
    measured = [where for (_, where), cell in at.items() if cell.value is not None]
    return max((w.name for w in report.workloads), key=measured.count, default="")


def abilities(values: Iterable[str]) -> list[Cell]:
    """Cells of words, of which unknown ones come last."""
    return [Cell(value, sort=value) if value else Cell(units.NONE) for value in values]


def overview_notes(report: Report, most: int) -> tuple[str, ...]:
    """The footnotes that the table needs; `most` is the usual number of rows per call."""
    few = sorted({s.rows for s in report.speed.values() if s.ns.value is not None and s.rows < most})
    k = sorted({s.k for s in report.speed.values()})
    notes = [
        f"Speed: the median time per id in calls of {units.count(most)} rows of k = "
        f"{units.listed([str(x) for x in k])} ids; below it the quartiles (q25–q75). Bold: the fastest faithful "
        "sampler with replacement, and the fastest with distinct ids."
    ]
    if few:
        notes.append(
            f"* measured in calls of {units.listed([units.count(x) for x in few])} rows, not "
            f"{units.count(most)}, because the cost of the sampler is per row."
        )
    if any(s.failed_rows for s in report.speed.values()):
        notes.append("! the benchmark failed at a larger number of rows.")
    if any(check.refused for check in report.checks):
        notes.append(REFUSED)
    notes.append(
        f"Peak memory includes the interpreter and the libraries that the sampler imports. {units.NONE}: not measured."
    )
    return tuple(notes)


def workloads(report: Report) -> Table:
    """One row per workload that was timed or checked."""
    timed, checked = report.timed(), report.checked()
    found = [w for w in report.workloads if w in timed or w in checked]
    kinds = {
        "speed": [w.name for w in timed],
        "fidelity": [w.name for w in checked],
        "figure over V": family(timed),
    }
    uses = [[kind for kind, names in kinds.items() if w.name in names] for w in found]
    return by_column(
        (words("workload"), headings(w.name for w in found)),
        (words("counts"), [Cell(w.formula or units.NONE) for w in found]),
        (Column("ids"), numbers((w.V for w in found), units.count)),
        (Column("ids of positive weight"), numbers((w.nonzero for w in found), units.count)),
        (Column("distinct counts"), numbers((w.distinct for w in found), units.count)),
        (words("measured"), [Cell(", ".join(kinds_of_it)) for kinds_of_it in uses]),
    )
