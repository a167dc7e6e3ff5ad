# SPDX-License-Identifier: MIT
"""The ids of the attempts of cells, section 7 of ``docs/streams.md``, in operations of torch.

Each cell takes the same operations, whatever its words are, so that nothing is copied to the host. On a CPU the
loops end when no cell needs them: that costs nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2
from typing import TYPE_CHECKING, Any

from .philox import LOW, words

if TYPE_CHECKING:
    from torch import Tensor

    from .tables import Table

ATTEMPTS = 128
REFINE = 0x80  # the bit of a tag that marks the second words of an attempt
SPARE_KEY = 0xD1B54A32D192ED03
SPARES = 25  # member words after the first
NO_ID = -1  # the attempt gives no id
OPEN = -2  # the attempts of the cell, or of one before it in its row, are used up
UNKNOWN = -3  # the member words that were read are all refused, and there are more
CERTAIN = 64  # what happens with a chance below 2**-64 for a cell is left to the count of faults


@dataclass(frozen=True)
class Stream:
    """The place of a draw: a key of 64 bits, an epoch of 32 bits."""

    key: int
    epoch: int


def needed(chance: float, most: int) -> int:
    """How many independent trials fail together with a chance below 2**-64, if each fails with ``chance``."""
    if chance <= 0:
        return 1
    return most if chance >= 1 else min(most, max(1, ceil(CERTAIN / -log2(chance))))


def candidates(table: Table, stream: Stream, rows: Tensor, k: int, attempts: Tensor, waits: bool) -> Tensor:
    """The ids of some attempts of the first k cells of rows.

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
    attempts : Tensor of int64, shape (a,)
        Numbers of attempts.
    waits : bool
        Whether the host may read tensors.

    Returns
    -------
    Tensor of int64, shape (n, a, k)
        Ids, `NO_ID` or `UNKNOWN`.
    """
    import torch

    drawn = words(stream.key, rows, stream.epoch, k * table.words, attempts)
    if table.kind == "uniform":
        product = drawn[..., :k] * table.n_ids
        refused = (product & LOW) < table.refusal
        return torch.where(refused & (attempts < ATTEMPTS - 1)[:, None], NO_ID, product >> 32)
    cells = slice(0, k * table.words, table.words)
    slots = _slots(table, stream, rows, drawn[..., cells], cells, attempts, waits)
    if table.kind == "alias":
        return slots
    members = slice(1, 2 * k, 2)
    ids = _members(table, stream, rows, slots, drawn[..., members], members, attempts, waits)
    if table.order is None:
        return ids
    return torch.where(ids < 0, ids, torch.take(table.order, ids.clamp(min=0)).long())


def _slots(
    table: Table, stream: Stream, rows: Tensor, drawn: Tensor, cells: slice, attempts: Tensor, waits: bool
) -> Tensor:
    """The ids, or the classes, that an alias table gives for words."""
    import torch

    rest = 32 - table.bits
    slot, left = drawn >> rest, drawn & ((1 << rest) - 1)
    hot = torch.take(table.hot, slot).long() & LOW
    high, alias = hot >> table.bits, hot & ((1 << table.bits) - 1)
    keeps, tied = left < high, left == high
    if not waits or tied.any():
        refine = words(stream.key, rows, stream.epoch, cells.stop, attempts | REFINE)[..., cells]
        keeps = keeps | tied & (refine < (torch.take(table.cold, slot).long() & LOW))
    return torch.where(keeps, slot, alias)


def _members(
    table: Table,
    stream: Stream,
    rows: Tensor,
    classes: Tensor,
    drawn: Tensor,
    members: slice,
    attempts: Tensor,
    waits: bool,
) -> Tensor:
    """The members of classes that words give; `UNKNOWN` if more words are refused than are read."""
    import torch

    size = torch.take(table.sizes, classes).long()
    refusal = (1 << 32) % size
    product = drawn * size
    spares = SPARES if waits or not table.refusal else needed(table.refusal / 2**32, SPARES)
    for j in range(spares if table.refusal else 0):
        refused = (product & LOW) < refusal
        if waits and not refused.any():
            break
        key = (stream.key + j * SPARE_KEY) % 2**64
        spare = words(key, rows, stream.epoch, members.stop, attempts | REFINE)[..., members]
        product = torch.where(refused, spare * size, product)
    ids = torch.take(table.first, classes).long() + (product >> 32)
    if spares == SPARES or not table.refusal:
        return ids
    return torch.where((product & LOW) < refusal, UNKNOWN, ids)


def numbers(n: int, device: Any) -> Tensor:
    """The attempts 0 to n - 1."""
    import torch

    return torch.arange(n, device=device)
