# SPDX-License-Identifier: MIT
"""What the experiments of the five posts showed: the file of ``python -m benchmarks.experiments``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.documents import LAB, Header

from .model import Source

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
