# SPDX-License-Identifier: MIT
"""Benchmarks of one question each: a table with a sampler a row and a setting a column.

Each setting stands beside the first one of its row, as a ratio: `~` where the difference is not significant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from . import asv_results as asv
from . import units
from .model import Report
from .statistics import CONFIDENCE, NOT_MEASURED, SAME, Measurement, ratio
from .tables import Cell, Column, Table, measured_cell, status_cell
from .units import Notation

K = 5
ROWS_OF_SHAPE, ROWS_OF_ORDER, ROWS_OF_THREADS, ROWS_OF_LARGE = 1024, 16_384, 65_536, 16_384
Setting = tuple[Any, ...]
Cells = dict[Setting, Measurement]


@dataclass(frozen=True)
class Axis:
    """A benchmark over samplers and settings.

    Attributes
    ----------
    key, title, benchmark : str
    question : str
        What it answers, a sentence.
    ids : callable or None
        Ids of a call from (rows that a sampler is asked for, setting); None: seconds are shown as they are.
    most_rows : int
        Rows of a call; samplers that pay for every row are asked for fewer.
    groups : bool
        Whether the first setting is a workload, each of which has a reference of its own.
    unit : str
        What stands below the heading of a column.
    """

    key: str
    title: str
    benchmark: str
    question: str
    ids: Callable[[int, Setting], int] | None
    most_rows: int = ROWS_OF_SHAPE
    groups: bool = False
    unit: str = "ns an id"


def ids_of_rows(rows: int, setting: Setting) -> int:
    """Where the rows are the question."""
    return int(setting[1]) * K


def ids_of_columns(rows: int, setting: Setting) -> int:
    """Where k is the question."""
    return rows * int(setting[1])


def ids_of_five(rows: int, setting: Setting) -> int:
    """Rows of `K` ids, whatever else is the question."""
    return rows * K


ALL = (
    Axis(
        "rows",
        "Rows of a call",
        asv.ROWS,
        "What does an id cost in a call of few rows? k = 5.",
        ids_of_rows,
        groups=True,
    ),
    Axis(
        "columns",
        "Ids of a row",
        asv.COLUMNS,
        "What does an id cost in rows of k ids? Calls of 1,024 rows, of 64 where a sampler pays for each.",
        ids_of_columns,
        groups=True,
    ),
    Axis(
        "exclusion",
        "Excluded ids",
        asv.EXCLUSION,
        "What does it cost never to draw a row's positives? `one`: an id a row; `csr`: a set a row.",
        ids_of_five,
        groups=True,
    ),
    Axis(
        "order",
        "Order of the ids",
        asv.ORDER,
        "Does it matter whether ids are sorted by count? English word counts, and the same in an order of no meaning.",
        ids_of_five,
        ROWS_OF_ORDER,
    ),
    Axis(
        "large",
        "More ids than torch takes",
        asv.LARGE,
        "What does an id cost beyond the 2^24 ids that `torch.multinomial` takes, and what does the table cost?",
        ids_of_five,
        ROWS_OF_LARGE,
    ),
    Axis(
        "loader",
        "In a DataLoader",
        asv.LOADER,
        "How long does a torch `DataLoader` take for its batches of 1,024 rows of 5, by number of workers?",
        None,
        unit="a pass",
    ),
    Axis(
        "threads",
        "Threads",
        asv.THREADS,
        "What do threads gain? 65,536 rows of 5 ids of English word counts.",
        ids_of_five,
        ROWS_OF_THREADS,
    ),
    Axis(
        "import",
        "Import time",
        asv.IMPORT,
        "How long does an import take in a fresh interpreter?",
        None,
        unit="seconds",
    ),
)


def tables(report: Report) -> list[tuple[Axis, Table | None]]:
    """Every axis with its table; None where it was not measured."""
    return [(axis, table(report, axis)) for axis in ALL]


def measured(report: Report, axis: Axis) -> dict[str, Cells]:
    """By sampler and setting, nanoseconds an id or seconds."""
    found: dict[str, Cells] = {}
    for (name, *rest), cell in report.axes.get(axis.benchmark, {}).items():
        setting = tuple(rest)
        if cell == NOT_MEASURED:
            continue
        if axis.ids is not None:
            rows = rows_asked(report, str(name), axis.most_rows)
            cell = cell.scaled(1e9 / axis.ids(rows, setting))
        found.setdefault(str(name), {})[setting] = cell
    return found


def rows_asked(report: Report, sampler: str, most: int) -> int:
    """Rows of a call: few for a sampler that pays for each, as its headline says."""
    usual = max((speed.rows for speed in report.speed.values()), default=most)
    own = max((speed.rows for (name, _), speed in report.speed.items() if name == sampler), default=usual)
    return most if own >= usual else min(most, own)


def table(report: Report, axis: Axis) -> Table | None:
    """A sampler (or what else is first) a row."""
    found = measured(report, axis)
    if not any(cell.value for cells in found.values() for cell in cells.values()):
        return None
    settings = list(dict.fromkeys(setting for cells in found.values() for setting in cells))
    notation: Notation = units.seconds if axis.ids is None else units.ns
    columns = [Column(said(setting), axis.unit) for setting in settings] or [Column("time", axis.unit)]
    known = {s.name: s for s in report.samplers if s.name in found}
    rows = []
    for name, cells in found.items():
        first = [Cell(report.label(name), sort=report.label(name), kind="name")]
        first += [status_cell(report, known[name]) if name in known else Cell(units.NONE)] if known else []
        rows.append((*first, *setting_cells(axis, cells, settings, notation), *extra_cells(report, axis, name)))
    heads = [Column("sampler" if known else "what", numeric=False)]
    heads += [Column("fidelity", "checks passed", numeric=False)] if known else []
    return Table((*heads, *columns, *extra_columns(report, axis)), tuple(rows), notes(settings))


def said(setting: Setting) -> str:
    """A setting in a heading."""
    return ", ".join(units.count(part) if isinstance(part, int) else str(part) for part in setting) or "time"


def setting_cells(axis: Axis, cells: Cells, settings: list[Setting], notation: Notation) -> list[Cell]:
    """A cell for each setting, with the ratio to the first one measured in its group."""
    row = []
    for _, group in groupby(settings, lambda setting: setting[0] if axis.groups else None):
        reference = NOT_MEASURED
        for setting in group:
            found = cells.get(setting, NOT_MEASURED)
            cell = measured_cell(found, notation)
            against = ratio(found, reference)
            reference = found if reference.value is None else reference
            sub = "" if against is None or found.value is None else f"{against.text}"
            row.append(Cell(cell.text, sub, cell.sort, cell.kind, cell.sub))
    return row


def extra_columns(report: Report, axis: Axis) -> list[Column]:
    """Bytes and build time, of the axis over large V alone."""
    if axis.benchmark != asv.LARGE:
        return []
    return [Column(f"{what}, {said((size,))}") for what, _, size, _ in large_costs(report)]


def extra_cells(report: Report, axis: Axis, name: str) -> list[Cell]:
    if axis.benchmark != asv.LARGE:
        return []
    return [
        measured_cell(report.axes[of].get((name, size), NOT_MEASURED), write)
        for _, of, size, write in large_costs(report)
    ]


def large_costs(report: Report) -> list[tuple[str, str, Any, Notation]]:
    """What is measured of large tables: a word, the benchmark, the size, the notation."""
    kinds: list[tuple[str, str, Notation]] = [
        ("tables", asv.LARGE_NBYTES, units.size),
        ("build", asv.LARGE_BUILD, units.seconds),
    ]
    return [
        (what, of, size, write)
        for what, of, write in kinds
        for size in dict.fromkeys(key[1] for key in report.axes.get(of, {}))
    ]


def notes(settings: list[Setting]) -> tuple[str, ...]:
    """What the second lines mean."""
    if len(settings) < 2:
        return ()
    return (
        f"Below a time: its ratio to the first of its row; {SAME} where the {units.percent(CONFIDENCE)} bootstrap "
        "interval of that ratio includes 1, ? where too few samples were recorded. Quartiles show where the pointer "
        "rests on a cell.",
    )


def record(report: Report) -> dict[str, list[dict[str, Any]]]:
    """For summary.json: by axis, what was measured."""
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
            for name, cells in measured(report, axis).items()
            for setting, cell in cells.items()
        ]
        for axis in ALL
    }
