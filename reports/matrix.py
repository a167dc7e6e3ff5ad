# SPDX-License-Identifier: MIT
"""Which changes of a run leave its negatives the same: the file of ``python -m benchmarks.matrix``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.documents import MATRIX, Header

from .model import Source


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

    def __post_init__(self) -> None:
        if (self.same is None) != bool(self.reason):
            raise ValueError(f"{self.sampler!r} after {self.setting!r} needs either a result or a reason")
        if self.same is not None and (not self.rows or self.same != (self.rows_same == self.rows)):
            raise ValueError(f"{self.sampler!r} after {self.setting!r}: the numbers of rows contradict the result")


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
    """All of it.

    ``settings`` are the changes, ``controls`` the samplers that differ on purpose after some of these, by their keys,
    and ``overlooked`` the controls that were called equal.
    """

    header: Header
    settings: tuple[Change, ...]
    cells: tuple[Sameness, ...]
    runs: tuple[TrainingRun, ...]
    controls: Mapping[str, tuple[str, ...]]
    overlooked: tuple[str, ...]
    examples: int
    V: int
    k: int

    def __post_init__(self) -> None:
        for sampler in self.measured:
            if {cell.setting for cell in self.cells if cell.sampler == sampler} != {c.key for c in self.settings}:
                raise ValueError(f"{sampler!r} needs one cell for each change")

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
        return [found[change.key] for change in self.settings]

    def always_same(self, sampler: str) -> bool:
        """Whether no measured change gives a sampler other ids."""
        return all(cell.same is not False for cell in self.of(sampler))


SOURCE = Source(MATRIX, Matrix)
