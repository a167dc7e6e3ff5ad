# SPDX-License-Identifier: MIT
"""What the document of the matrix holds; the report reads it with these classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..documents import Header


@dataclass(frozen=True)
class Setting:
    """A change of a run.

    Attributes
    ----------
    key : str
    title : str
        The heading of its column.
    how : str
        What is compared, as a sentence.
    """

    key: str
    title: str
    how: str


@dataclass(frozen=True)
class Cell:
    """What a setting does to the ids of a sampler.

    Attributes
    ----------
    sampler : str
    setting : str
        The key of a setting.
    same : bool or None
        Whether all rows have the same ids; None if it was not measured.
    rows_same : int or None
        Rows with the same ids, in the run in which they are fewest.
    rows : int or None
        Rows that were compared in that run.
    reason : str
        Why it was not measured.
    """

    sampler: str
    setting: str
    same: bool | None
    rows_same: int | None = None
    rows: int | None = None
    reason: str = ""

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

    ``controls`` are the samplers that differ on purpose after some of the settings, by their keys, and ``overlooked``
    the controls that were called equal.
    """

    header: Header
    settings: tuple[Setting, ...]
    cells: tuple[Cell, ...]
    runs: tuple[TrainingRun, ...]
    controls: Mapping[str, tuple[str, ...]]
    overlooked: tuple[str, ...]
    examples: int
    V: int
    k: int

    def __post_init__(self) -> None:
        for sampler in self.measured:
            if {cell.setting for cell in self.cells if cell.sampler == sampler} != {s.key for s in self.settings}:
                raise ValueError(f"{sampler!r} needs one cell for each change")

    @property
    def measured(self) -> list[str]:
        """The samplers with a measured cell, in the order of the file."""
        return list(dict.fromkeys(cell.sampler for cell in self.cells if cell.same is not None))

    @property
    def unmeasured(self) -> dict[str, str]:
        """Why the others have none."""
        return {cell.sampler: cell.reason for cell in self.cells if cell.sampler not in self.measured}

    def of(self, sampler: str) -> list[Cell]:
        """The cells of a sampler, in the order of the settings."""
        found = {cell.setting: cell for cell in self.cells if cell.sampler == sampler}
        return [found[setting.key] for setting in self.settings]

    def always_same(self, sampler: str) -> bool:
        """Whether no measured setting gives a sampler other ids."""
        return all(cell.same is not False for cell in self.of(sampler))
