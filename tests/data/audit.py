# SPDX-License-Identifier: MIT
"""A finished table against its target, in integers; and a finished table as the model of the stream reads it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import samplers
from benchmarks.workloads import flat, one_heavy, zeros, zipf

from . import stream_model as model

# Far apart: from 1 to 1e12, in no order; nearly all distinct.
COUNTS: dict[str, Callable[[int], np.ndarray]] = {
    "flat": flat,
    "zipf": zipf,
    "one heavy": one_heavy,
    "many zeros": zeros,
    "random floats": lambda n: 10 ** (12 * np.random.default_rng(n).random(n)),
}


class Rows:
    """(kept units, alias) of the slots of a finished table, unpacked one at a time."""

    def __init__(self, source, slot_bits: int) -> None:
        self.source, self.slot_bits = source, slot_bits

    def __getitem__(self, slot: int) -> tuple[int, int]:
        hot, cold, bits = int(self.source.hot[slot]), int(self.source.cold[slot]), self.source.bits
        below = self.slot_bits - 32 + bits
        return hot >> bits << below | cold >> 32 - below, hot & (1 << bits) - 1


class Classes:
    """(first, size) of the classes of a finished table."""

    def __init__(self, members) -> None:
        self.members = members

    def __getitem__(self, d: int) -> tuple[int, int]:
        return int(self.members[d]) & model.M32, int(self.members[d]) >> 32


def as_model(sampler) -> model.Table:
    """The model's cells over the sampler's own table: for a V where the model would take minutes to build one."""
    source = sampler._source
    if source.hot is None:
        return model.Uniform(0, 0, [])
    slot_bits = 32 if source.members is None else 62 - source.bits
    classes = None if source.members is None else Classes(source.members)
    return model.Table(source.bits, slot_bits, Rows(source, slot_bits), classes, source.order)


def table_units(source, slot_bits: int, n: int) -> np.ndarray:
    """Units of n things, added up from the arrays of a table; nothing here is the library's own sum."""
    below, hot, cold = slot_bits - 32 + source.bits, source.hot.astype(np.uint64), source.cold.astype(np.uint64)
    kept = hot >> np.uint64(source.bits) << np.uint64(below) | cold >> np.uint64(32 - below)
    alias = (hot & np.uint64((1 << source.bits) - 1)).astype(np.int64)
    assert alias.max() < n
    assert not kept[n:].any()
    units = np.zeros(n, dtype=np.uint64)
    units[: len(kept)] = kept[:n]
    np.add.at(units, alias, np.uint64(1 << slot_bits) - kept)
    return units


def check_units(weights: np.ndarray, sizes: np.ndarray, low: np.ndarray, high: np.ndarray, bits: int) -> None:
    """Units from low to high for each of sizes[d] ids of weight weights[d].

    Every id's share is off by less than one unit, and by no more than 2**-32 of the mean probability: of
    1 / V at the V of the positive ids alone, which is the stricter one. Above 20,000 distinct weights most are
    looked at in extended precision, and 20,000 in integers as well.
    """
    n_ids = int(sizes.sum())
    total = sum(int(w) * int(n) for w, n in zip(weights, sizes, strict=True)) if len(weights) < 20_001 else 0
    if not total:
        many = sizes.astype(np.uint64)
        high_half, low_half = weights >> np.uint64(32), weights & np.uint64(model.M32)
        total = (int((high_half * many).sum()) << 32) + int((low_half * many).sum())
        share = weights / np.longdouble(total) * np.longdouble(2) ** bits
        slack = share * 4 * np.finfo(np.longdouble).eps
        assert (np.maximum(share - low, high - share) - slack < 1).all()
    chosen = np.linspace(0, len(weights) - 1, min(len(weights), 20_000)).astype(np.int64)
    for w, least, most in zip(*(a[chosen].tolist() for a in (weights, low, high)), strict=True):
        error = max(abs(least * total - (w << bits)), abs(most * total - (w << bits)))
        assert error < total or least == most == 1
        assert error * n_ids << 32 <= total << bits


def drawn_as_modelled(sampler, cases) -> int:
    """Rows of the sampler against the model's, int64 and int32, epoch and rows as in cases; how many ids."""
    table, n = as_model(sampler), 0
    for rows, k, epoch in cases:
        wide = sampler.sample_rows(rows, k, epoch=epoch)
        narrow = np.empty(wide.shape, dtype=np.int32)
        sampler.sample_rows(rows, k, epoch=epoch, out=narrow)
        np.testing.assert_array_equal(wide, narrow)
        for ids, row in zip(wide.tolist(), rows, strict=True):
            expected, used_up = table.row(sampler.key, epoch, row, k, not sampler.replacement)
            assert not used_up
            assert ids == expected, (row, k, epoch)
            n += k
    return n


# Rows, columns and epochs of the comparison with the model: around 2**32 and up to the last.
CASES = [
    ([0, 1, 2, 3, 4], 1, 0),
    ([2**32 - 1, 2**32, 2**32 + 1], 4, 1),
    ([2**63 - 1, 2**62, 2**40 + 7, 5], 5, 2**32 - 1),
    ([9, 2**33 + 9], 7, 3),
    ([2**32 - 1], 64, 0),
    ([2**32], 70, 5),
]


def samplers_of(name: str, kind: str, n_ids: int, **options) -> samplers.Sampler:
    return samplers.create(name, samplers.NoiseDistribution(COUNTS[kind](n_ids)), rng=1, **options)
