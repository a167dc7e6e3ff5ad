# SPDX-License-Identifier: MIT
"""The excluded ids of rows as a tensor on a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from ..sets.id_sets import IdSets


@dataclass(frozen=True)
class Unchecked:
    """Excluded ids whose values only the device knows.

    Attributes
    ----------
    ids : Tensor of int64, shape (n, m)
        -1 stands for none. Other ids outside [0, V) are a fault of the row, which then holds -1 alone.
    tells : bool
        Whether rows for which too few ids remain are counted as faults; they hold -1 alone.
    """

    ids: Tensor
    tells: bool

    def __len__(self) -> int:
        return len(self.ids)


def on_device(value: Any) -> bool:
    """Whether a value is a tensor that does not lie in the memory of the host."""
    return hasattr(value, "data_ptr") and hasattr(value, "device") and value.device.type != "cpu"


def as_unchecked(exclude: Tensor, rows: int, device: Any, tells: bool) -> Unchecked:
    """The excluded ids of a draw that lie on the device already. Their values are not read.

    Raises
    ------
    TypeError, ValueError
        If the tensor lies elsewhere, or has another dtype or shape.
    """
    _check_tensor("exclude", exclude, device)
    if exclude.ndim not in (1, 2) or len(exclude) != rows:
        raise ValueError(
            f"exclude on {exclude.device} must have shape ({rows},) or ({rows}, m), one row for each row of the draw, "
            f"got {tuple(exclude.shape)}"
        )
    return Unchecked(exclude.reshape(rows, -1 if exclude.numel() else 0).long(), tells)


def as_numbers(row_ids: Tensor, device: Any) -> Tensor:
    """Numbers of rows that lie on the device already, int64 (n,). Their values are not read.

    Raises
    ------
    TypeError, ValueError
        If the tensor lies elsewhere, or has another dtype or shape.
    """
    _check_tensor("row_ids", row_ids, device)
    if row_ids.ndim != 1:
        raise ValueError(f"row_ids must have one dimension, got shape {tuple(row_ids.shape)}")
    return row_ids.long()


def _check_tensor(what: str, tensor: Tensor, device: Any) -> None:
    import torch

    if tensor.device != device:
        raise ValueError(f"{what} must lie on {device}, where the ids are drawn, or on the CPU, got {tensor.device}")
    if tensor.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{what} on {device} must be int64 or int32, got {tensor.dtype}; write {what}.long()")


def padded(sets: IdSets, device: Any) -> Tensor:
    """Checked sets, int64 (n, m) on a device; rows of fewer ids end in -1."""
    import torch

    indptr, ids = sets._csr
    sizes = np.diff(indptr)
    table = np.full((len(sizes), int(sizes.max(initial=0))), -1, np.int64)
    table[np.arange(table.shape[1]) < sizes[:, None]] = ids
    return torch.from_numpy(table).to(device)
