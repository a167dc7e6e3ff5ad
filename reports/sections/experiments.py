# SPDX-License-Identifier: MIT
"""The section on the experiments of the five posts with which the comparison began."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmarks.documents import LAB

from ..experiments import Trial
from ..model import Report
from ..tables import Cell, Column, Table, measured_elsewhere
from .section import Section, Shown, Text


def finding(report: Report) -> str:
    """How many claims came out as the posts say, or how to measure them."""
    found = report.experiments
    if found is None:
        return f"The experiments of the posts were not run: run `{LAB.made_by}`."
    same, differs = found.count("same"), found.count("differs")
    if not same + differs:
        return "No claim of a post was tried."
    return (
        f"Of {same + differs} claims of the posts, {same} came out as the posts say and {differs} did not. "
        "The causes are in the table."
    )


def table(report: Report) -> Table | None:
    """A claim a row; None if nothing was run."""
    found = report.experiments
    if found is None:
        return None
    columns = [Column(title, numeric=False) for title in ("post", "what it says", "measured", "", "cause")]
    left_out = tuple(f"Left out: {name} ({found.titles[name]}): {reason}." for name, reason in found.left_out.items())
    how = f"Measured with `{LAB.made_by}` on {found.machine}. Added: the post does not say."
    notes = (how, *left_out, *measured_elsewhere(report, found.commit, found.dirty))
    return Table(tuple(columns), tuple(map(cells, found.trials)), notes)


def cells(trial: Trial) -> tuple[Cell, ...]:
    """A row of the table."""
    texts = (trial.post, trial.claim, trial.measured, trial.verdict, trial.cause)
    return tuple(Cell(text, sort=text) for text in texts)


def record(report: Report) -> dict[str, Any] | None:
    """All claims."""
    return None if report.experiments is None else asdict(report.experiments)


SECTION = Section(
    key="experiments",
    title="The experiments of the posts, run again",
    link="Experiments",
    finding=finding,
    blocks=(
        Text(
            "The comparison began with five blog posts on reproducibility and on negative sampling. Their experiments"
            " were run again. Where a result is another today, a control of the same run shows the cause, or the cause"
            " says that it does not. docs/laboratory.md has the figures behind each line."
        ),
        Shown("claims-of-posts", "Claims of the five posts, what was measured, and the cause", table),
    ),
    record=record,
    wide=True,
)
