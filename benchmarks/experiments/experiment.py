# SPDX-License-Identifier: MIT
"""What an experiment is, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import Any

SAME, DIFFERS, ADDED = "same", "differs", "added"


@dataclass(frozen=True)
class Row:
    """A claim of a post, and what was measured.

    Attributes
    ----------
    claim : str
        What the post says, or the question that it leaves open.
    measured : str
        What came out, computed from this run.
    same : bool or None
        Whether this is what the post says; None if the post does not say.
    cause : str
        Why it came out so; "" if nothing needs an explanation.
    shown : bool
        Whether a control of this run shows the cause.
    """

    claim: str
    measured: str
    same: bool | None
    cause: str = ""
    shown: bool = True

    @property
    def verdict(self) -> str:
        """Same, differs or added."""
        return ADDED if self.same is None else SAME if self.same else DIFFERS

    @property
    def explanation(self) -> str:
        """The cause, with a warning if this run does not show it."""
        return self.cause if self.shown or not self.cause else f"Not shown by this run: {self.cause}"


@dataclass(frozen=True)
class Figures:
    """A table of figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Outcome:
    """What an experiment returns: rows for the reader, tables behind them, and the numbers as they were measured."""

    rows: Sequence[Row]
    tables: Sequence[Figures] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The outcome, JSON-ready."""
        rows = [
            {"claim": r.claim, "measured": r.measured, "verdict": r.verdict, "cause": r.explanation} for r in self.rows
        ]
        return {"rows": rows, "tables": [asdict(table) for table in self.tables], "numbers": dict(self.numbers)}


@dataclass(frozen=True)
class Experiment:
    """The experiments of a post.

    Attributes
    ----------
    name : str
        As the command line has it.
    title : str
        The subject.
    claim : str
        What the post says, in a sentence.
    needs : tuple of str
        Packages without which it cannot run.
    run : callable
        Measures; with ``short=True`` in a few seconds, for the tests.
    """

    name: str
    title: str
    claim: str
    needs: tuple[str, ...]
    run: Callable[..., Outcome]

    def missing(self) -> str:
        """How to install what is missing; "" if nothing is."""
        absent = [name for name in self.needs if find_spec(name) is None]
        return f"not installed: {', '.join(absent)}; `pip install {' '.join(absent)}`, or `make lab`" if absent else ""


def some(count: int, of: int, things: str) -> str:
    """3 of 5 things."""
    return f"{count} of {of} {things}"
