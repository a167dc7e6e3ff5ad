# SPDX-License-Identifier: MIT
"""The section on the experiments of the five posts with which the comparison began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.documents import LAB, Header

from ..model import Report, Source
from ..tables import Table, by_column, measured_elsewhere, texts, words
from .section import Section, Shown, Text

Verdict = Literal["same", "differs", "added"]


@dataclass(frozen=True)
class Trial:
    """A claim of a post, and what was measured; the verdict is "added" if the post does not say."""

    claim: str
    measured: str
    verdict: Verdict
    cause: str


@dataclass(frozen=True)
class Experiment:
    """The trials of a post, or the reason why it was ``left_out``."""

    name: str
    title: str
    rows: tuple[Trial, ...] = ()
    left_out: str = ""


@dataclass(frozen=True)
class Experiments:
    """All claims that were tried, and whose table the processor's RSQRTSS has."""

    header: Header
    rsqrtss: str
    experiments: tuple[Experiment, ...]

    @property
    def trials(self) -> Iterator[tuple[str, Trial]]:
        """All claims, each with the name of its post."""
        return ((experiment.name, row) for experiment in self.experiments for row in experiment.rows)

    def count(self, verdict: Verdict) -> int:
        """How many claims have a verdict."""
        return sum(trial.verdict == verdict for _, trial in self.trials)


SOURCE = Source(LAB, Experiments)


@SOURCE.tells("The claims of the posts were not measured")
def finding(report: Report, found: Experiments) -> str:
    """How many claims came out as the posts say."""
    same, differs = found.count("same"), found.count("differs")
    if not same + differs:
        return "No claim of a post was tried."
    return (
        f"Of {same + differs} claims of the posts, {same} came out as the posts say and {differs} did not. "
        "The causes are in the table."
    )


@SOURCE.shows
def table(report: Report, found: Experiments) -> Table:
    """A claim a row."""
    trials = list(found.trials)
    left_out = (f"Left out: {e.name} ({e.title}): {e.left_out}." for e in found.experiments if e.left_out)
    machine = f"{found.header.machine['cpu']}, whose RSQRTSS has {found.rsqrtss}"
    how = f"Measured with `{LAB.made_by}` on {machine}. Added: the post does not say."
    return by_column(
        (words("post"), texts(post for post, _ in trials)),
        (words("what it says"), texts(trial.claim for _, trial in trials)),
        (words("measured"), texts(trial.measured for _, trial in trials)),
        (words(""), texts(trial.verdict for _, trial in trials)),
        (words("cause"), texts(trial.cause for _, trial in trials)),
        notes=(how, *left_out, *measured_elsewhere(report, found.header)),
    )


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
    record=SOURCE.recorded,
    wide=True,
    sources=(SOURCE,),
)
