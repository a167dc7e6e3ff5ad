# SPDX-License-Identifier: MIT
"""The table of a sampler as tensors on a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

Kind = Literal["alias", "spectrum", "uniform"]


@dataclass(frozen=True)
class Table:
    """A `kernels.sources.Source` on a device. Words of 32 bits lie in int32 tensors, which torch can read everywhere.

    Attributes
    ----------
    kind : {"alias", "spectrum", "uniform"}
        How a cell gets its id.
    device : torch.device
        Where the tensors lie.
    n_ids : int
        The number of ids.
    refusal : int
        Of 2**32 words for a member of a class, or for an id of a uniform law, so many are refused at most.
    bits : int
        The table has 2**bits slots.
    hot, cold : Tensor of int32, shape (2**bits,), or None
        The halves of the slots, see ``kernels/slot.h``.
    first, sizes : Tensor of int32, shape (classes,), or None
        The first id of each class and its number of ids.
    order : Tensor of int32, shape (ids,), or None
        Ids in the order of their classes; None if these are the ids themselves.
    """

    kind: Kind
    device: Any
    n_ids: int
    refusal: int
    bits: int = 0
    hot: Any = None
    cold: Any = None
    first: Any = None
    sizes: Any = None
    order: Any = None

    @property
    def words(self) -> int:
        """Words of a cell in each attempt."""
        return 2 if self.kind == "spectrum" else 1

    @property
    def nbytes(self) -> int:
        """Bytes of the tensors."""
        tensors = (self.hot, self.cold, self.first, self.sizes, self.order)
        return sum(tensor.nbytes for tensor in tensors if tensor is not None)


def table_of(source: Any, n_ids: int, device: Any) -> Table:
    """Copy a table to a device.

    Parameters
    ----------
    source : kernels.sources.Source
        The finished table of one law.
    n_ids : int
        The number of ids of the law.
    device : torch.device
        Where to.

    Returns
    -------
    Table
        With the same values.
    """
    if hasattr(source, "n_ids"):
        return Table("uniform", device, n_ids, 2**32 % n_ids)
    hot, cold = _moved(source.hot.view(np.int32), device), _moved(source.cold.view(np.int32), device)
    if source.members is None:
        return Table("alias", device, n_ids, 0, source.bits, hot, cold)
    first, sizes = source.members.astype(np.uint32), (source.members >> np.uint64(32)).astype(np.int64)
    refusal = int((2**32 % sizes).max())
    order = None if source.order is None else _moved(source.order, device)
    parts = _moved(first.view(np.int32), device), _moved(sizes.astype(np.int32), device)
    return Table("spectrum", device, n_ids, refusal, source.bits, hot, cold, *parts, order)


def _moved(array: NDArray[Any], device: Any) -> Tensor:
    import torch

    # A copy: torch warns of memory that it must not write into, and on a CPU would keep it.
    return torch.from_numpy(np.array(array)).to(device)
