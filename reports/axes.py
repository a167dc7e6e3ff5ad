# SPDX-License-Identifier: MIT
"""The tables of the benchmarks that vary one setting: one row per sampler, one column per setting.

Below each time is its ratio to the first time of the row, or `~` if the difference is not significant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from benchmarks.questions import Question

from . import asv_results as asv
from . import units
from .model import Inputs, Report
from .statistics import CONFIDENCE, NOT_MEASURED, SAME, Measurement, ratio
from .tables import Cell, Column, Table, by_column, labels, measured_cell, status_cell, words
from .units import Notation

Setting = tuple[Any, ...]
Cells = Mapping[Setting, Measurement]


def measured(report: Inputs, axis: Question) -> Mapping[str, Cells]:
    """The measurements of a question by sampler and setting, in nanoseconds per id or in seconds."""
    by_sampler: dict[str, dict[Setting, Measurement]] = {}
    for (name, *rest), cell in report.axes.get(axis.benchmark, {}).items():
        if cell == NOT_MEASURED:
            continue
        scale = 1e9 / math.prod(axis.call(rest, report.sampler(str(name)).cost)) if axis.per_id else 1.0
        by_sampler.setdefault(str(name), {})[tuple(rest)] = cell.scaled(scale)
    return by_sampler


def table(report: Report, axis: Question) -> Table | None:
    """One row per sampler (or per import statement); None if nothing was measured."""
    found = report.measured[axis.key]
    if not any(cell.value for cells in found.values() for cell in cells.values()):
        return None
    settings = list(dict.fromkeys(setting for cells in found.values() for setting in cells))
    notation: Notation = units.seconds if not axis.per_id else units.ns
    rows = [setting_cells(axis, cells, settings, notation) for cells in found.values()]
    known = {s.name: status_cell(report, s) for s in report.samplers if s.name in found}
    status = [known.get(name, Cell(units.NONE)) for name in found]
    return by_column(
        (words("sampler" if known else "import"), labels(report, found)),
        *([(words("fidelity", "checks passed"), status)] if known else []),
        *((Column(in_words(setting), axis.unit), [row[at] for row in rows]) for at, setting in enumerate(settings)),
        *(large_costs(report, list(found)) if axis.benchmark == asv.LARGE else []),
        notes=notes(settings),
    )


def in_words(setting: Setting) -> str:
    """A setting as the heading of a column."""
    return ", ".join(units.count(part) if isinstance(part, int) else str(part) for part in setting) or "time"


def setting_cells(axis: Question, cells: Cells, settings: list[Setting], notation: Notation) -> list[Cell]:
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


def large_costs(report: Report, names: list[str]) -> list[tuple[Column, list[Cell]]]:
    """The columns of table size and build time, which only the axis over large V has."""
    kinds: list[tuple[str, str, Notation]] = [
        ("tables", asv.LARGE_NBYTES, units.size),
        ("build", asv.LARGE_BUILD, units.seconds),
    ]
    return [
        (
            Column(f"{title}, {in_words((size,))}"),
            [measured_cell(measurements.get((name, size), NOT_MEASURED), write) for name in names],
        )
        for title, benchmark, write in kinds
        for measurements in [report.axes.get(benchmark, {})]
        for size in dict.fromkeys(key[1] for key in measurements)
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
            {"of": name, "setting": list(setting), "unit": "ns_per_id" if axis.per_id else "s"} | cell.recorded("value")
            for name, cells in report.measured[axis.key].items()
            for setting, cell in cells.items()
        ]
        for axis in report.tables
    }
