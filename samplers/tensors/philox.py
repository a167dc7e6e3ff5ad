# SPDX-License-Identifier: MIT
"""Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405) on int64 tensors that hold words of 32 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

LOW = 0xFFFFFFFF
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10


def philox(key: int, c0: Any, c1: Any, c2: Any, c3: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The blocks of counters, which are broadcast against each other.

    Parameters
    ----------
    key : int
        64 bits.
    c0, c1, c2, c3 : Tensor of int64, or int
        Values below 2**32; c0 and c2 are tensors.

    Returns
    -------
    tuple of Tensor
        Four int64 tensors of values below 2**32.
    """
    k0, k1 = key & LOW, key >> 32
    for _ in range(ROUNDS):
        # Products wrap around modulo 2**64. The mask removes the copies of the sign that the shift brings.
        p, q = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (q >> 32 & LOW) ^ c1 ^ k0, q & LOW, (p >> 32 & LOW) ^ c3 ^ k1, p & LOW
        k0, k1 = k0 + WEYL[0] & LOW, k1 + WEYL[1] & LOW
    return c0, c1, c2, c3


def words(key: int, rows: Tensor, epoch: int, n_words: int, tags: Tensor) -> Tensor:
    """The first words of rows under some tags.

    Parameters
    ----------
    key : int
        64 bits.
    rows : Tensor of int64, shape (n,)
        Numbers of rows.
    epoch : int
        32 bits.
    n_words : int
        Words of a row, at least.
    tags : Tensor of int64, shape (a,)
        Tags of the counter, from 0 to 255.

    Returns
    -------
    Tensor of int64, shape (n, a, m)
        Here m is n_words, rounded up to a multiple of four.
    """
    import torch

    of_row = rows[:, None, None]
    blocks = torch.arange(-(-n_words // 4), device=rows.device)
    block = philox(key, of_row & LOW, of_row >> 32, blocks[None, None] | tags[None, :, None] << 24, epoch)
    together: Any = torch.broadcast_tensors
    return torch.stack(together(*block), -1).flatten(2)
