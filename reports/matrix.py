# SPDX-License-Identifier: MIT
"""Which changes of a run leave its negatives the same: the file of ``python -m benchmarks.matrix``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documents import MATRIX

from .grid.read import read_optional


@dataclass(frozen=True)
class Change:
    """A change of a run: its key, its title, and what is compared, as a sentence."""

    key: str
    title: str
    how: str


@dataclass(frozen=True)
class Sameness:
    """Whether a sampler has the same ids after a change.

    Attributes
    ----------
    sampler : str
    setting : str
        The key of the change.
    same : bool or None
        None if it was not measured.
    rows_same, rows : int or None
        Rows with the same ids, and all that were compared.
    reason : str
        Why it was not measured.
    """

    sampler: str
    setting: str
    same: bool | None
    rows_same: int | None
    rows: int | None
    reason: str


@dataclass(frozen=True)
class TrainingRun:
    """How many examples have the negatives of a run with no workers, batches of the usual size and one rank."""

    sampler: str
    workers: int
    batch: int
    ranks: int
    rows_same: int
    rows: int


@dataclass(frozen=True)
class Matrix:
    """All of it; ``controls`` are the samplers that differ on purpose, ``overlooked`` those that were called equal."""

    changes: tuple[Change, ...]
    cells: tuple[Sameness, ...]
    runs: tuple[TrainingRun, ...]
    controls: tuple[str, ...]
    overlooked: tuple[str, ...]
    examples: int
    size: int
    k: int
    commit: str | None
    dirty: bool

    @property
    def measured(self) -> list[str]:
        """The samplers with a measured cell, in the order of the file."""
        return list(dict.fromkeys(cell.sampler for cell in self.cells if cell.same is not None))

    @property
    def unmeasured(self) -> dict[str, str]:
        """Why the others have none."""
        return {cell.sampler: cell.reason for cell in self.cells if cell.sampler not in self.measured}

    def of(self, sampler: str) -> list[Sameness]:
        """The cells of a sampler, in the order of the changes."""
        found = {cell.setting: cell for cell in self.cells if cell.sampler == sampler}
        return [found[change.key] for change in self.changes]

    def always_same(self, sampler: str) -> bool:
        """Whether no measured change gives a sampler other ids."""
        return all(cell.same is not False for cell in self.of(sampler))


def read_matrix(path: Path) -> Matrix | None:
    """The matrix; None if it was not measured.

    Raises
    ------
    InputError
        If the file is damaged or of another version.
    """
    return read_optional(path, MATRIX, matrix)


def matrix(document: Mapping[str, Any]) -> Matrix:
    found = Matrix(
        changes=tuple(Change(str(c["key"]), str(c["title"]), str(c["how"])) for c in document["settings"]),
        cells=tuple(sameness(entry) for entry in document["cells"]),
        runs=tuple(
            TrainingRun(str(r["sampler"]), *(int(r[key]) for key in ("workers", "batch", "ranks", "rows_same", "rows")))
            for r in document["runs"]
        ),
        controls=tuple(map(str, document["controls"])),
        overlooked=tuple(map(str, document["overlooked"])),
        examples=int(document["examples"]),
        size=int(document["V"]),
        k=int(document["k"]),
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
    )
    for sampler in found.measured:
        found.of(sampler)  # KeyError if a change is missing
    return found


def sameness(entry: Mapping[str, Any]) -> Sameness:
    same, reason = entry["same"], str(entry["reason"])
    if (same is None) != bool(reason) or same not in (None, True, False):
        raise ValueError(entry)
    rows_same, rows = (None if entry[key] is None else int(entry[key]) for key in ("rows_same", "rows"))
    if same is not None and (not rows or same != (rows_same == rows)):
        raise ValueError(entry)
    return Sameness(str(entry["sampler"]), str(entry["setting"]), same, rows_same, rows, reason)
