# SPDX-License-Identifier: MIT
"""The exact path, section 8 of ``docs/streams.md``, in operations of torch: ids from the weights themselves.

Sums of weights have up to 93 bits. A sum is a pair of int64 tensors: ``high * 2**40 + low``. Sums of less than 2**23
pairs fit before a carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .cells import OPEN, Stream
from .philox import LOW, philox

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from ..laws.law import Law

    Sum = tuple[Tensor, Tensor]

EXACT_KEY = 0x9E3779B97F4A7C15
SPLIT = 40
PART = (1 << SPLIT) - 1
PIECES = (0, 0xFFFFF), (20, 0xFFFFF), (SPLIT, 2**64 - 1)


def carried(high: Tensor, low: Tensor) -> Sum:
    """The same sum with ``0 <= low < 2**40``."""
    return high + (low >> SPLIT), low & PART


def at_most(a: Sum, b: Sum) -> Tensor:
    """Whether ``a <= b``."""
    return (a[0] < b[0]) | (a[0] == b[0]) & (a[1] <= b[1])


@dataclass(frozen=True)
class Weights:
    """The sums of the weights below each id, on a device.

    Attributes
    ----------
    n_ids : int
        The number of ids.
    each : int
        The weight of every id, if all are equal: then there is no table. Otherwise 0.
    high, low : Tensor of int64, shape (n_ids + 1,), or None
        The sums.
    """

    n_ids: int
    each: int
    high: Any = None
    low: Any = None

    def below(self, ids: Tensor) -> Sum:
        """The sum of the weights below ids, from 0 to n_ids."""
        import torch

        if not self.each:
            return torch.take(self.high, ids), torch.take(self.low, ids)
        top, rest = self.each >> SPLIT, self.each & PART
        middle, bottom = ids * (rest >> 20), ids * (rest & 0xFFFFF)
        return carried(ids * top + (middle >> 20), ((middle & 0xFFFFF) << 20) + bottom)

    @property
    def nbytes(self) -> int:
        """Bytes of the tensors."""
        return 0 if self.high is None else int(self.high.nbytes + self.low.nbytes)


def weights_of(noise: Law, device: Any) -> Weights:
    """The weights of a law, 16 bytes per id on a device, or none if all are equal."""
    import torch

    classes = noise.classes
    if noise.nonzero == len(noise) and (classes.weights == classes.weights[0]).all():
        return Weights(len(noise), int(classes.weights[0]))
    weights = noise._weights_once()
    # Parts of 20 bits, of which 2**31 can be added.
    bottom, middle, top = (_summed(weights >> np.uint64(shift) & np.uint64(mask)) for shift, mask in PIECES)
    low = bottom + ((middle & 0xFFFFF) << 20)
    sums = top + (middle >> 20) + (low >> SPLIT), low & PART
    return Weights(len(noise), 0, *(torch.from_numpy(part).to(device) for part in sums))


def _summed(parts: NDArray[np.uint64]) -> NDArray[np.int64]:
    sums = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(parts.view(np.int64), out=sums[1:])
    return sums


def fill_open(ids: Tensor, weights: Weights, stream: Stream, rows: Tensor, distinct: bool, excluded: Any) -> Tensor:
    """The ids of cells that are `OPEN`, from the weights; `OPEN` still if nothing is left for a row.

    Parameters
    ----------
    ids : Tensor of int64, shape (n, k)
        A row that has an open cell has no other cell after it.
    weights : Weights
        Of the law.
    stream : Stream
        Key and epoch.
    rows : Tensor of int64, shape (n,)
        Numbers of rows.
    distinct : bool
        Whether the ids of a row are distinct.
    excluded : Tensor of int64, shape (n, m), or None
        Excluded ids of each row; -1 stands for none.

    Returns
    -------
    Tensor of int64, shape (n, k)
        A new tensor.
    """
    import torch

    ids = ids.clone()
    for column in range(ids.shape[1]):
        parts = [] if excluded is None else [excluded]
        if distinct:
            parts.append(ids[:, :column])
        out = torch.cat(parts, 1) if parts else ids[:, :0]
        found = _chosen(weights, stream, rows, column, out)
        ids[:, column] = torch.where(ids[:, column] == OPEN, found, ids[:, column])
    return ids


def _chosen(weights: Weights, stream: Stream, rows: Tensor, column: int, out: Tensor) -> Tensor:
    """The id of a column of each row, of those that are not in ``out``; `OPEN` if there is none."""
    import torch

    out = out.sort(dim=1).values
    counts = out >= 0
    counts[:, 1:] &= out[:, 1:] != out[:, :-1]
    place = out.clamp(min=0)
    below, end = weights.below(place), weights.below(place + 1)
    high, low = ((e - b) * counts for b, e in zip(below, end, strict=True))
    before = carried(below[0] - high.cumsum(1) + high, below[1] - low.cumsum(1) + low)
    every = torch.full_like(rows, weights.n_ids)
    all_high, all_low = weights.below(every)
    total = carried(all_high - high.sum(1), all_low - low.sum(1))
    target = _target(stream, rows, column, total)
    passed = at_most(before, (target[0][:, None], target[1][:, None])) & counts
    goal = carried(target[0] + (high * passed).sum(1), target[1] + (low * passed).sum(1))
    found = torch.zeros_like(rows)
    for bit in reversed(range((weights.n_ids - 1).bit_length())):
        further = found + (1 << bit)
        reached = at_most(weights.below(further.clamp(max=weights.n_ids)), goal) & (further < weights.n_ids)
        found = torch.where(reached, further, found)
    return torch.where((total[0] | total[1]) == 0, OPEN, found)


def _target(stream: Stream, rows: Tensor, column: int, total: Sum) -> Sum:
    """``u * total >> 128`` for the 128 random bits u of a column."""
    import torch

    at = torch.full_like(rows, column)
    u = philox(stream.key ^ EXACT_KEY, rows & LOW, rows >> 32, at, stream.epoch)
    high, low = total
    t = low & LOW, (low >> 32 | high << (SPLIT - 32)) & LOW, high >> (64 - SPLIT)
    limbs: list[Any] = [0] * 8
    for i, a in enumerate(u):
        for j, b in enumerate(t):
            product = a * b
            limbs[i + j] = limbs[i + j] + (product & LOW)
            limbs[i + j + 1] = limbs[i + j + 1] + (product >> 32 & LOW)
    for i in range(7):
        limbs[i + 1] = limbs[i + 1] + (limbs[i] >> 32)
        limbs[i] = limbs[i] & LOW
    return limbs[5] >> (SPLIT - 32) | limbs[6] << (64 - SPLIT), limbs[4] | (limbs[5] & 0xFF) << 32
