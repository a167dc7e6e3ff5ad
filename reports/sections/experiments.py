# SPDX-License-Identifier: MIT
"""The section on the experiments of the five posts with which the comparison began."""

from __future__ import annotations

from typing import Any

from benchmarks.documents import LAB

from ..experiments import SOURCE, Trial
from ..model import Report, recorded
from ..tables import Cell, Column, Table, measured_elsewhere
from .section import Section, Shown, Text


def finding(report: Report) -> str:
    """How many claims came out as the posts say, or how to measure them."""
    found = SOURCE.of(report)
    if found is None:
        return SOURCE.missing("The claims of the posts were")
    same, differs = found.count("same"), found.count("differs")
    if not same + differs:
        return "No claim of a post was tried."
    return (
        f"Of {same + differs} claims of the posts, {same} came out as the posts say and {differs} did not. "
        "The causes are in the table."
    )


def table(report: Report) -> Table | None:
    """A claim a row; None if nothing was run."""
    found = SOURCE.of(report)
    if found is None:
        return None
    columns = [Column(title, numeric=False) for title in ("post", "what it says", "measured", "", "cause")]
    left_out = (f"Left out: {e.name} ({e.title}): {e.left_out}." for e in found.experiments if e.left_out)
    machine = f"{found.header.machine['cpu']}, whose RSQRTSS has {found.rsqrtss}"
    how = f"Measured with `{LAB.made_by}` on {machine}. Added: the post does not say."
    notes = (how, *left_out, *measured_elsewhere(report, found.header))
    return Table(tuple(columns), tuple(cells(post, trial) for post, trial in found.trials), notes)


def cells(post: str, trial: Trial) -> tuple[Cell, ...]:
    """A row of the table."""
    texts = (post, trial.claim, trial.measured, trial.verdict, trial.cause)
    return tuple(Cell(text, sort=text) for text in texts)


def record(report: Report) -> dict[str, Any] | None:
    """All claims."""
    found = SOURCE.of(report)
    return None if found is None else recorded(found)


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
    sources=(SOURCE,),
)
