# SPDX-License-Identifier: MIT
"""The table of broken samplers, which shows whether the tests can fail."""

from __future__ import annotations

from benchmarks.checks import Mutant

from .. import units
from ..model import Report
from ..tables import Cell, Column, Table


def table(report: Report) -> Table | None:
    """One row per broken sampler in the order of the input; those that were not caught come first."""
    if not report.mutants:
        return None
    titles = (
        "broken sampler",
        "what is wrong",
        "origin of the mistake",
        "result",
        "test that must reject it",
        "adjusted p",
        "other tests that reject it",
        "rows",
        "ids",
    )
    numeric = {"adjusted p", "other tests that reject it", "rows", "ids"}
    columns = tuple(Column(title, numeric=title in numeric) for title in titles)
    return Table(columns, tuple(row(mutant) for mutant in sorted(report.mutants, key=lambda m: m.caught)))


def row(mutant: Mutant) -> tuple[Cell, ...]:
    further = [name for name in mutant.failed if name != mutant.rejected_by]
    result = Cell("rejected", sort=1.0, kind="pass") if mutant.caught else missed(mutant)
    mode = "" if mutant.replacement else ", distinct"
    return (
        Cell(mutant.name, sort=mutant.name, kind="name"),
        Cell(mutant.flaw),
        Cell(mutant.source),
        result,
        Cell(mutant.rejected_by, sort=mutant.rejected_by),
        Cell(units.probability(mutant.p_adjusted), sort=mutant.p_adjusted),
        Cell(str(len(further)), sort=len(further), title=", ".join(further)),
        Cell(units.count(mutant.rows), f"k = {mutant.k}{mode}", mutant.rows),
        Cell(units.count(mutant.n_ids), sort=mutant.n_ids),
    )


def missed(mutant: Mutant) -> Cell:
    """The result of a broken sampler that the test made for it did not reject."""
    return Cell("MISSED", "by its test" if mutant.rejected else "by every test", 0.0, "fail")
