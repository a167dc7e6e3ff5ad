# SPDX-License-Identifier: MIT
"""The section on what changes the ids of a run: the matrix of samplers and changes, and training runs."""

from __future__ import annotations

from benchmarks.documents import MATRIX
from benchmarks.matrix.records import Cell as Sameness
from benchmarks.matrix.records import Matrix, TrainingRun

from .. import units
from ..model import Report, Source
from ..tables import Cell, Column, Table, by_column, headings, labels, measured_elsewhere, words
from .section import Section, Shown, Text

SOURCE = Source(MATRIX, Matrix)
SAME, OTHERS, NOT_MEASURED = "=", "≠", "n/a"
# The samplers of the table of training runs: one that draws rows by their numbers, and what people use.
SHOWN = ("alias", "cum_table", "torch_one_call", "numpy_choice")


@SOURCE.tells("Which changes of a run change its negatives was not measured")
def finding(report: Report, found: Matrix) -> str:
    """How many samplers keep their ids under all changes, and what changes those of the others."""
    if found.overlooked:
        return (
            f"The comparison cannot be trusted, because it overlooked what differs on purpose: {found.overlooked[0]}."
        )
    same = [name for name in found.measured if found.always_same(name)]
    others = [name for name in found.measured if name not in same]
    text = (
        f"{len(same)} of {len(found.measured)} samplers draw the same negatives under all {len(found.settings)} changes"
    )
    text += f" of a run, `{report.label(same[0])}` among them." if same else " of a run."
    if not others:
        return text
    counts = {
        change.title: sum(found.of(name)[place].same is False for name in others)
        for place, change in enumerate(found.settings)
    }
    worst = max(counts, key=lambda title: counts[title])
    return f"{text} The change that alters most of the other {len(others)} is “{worst}”: it alters {counts[worst]}."


@SOURCE.shows
def table(report: Report, found: Matrix) -> Table:
    """A sampler a row, a change a column."""
    rows = [found.of(name) for name in found.measured]
    return by_column(
        (words("sampler"), labels(report, found.measured)),
        *((Column(change.title), [cell_of(row[place]) for row in rows]) for place, change in enumerate(found.settings)),
        notes=notes(report, found),
    )


def cell_of(cell: Sameness) -> Cell:
    """A sign, whose colour says the same."""
    if cell.same is None:
        return Cell(NOT_MEASURED, kind="refused", title=cell.reason)
    if cell.same:
        return Cell(SAME, sort=1.0, kind="pass", title=f"all {cell.rows:,} rows are the same")
    share = (cell.rows_same or 0) / (cell.rows or 1)
    return Cell(OTHERS, sort=share - 1, kind="fail", title=f"{cell.rows_same:,} of {cell.rows:,} rows are the same")


def notes(report: Report, found: Matrix) -> tuple[str, ...]:
    """The signs, the reasons of cells that were not measured, and how the others were."""
    signs = f"{SAME}: the same ids in all rows. {OTHERS}: other ids. {NOT_MEASURED}: it has no such run."
    reasons: dict[str, list[str]] = {}
    for name in found.measured:
        for change, cell in zip(found.settings, found.of(name), strict=True):
            if cell.same is None:
                reasons.setdefault(f"{report.label(name)}: {cell.reason}", []).append(change.title)
    for name, reason in found.unmeasured.items():
        reasons.setdefault(f"not measured here, because {reason}", []).append(report.label(name))
    lines = [f"{NOT_MEASURED}, {units.listed(titles)}: {why}." for why, titles in reasons.items()]
    controls = f"{len(found.controls)} samplers that depend on purpose on one of the changes were measured too"
    controls += f". Overlooked: {'; '.join(found.overlooked)}." if found.overlooked else ", and each was found out."
    return (signs, *lines, controls, *measured_elsewhere(report, found.header))


def changes(report: Report) -> list[str]:
    """What each column compares."""
    found = SOURCE.of(report)
    if found is None:
        return []
    about = (
        f"Each sampler draws the negatives of the same {found.examples:,} examples (V = {found.V:,}, k = {found.k}) "
        "before and after a change. The positive of each example is excluded, where a column does not say otherwise."
    )
    return [about, *(f"{change.title}: {change.how}" for change in found.settings)]


@SOURCE.shows
def runs(report: Report, found: Matrix) -> Table | None:
    """A training run a row, a sampler a column: examples with the negatives of the run without workers."""
    names = [name for name in SHOWN if any(run.sampler == name for run in found.runs)]
    of = {(run.sampler, setup(run)): run for run in found.runs}
    titles = list(dict.fromkeys(setup(run) for run in found.runs))
    columns = ((Column(report.label(name)), [share(of.get((name, title))) for title in titles]) for name in names)
    return by_column((words("run"), headings(titles)), *columns, notes=run_notes(found)) if names else None


def setup(run: TrainingRun) -> str:
    """A run in words."""
    workers = f"{run.workers or 'no'} worker{'' if run.workers == 1 else 's'}"
    return f"{workers}, batch of {run.batch}" + (f", {run.ranks} ranks" if run.ranks > 1 else "")


def share(run: TrainingRun | None) -> Cell:
    """The share of examples with the same negatives."""
    if run is None:
        return Cell(units.NONE)
    text = units.percent(run.rows_same / run.rows)
    return Cell(text, sort=run.rows_same / run.rows, kind="pass" if run.rows_same == run.rows else "fail")


def run_notes(found: Matrix) -> tuple[str, ...]:
    """What is compared with what."""
    return (
        f"The share of {found.examples:,} examples with the negatives of a run that has no workers, batches of 64 and "
        "one rank.",
        "A sampler that draws one row after another has a stream of its own in each further worker and rank.",
    )


SECTION = Section(
    key="same-ids",
    title="What changes the ids of a run",
    link="Same ids",
    finding=finding,
    blocks=(
        Text(changes),
        Shown("same-cells", "Whether each sampler has the same ids after each change", table),
        Shown(
            "same-runs",
            "Examples with the same negatives in training runs",
            runs,
            heading="Training runs with excluded positives",
        ),
    ),
    record=SOURCE.recorded,
    sources=(SOURCE,),
)
