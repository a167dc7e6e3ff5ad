# SPDX-License-Identifier: MIT
"""The table of broken samplers, which shows whether the tests can fail."""

from __future__ import annotations

from benchmarks.checks import Mutant

from .. import units
from ..model import Report
from ..tables import Cell, Column, Table, by_column, headings, numbers, texts, words


def table(report: Report) -> Table | None:
    """One row per broken sampler in the order of the input; those that were not caught come first."""
    mutants = sorted(report.mutants, key=lambda mutant: mutant.caught)
    if not mutants:
        return None
    others = [[name for name in mutant.failed if name != mutant.rejected_by] for mutant in mutants]
    return by_column(
        (words("broken sampler"), headings(mutant.name for mutant in mutants)),
        (words("what is wrong"), [Cell(mutant.flaw) for mutant in mutants]),
        (words("origin of the mistake"), [Cell(mutant.source) for mutant in mutants]),
        (words("result"), [result(mutant) for mutant in mutants]),
        (words("test that must reject it"), texts(mutant.rejected_by for mutant in mutants)),
        (Column("adjusted p"), numbers((mutant.p_adjusted for mutant in mutants), units.probability)),
        (
            Column("other tests that reject it"),
            [Cell(str(len(names)), sort=len(names), title=", ".join(names)) for names in others],
        ),
        (Column("rows"), [rows(mutant) for mutant in mutants]),
        (Column("ids"), numbers((mutant.n_ids for mutant in mutants), units.count)),
    )


def result(mutant: Mutant) -> Cell:
    """Whether the test made for it rejected it, or any."""
    if mutant.caught:
        return Cell("rejected", sort=1.0, kind="pass")
    return Cell("MISSED", "by its test" if mutant.rejected else "by every test", 0.0, "fail")


def rows(mutant: Mutant) -> Cell:
    """The rows of its check, with their length and mode."""
    return Cell(units.count(mutant.rows), f"k = {mutant.k}{'' if mutant.replacement else ', distinct'}", mutant.rows)
