# SPDX-License-Identifier: MIT
"""The integer tables of the stream ``philox4x32-10/v1``, which a CPU and a GPU read alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base import UnsuitableNoiseError
from ..kernels import sources as kernel
from ..laws.quantise import quantise_ids, quantise_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..info import Info
    from ..laws.classes import WeightClasses
    from ..laws.law import Law

    # Builds the two halves of the slots from units, bits and slot_bits, as `kernels.building.alias_table` does.
    MakesTable = Callable[[NDArray[np.uint64], int, int], tuple[NDArray[np.uint32], NDArray[np.uint32]]]

SLOT_BITS = 32  # of `alias`
TOTAL_BITS = 62  # of `spectrum`
# With fewer classes the tables are small at any V. With more, `spectrum` has no advantage if weights hardly repeat.
FEW_CLASSES = 2**14
IDS_PER_CLASS = 8  # the fewest, if there are more classes


def units_of_ids(classes: WeightClasses, n_ids: int, bits: int) -> NDArray[np.uint64]:
    """The units of each id in a table of `alias` with 2**bits slots, uint64 (n_ids,)."""
    units = quantise_weights(classes.weights, classes.sizes, bits + SLOT_BITS)
    of_ids = classes.spread(units.per_id, n_ids)
    of_ids[classes.ids(units.partial)[: units.extra]] += np.uint64(1)
    return of_ids


def alias_source(noise: Law, make: MakesTable) -> Any:
    """The table of `alias` as a `kernels.sources.Source`: 2**32 units for each slot."""
    bits = (len(noise) - 1).bit_length()
    weights = noise._ungrouped_weights()
    units = None if weights is None else quantise_ids(weights, bits + SLOT_BITS)
    if units is None:
        units = units_of_ids(noise.classes, len(noise), bits)
    return kernel.Source(*make(units, bits, SLOT_BITS), bits)


def alias_shares(source: Any, noise: Law) -> NDArray[np.float64]:
    """The probability of each id in a table of `alias`, float64 (V,)."""
    order = source.order  # the ids of the law, if the table is one of many laws; else None
    units = kernel.masses(source, len(noise) if order is None else len(order), SLOT_BITS)
    shares: NDArray[np.float64] = units / 2.0 ** (source.bits + SLOT_BITS)
    if order is None:
        return shares
    spread = np.zeros(len(noise))
    spread[order] = shares
    return spread


def hardly_repeat(info: Info, distinct: int, n_ids: int) -> str | None:
    """Why there are too many distinct weights for the number of ids; None if there are not."""
    if distinct <= max(FEW_CLASSES, n_ids // IDS_PER_CLASS):
        return None
    return (
        f"{info.name}: the weights hardly repeat ({distinct} distinct ones among {n_ids} ids), "
        f"so that it would be larger and slower than {info.instead!r}; use {info.instead!r}"
    )


def spectrum_source(noise: Law, make: MakesTable, info: Info) -> Any:
    """The table of `spectrum` as a `kernels.sources.Source`: 2**62 units for all classes together."""
    classes = noise.classes
    count = len(classes.weights)
    reason = hardly_repeat(info, count, len(noise))
    if reason is not None:
        raise UnsuitableNoiseError(reason)
    units = quantise_weights(classes.weights, classes.sizes, TOTAL_BITS, joined=True).per_id
    bits = (count - 1).bit_length()
    hot, cold = make(units, bits, TOTAL_BITS - bits)
    members = classes.first.astype(np.uint64) | classes.sizes.astype(np.uint64) << np.uint64(32)
    return kernel.Source(hot, cold, bits, members, classes.order)


def spectrum_shares(source: Any, noise: Law) -> NDArray[np.float64]:
    """The probability of each id in a table of `spectrum`, float64 (V,)."""
    classes = noise.classes
    masses = kernel.masses(source, len(classes.weights), TOTAL_BITS - source.bits)
    return classes.spread(masses / (classes.sizes * 2.0**TOTAL_BITS), len(noise))


def uniform_source(noise: Law) -> Any:
    """What `uniform` needs, as a `kernels.sources.UniformSource`: two integers."""
    return kernel.UniformSource(len(noise))


def uniform_shares(source: Any) -> NDArray[np.float64]:
    """The share of each id of the accepted words, float64 (V,)."""
    words = np.empty(source.n_ids, np.uint64)
    source.accepted(words)
    shares: NDArray[np.float64] = words / float(words.sum())
    return shares
