# SPDX-License-Identifier: MIT
"""Rows of distinct ids, and rows without excluded ids, section 8 of ``docs/streams.md``, in operations of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cells import NO_ID, OPEN, Stream, candidates, numbers

if TYPE_CHECKING:
    from torch import Tensor

    from .tables import Table

FEW = 8  # so many excluded ids of a row are compared one by one


@dataclass(frozen=True)
class Rules:
    """What the ids of a row must fulfil.

    Attributes
    ----------
    distinct : bool
        Whether the ids of a row are distinct.
    excluded : Tensor of int64, shape (n, m), or None
        Excluded ids of each row; -1 stands for none.
    """

    distinct: bool = False
    excluded: Any = None

    def of(self, part: Any) -> Rules:
        """The rules of some of the rows."""
        return Rules(self.distinct, None if self.excluded is None else self.excluded[part])


def is_in(ids: Tensor, sets: Tensor) -> Tensor:
    """Whether each id is in the set of its row: bool, of the shape of ids (n, ...); sets: (n, m)."""
    import torch

    flat = ids.flatten(1)
    if sets.shape[1] <= FEW:
        found = torch.zeros_like(flat, dtype=torch.bool)
        for j in range(sets.shape[1]):
            found |= flat == sets[:, j : j + 1]
        return found.view(ids.shape)
    rising = sets.sort(dim=1).values
    at = torch.searchsorted(rising, flat.contiguous()).clamp(max=sets.shape[1] - 1)
    return (rising.gather(1, at) == flat).view(ids.shape)


def by_attempts(table: Table, stream: Stream, rows: Tensor, k: int, rules: Rules, attempts: int, waits: bool) -> Tensor:
    """The ids of rows from the first attempts of their cells.

    Parameters
    ----------
    table : Table
        On the device of the rows.
    stream : Stream
        Key and epoch.
    rows : Tensor of int64, shape (n,)
        Numbers of rows.
    k : int
        Columns.
    rules : Rules
        Of these rows.
    attempts : int
        At most 128.
    waits : bool
        Whether the host may read tensors.

    Returns
    -------
    Tensor of int64, shape (n, k)
        Ids, or `OPEN` from the first column on of which all attempts fail, or `cells.UNKNOWN`.
    """
    import torch

    drawn = candidates(table, stream, rows, k, numbers(attempts, rows.device), waits)
    barred = drawn == NO_ID
    if rules.excluded is not None:
        barred |= is_in(drawn, rules.excluded)
    if rules.distinct:
        return _distinct(drawn, barred)
    ids, failed = _first(drawn, barred)
    return torch.where(failed.cumsum(1) > 0, OPEN, ids)


def _first(drawn: Tensor, barred: Tensor) -> tuple[Tensor, Tensor]:
    """The first attempt that is not barred, along axis 1, and whether there is none."""
    allowed = ~barred
    at = allowed.byte().argmax(1, keepdim=True)
    return drawn.gather(1, at).squeeze(1), ~allowed.any(1)


def _distinct(drawn: Tensor, barred: Tensor) -> Tensor:
    import torch

    columns: list[Tensor] = []
    failed = torch.zeros_like(barred[:, 0, 0])
    for c in range(drawn.shape[2]):
        bad = barred[:, :, c]
        if columns:
            bad = bad | is_in(drawn[:, :, c], torch.stack(columns, 1))
        ids, none = _first(drawn[:, :, c], bad)
        failed = failed | none
        columns.append(torch.where(failed, OPEN, ids))
    return torch.stack(columns, 1)
