# SPDX-License-Identifier: MIT
"""The tables of the benchmarks that vary one setting: one row per sampler, one column per setting.

Below each time is its ratio to the first time of the row, or `~` if the difference is not significant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from . import asv_results as asv
from . import units
from .model import Inputs, Report
from .statistics import CONFIDENCE, NOT_MEASURED, SAME, Measurement, ratio
from .tables import Cell, Column, Table, measured_cell, status_cell
from .units import Notation

K = 5
ROWS_OF_SHAPE, ROWS_OF_ORDER, ROWS_OF_THREADS, ROWS_OF_LARGE = 1024, 16_384, 65_536, 16_384
Setting = tuple[Any, ...]
Cells = Mapping[Setting, Measurement]


@dataclass(frozen=True)
class Axis:
    """A benchmark over samplers and settings.

    Attributes
    ----------
    key, title, benchmark : str
    question : str
        The question that it answers, one or two sentences.
    ids : callable or None
        Takes (rows per call, setting) and returns the ids per call. If None, the table shows seconds per call.
    most_rows : int
        Rows per call; fewer if the sampler's cost is per row.
    groups : bool
        Whether the first setting is a workload. Ratios are then relative to the first time of the same workload.
    unit : str
        The unit in the column headings.
    """

    key: str
    title: str
    benchmark: str
    question: str
    ids: Callable[[int, Setting], int] | None
    most_rows: int = ROWS_OF_SHAPE
    groups: bool = False
    unit: str = "ns per id"


def ids_of_rows(rows: int, setting: Setting) -> int:
    """Ids per call if the setting is (workload, rows)."""
    return int(setting[1]) * K


def ids_of_columns(rows: int, setting: Setting) -> int:
    """Ids per call if the setting is (workload, k)."""
    return rows * int(setting[1])


def ids_of_five(rows: int, setting: Setting) -> int:
    """Ids per call if the setting changes neither the rows nor `K`."""
    return rows * K


ALL = (
    Axis(
        "rows",
        "Rows per call",
        asv.ROWS,
        "How does the time per id depend on the number of rows per call? k = 5.",
        ids_of_rows,
        groups=True,
    ),
    Axis(
        "columns",
        "Ids per row",
        asv.COLUMNS,
        "How does the time per id depend on k? Calls have 1,024 rows, or 64 rows if the sampler's cost is per row.",
        ids_of_columns,
        groups=True,
    ),
    Axis(
        "exclusion",
        "Excluded ids",
        asv.EXCLUSION,
        "How much time does it take to exclude ids? `one`: one id per row; `csr`: a set of ids per row.",
        ids_of_five,
        groups=True,
    ),
    Axis(
        "order",
        "Order of the ids",
        asv.ORDER,
        "Does it matter whether ids are sorted by count? English word counts, sorted and in random order.",
        ids_of_five,
        ROWS_OF_ORDER,
    ),
    Axis(
        "large",
        "More ids than torch supports",
        asv.LARGE,
        "How much time and memory do more than 2^24 ids take, the limit of `torch.multinomial`?",
        ids_of_five,
        ROWS_OF_LARGE,
    ),
    Axis(
        "loader",
        "In a DataLoader",
        asv.LOADER,
        "How long does an epoch of a torch `DataLoader` take, by number of workers? 64 batches of 1,024 rows of 5 ids.",
        None,
        unit="per epoch",
    ),
    Axis(
        "threads",
        "Threads",
        asv.THREADS,
        "How much faster are two threads? 65,536 rows of 5 ids of English word counts.",
        ids_of_five,
        ROWS_OF_THREADS,
    ),
    Axis(
        "import",
        "Import time",
        asv.IMPORT,
        "How long does an import take in a new interpreter?",
        None,
        unit="seconds",
    ),
)


def tables(report: Report) -> list[tuple[Axis, Table | None]]:
    """Every axis with its table; the table is None if the axis was not measured."""
    return [(axis, table(report, axis)) for axis in ALL]


def measured(report: Inputs, axis: Axis) -> Mapping[str, Cells]:
    """The measurements of an axis by sampler and setting, in nanoseconds per id, or in seconds if it has no `ids`."""
    by_sampler: dict[str, dict[Setting, Measurement]] = {}
    for (name, *rest), cell in report.axes.get(axis.benchmark, {}).items():
        setting = tuple(rest)
        if cell == NOT_MEASURED:
            continue
        if axis.ids is not None:
            rows = rows_per_call(report, str(name), axis.most_rows)
            cell = cell.scaled(1e9 / axis.ids(rows, setting))
        by_sampler.setdefault(str(name), {})[setting] = cell
    return by_sampler


def rows_per_call(report: Inputs, sampler: str, most: int) -> int:
    """Rows per call: fewer than `most` if the sampler's speed was also measured with fewer rows than usual."""
    usual = max((speed.rows for speed in report.speed.values()), default=most)
    rows = max((speed.rows for (name, _), speed in report.speed.items() if name == sampler), default=usual)
    return most if rows >= usual else min(most, rows)


def table(report: Report, axis: Axis) -> Table | None:
    """One row per sampler (or per import statement); None if nothing was measured."""
    by_sampler = report.measured[axis.key]
    if not any(cell.value for cells in by_sampler.values() for cell in cells.values()):
        return None
    settings = list(dict.fromkeys(setting for cells in by_sampler.values() for setting in cells))
    notation: Notation = units.seconds if axis.ids is None else units.ns
    columns = [Column(in_words(setting), axis.unit) for setting in settings] or [Column("time", axis.unit)]
    known = {s.name: s for s in report.samplers if s.name in by_sampler}
    rows = []
    for name, cells in by_sampler.items():
        first = [Cell(report.label(name), sort=report.label(name), kind="name")]
        first += [status_cell(report, known[name]) if name in known else Cell(units.NONE)] if known else []
        rows.append((*first, *setting_cells(axis, cells, settings, notation), *extra_cells(report, axis, name)))
    heads = [Column("sampler" if known else "import", numeric=False)]
    heads += [Column("fidelity", "checks passed", numeric=False)] if known else []
    return Table((*heads, *columns, *extra_columns(report, axis)), tuple(rows), notes(settings))


def in_words(setting: Setting) -> str:
    """A setting as the heading of a column."""
    return ", ".join(units.count(part) if isinstance(part, int) else str(part) for part in setting) or "time"


def setting_cells(axis: Axis, cells: Cells, settings: list[Setting], notation: Notation) -> list[Cell]:
    """One cell per setting, with the ratio to the first measured setting of its group."""
    row = []
    for _, group in groupby(settings, lambda setting: setting[0] if axis.groups else None):
        reference = NOT_MEASURED
        for setting in group:
            measurement = cells.get(setting, NOT_MEASURED)
            cell = measured_cell(measurement, notation)
            relative = ratio(measurement, reference)
            reference = measurement if reference.value is None else reference
            sub = "" if relative is None or measurement.value is None else relative.text
            row.append(Cell(cell.text, sub, cell.sort, cell.kind, cell.sub))
    return row


def extra_columns(report: Report, axis: Axis) -> list[Column]:
    """The columns of table size and build time, which only the axis over large V has."""
    if axis.benchmark != asv.LARGE:
        return []
    return [Column(f"{cost}, {in_words((size,))}") for cost, _, size, _ in large_costs(report)]


def extra_cells(report: Report, axis: Axis, name: str) -> list[Cell]:
    if axis.benchmark != asv.LARGE:
        return []
    return [
        measured_cell(report.axes[benchmark].get((name, size), NOT_MEASURED), write)
        for _, benchmark, size, write in large_costs(report)
    ]


def large_costs(report: Report) -> list[tuple[str, str, Any, Notation]]:
    """The costs of large tables: title, benchmark, size (the setting), notation."""
    kinds: list[tuple[str, str, Notation]] = [
        ("tables", asv.LARGE_NBYTES, units.size),
        ("build", asv.LARGE_BUILD, units.seconds),
    ]
    return [
        (title, benchmark, size, write)
        for title, benchmark, write in kinds
        for size in dict.fromkeys(key[1] for key in report.axes.get(benchmark, {}))
    ]


def notes(settings: list[Setting]) -> tuple[str, ...]:
    """The explanation of the second lines; none if there is only one setting."""
    if len(settings) < 2:
        return ()
    return (
        f"Below a time: its ratio to the first time of the row. {SAME}: the {units.percent(CONFIDENCE)} "
        "interval of the ratio includes 1. ?: too few samples were recorded. Point at a cell to see the quartiles.",
    )


def record(report: Report) -> dict[str, list[dict[str, Any]]]:
    """The measurements of each axis, for summary.json."""
    return {
        axis.key: [
            {
                "of": name,
                "setting": list(setting),
                "value": cell.value,
                "q25": cell.q25,
                "q75": cell.q75,
                "samples": [float(f"{sample:.5g}") for sample in cell.samples],
                "unit": "s" if axis.ids is None else "ns_per_id",
                "failed": cell.failed,
            }
            for name, cells in report.measured[axis.key].items()
            for setting, cell in cells.items()
        ]
        for axis in ALL
    }
