# SPDX-License-Identifier: MIT
"""What the experiments of the five posts showed: the file of ``python -m benchmarks.experiments``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documents import LAB

from .grid.read import read_optional

VERDICTS = ("same", "differs", "added")


@dataclass(frozen=True)
class Trial:
    """A claim of a post, and what was measured; the verdict is "same", "differs" or, if the post is silent, "added"."""

    post: str
    claim: str
    measured: str
    verdict: str
    cause: str


@dataclass(frozen=True)
class Experiments:
    """All claims that were tried.

    Attributes
    ----------
    trials : tuple of Trial
    titles : mapping of str to str
        The subject of each post.
    left_out : mapping of str to str
        The posts that were not tried, with the reason.
    machine : str
        The processor, and whose table its RSQRTSS has.
    commit : str or None
    dirty : bool
    """

    trials: tuple[Trial, ...]
    titles: Mapping[str, str]
    left_out: Mapping[str, str]
    machine: str
    commit: str | None
    dirty: bool

    def count(self, verdict: str) -> int:
        """How many claims have a verdict."""
        return sum(trial.verdict == verdict for trial in self.trials)


def read_experiments(path: Path) -> Experiments | None:
    """The experiments; None if they were not run.

    Raises
    ------
    InputError
        If the file is damaged or of another version.
    """
    return read_optional(path, LAB, experiments)


def experiments(document: Mapping[str, Any]) -> Experiments:
    tried = document["experiments"]
    machine = document["environment"]
    return Experiments(
        trials=tuple(trial(e["name"], row) for e in tried if "left out" not in e for row in e["rows"]),
        titles={e["name"]: str(e["title"]) for e in tried},
        left_out={e["name"]: str(e["left out"]) for e in tried if "left out" in e},
        machine=f"{machine['cpu']}, whose RSQRTSS has {machine['rsqrtss']}",
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
    )


def trial(post: str, row: Mapping[str, Any]) -> Trial:
    """A claim from its JSON object.

    Raises
    ------
    ValueError
        If a text is no string, or if the verdict is unknown.
    """
    texts = [row[key] for key in ("claim", "measured", "verdict", "cause")]
    if not all(isinstance(text, str) for text in texts) or row["verdict"] not in VERDICTS:
        raise ValueError(f"{post}: {row['verdict']!r}")
    return Trial(post, *texts)
