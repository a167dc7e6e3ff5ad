# SPDX-License-Identifier: MIT
"""Expected counts of ids in a row of a sampler, with or without excluded ids. Sampled softmax needs their logs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..laws.inclusion import InclusionByWeight, inclusion_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law
    from .id_sets import IdSets

    Floats = NDArray[np.float64]


def expected_counts(noise: Law, k: int, replacement: bool, sets: IdSets | None, time_limit: float | None) -> Floats:
    """The result of `Sampler.expected_counts`: float64 (V,), or (rows, V) with excluded sets."""
    if sets is None:
        if replacement:
            return k * noise.probabilities
        return inclusion_probabilities(noise, k, time_limit=time_limit).copy()
    sets._check_feasible(noise, 1 if replacement else k)
    try:
        expected = np.empty((len(sets), len(noise)))
    except (MemoryError, ValueError) as error:
        size = f"{len(sets) * len(noise) * 8:,} bytes"
        raise ValueError(
            f"exclude: the expected counts of {len(sets)} rows and V={len(noise)} take {size}, which do not fit into "
            "memory; ask for fewer rows, or for the ids that you need, with log_expected_count"
        ) from error
    if replacement:
        np.multiply.outer(k / remaining_mass(noise, sets), noise.probabilities, out=expected)
    else:
        by_weight = InclusionByWeight(noise, k)
        for rows, values in _of_equal_rows(by_weight, sets, time_limit):
            expected[rows] = by_weight.spread(values)
    for row in range(len(sets)):
        expected[row, sets.of_row(row)] = 0.0
    return expected


def log_expected_count(
    noise: Law,
    ids: Any,
    k: int,
    replacement: bool,
    sets: IdSets | None,
    time_limit: float | None,
) -> Floats:
    """The result of `Sampler.log_expected_count`: float64, same shape as ids."""
    ids = noise._as_ids(ids)
    if sets is not None:
        if ids.ndim == 0 or len(ids) != len(sets):
            raise ValueError(
                f"ids must have shape ({len(sets)}, ...), because exclude has {len(sets)} rows, got shape {ids.shape}"
            )
        sets._check_feasible(noise, 1 if replacement else k)
    if ids.size == 0:
        return np.zeros(ids.shape)
    if sets is None and len(noise.classes) == 1 and noise.nonzero == len(noise) >= k:
        return np.full(ids.shape, math.log(k / len(noise)))  # without an array of size V
    if sets is None:
        if replacement:
            return _log(k * noise.probabilities[ids])
        return _log(inclusion_probabilities(noise, k, time_limit=time_limit)[ids])
    by_row = ids.reshape(len(ids), -1)
    if replacement:
        expected = noise.probabilities[by_row] * (k / remaining_mass(noise, sets))[:, None]
    else:
        by_weight, weights = InclusionByWeight(noise, k), noise.weights[by_row]
        positive = weights > 0
        index = by_weight.index_of(np.where(positive, weights, noise.weights.max()))
        expected = _of_single_ids(noise, by_weight, index, sets, time_limit)
        if expected is None:
            free = positive & ~sets.contains(np.arange(len(ids)), by_row)
            expected, others = _of_some_ids(by_weight, index, free, sets, time_limit)
            for rows, values in _of_equal_rows(by_weight, sets[others], time_limit):
                expected[others[rows]] = values[index[others[rows]]]
        expected[~positive] = 0.0
    expected[sets.contains(np.arange(len(ids)), by_row)] = 0.0
    return _log(expected).reshape(ids.shape)


def remaining_mass(noise: Law, sets: IdSets) -> Floats:
    """The total probability of the ids outside the set of each row, exact but for one rounding, float64 (rows,)."""
    weights = noise.weights[sets._csr[1]]  # of these ids alone, because a batch excludes few of many ids
    high, low = sets._sums(weights >> np.uint64(32)), sets._sums(weights & np.uint64(0xFFFFFFFF))
    total = noise.total_weight
    return np.array([(total - (h << 32) - part) / total for h, part in zip(high.tolist(), low.tolist(), strict=True)])


def _of_single_ids(
    noise: Law, by_weight: InclusionByWeight, index: NDArray[np.int64], sets: IdSets, time_limit: float | None
) -> Floats | None:
    """The inclusion probabilities if each row excludes one id of positive weight, such as its positive; else None."""
    indptr, ids = sets._csr
    if len(ids) != len(sets) or (np.diff(indptr) != 1).any() or not noise.support[ids].all():
        return None
    excluded = np.broadcast_to(by_weight.index_of_ids(ids)[:, None], index.shape)
    return by_weight.with_one_excluded(index, excluded, time_limit)


def _of_some_ids(
    by_weight: InclusionByWeight,
    index: NDArray[np.int64],
    free: NDArray[np.bool_],
    sets: IdSets,
    time_limit: float | None,
) -> tuple[Floats, NDArray[np.int64]]:
    """The inclusion probabilities of the cells that are free, (rows, cells), and the rows that need another method."""
    excluded = [by_weight.index_of_ids(sets.of_row(row)) for row in range(len(sets))]
    found = by_weight.with_some_excluded(index, excluded, time_limit)
    if found is None:
        return np.empty(index.shape), np.arange(len(sets))
    values, fine = found
    return values, np.flatnonzero((free & ~fine).any(axis=1))


def _of_equal_rows(
    by_weight: InclusionByWeight, sets: IdSets, time_limit: float | None
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Yield groups of rows with equal inclusion probabilities by weight, and these probabilities.

    Rows are in the same group if they exclude the same number of ids of each weight.
    """
    alike: dict[bytes, list[int]] = {}
    for row in range(len(sets)):
        alike.setdefault(np.sort(by_weight.index_of_ids(sets.of_row(row))).tobytes(), []).append(row)
    groups = list(alike.values())
    excluded = [np.frombuffer(members, dtype=np.int64) for members in alike]
    for numbers, values in by_weight.of_sets(excluded, time_limit):
        for number, of_group in zip(numbers, values, strict=True):
            yield np.array(groups[number]), of_group


def _log(expected: Any) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(expected))
