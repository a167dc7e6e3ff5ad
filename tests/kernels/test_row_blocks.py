# SPDX-License-Identifier: MIT
"""Rows in the lanes of vectors, attempts looked up together, and a heavy id: the ids of plain C and of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from samplers.kernels import building, rows
from tests.data import stream_model as model

from .test_rows import EPOCH, KEY, draw, source_of


def in_plain_c(form: str, call: Callable[[], tuple[Any, int]]) -> tuple[Any, int]:
    """The result of a call under the scalar kernels."""
    rows.force("scalar")
    try:
        return call()
    finally:
        rows.force(form)


def a_source(rng: np.random.Generator) -> rows.Source:
    """A random alias table, a table of classes, or a uniform law, of which some refuse a third of the words."""
    kind = rng.integers(4)
    if kind == 0:
        return rows.UniformSource(int(rng.integers(1, 2**31)) if rng.integers(2) else 2**32 // 3 + 1)
    bits = int(rng.integers(0, 12))
    hot, cold = rng.integers(2**32, size=(2, 2**bits), dtype=np.uint32)
    if kind == 1:
        members = np.arange(2**bits, dtype=np.uint64) | rng.integers(1, 2**31, 2**bits).astype(np.uint64) << np.uint64(
            32
        )
        members = members & ~np.uint64(2**32 - 1)
        return rows.Source(hot, cold, bits, members)
    return rows.Source(hot, cold, bits)


@pytest.mark.parametrize("seed", range(60))
def test_random_grids_are_those_of_plain_c(form, seed):
    rng = np.random.default_rng(seed)
    source = a_source(rng)
    k = int(rng.integers(1, 70)) if seed % 3 else (1, 5, 4, 8)[seed // 3 % 4]
    n = int(rng.integers(1, 1 + 4000 // k))
    first = int(rng.integers(2**63)) if seed % 2 else 2**32 - n // 2
    numbers = rng.integers(2**64, size=n, dtype=np.uint64).tolist() if seed % 5 == 0 else None
    for dtype in (np.int64, np.int32):
        got, _ = draw(source, n, k, first=first, row_ids=numbers, dtype=dtype)
        expected, _ = in_plain_c(form, lambda: draw(source, n, k, first=first, row_ids=numbers))
        np.testing.assert_array_equal(got, expected)


def heavy_weights(n_ids: int, heavy: int, times: int) -> list[int]:
    """One id has so many times the weight of all others together."""
    weights = [1 + i % 3 for i in range(n_ids)]
    weights[heavy] = times * sum(weights)
    return weights


@pytest.mark.parametrize("times", [1, 3, 30, 1000])
@pytest.mark.parametrize(("n_ids", "heavy"), [(2, 0), (7, 3), (8, 0), (40, 39), (300, 17)])
def test_distinct_rows_beside_a_heavy_id_are_those_of_the_model(form, n_ids, heavy, times):
    weights = heavy_weights(n_ids, heavy, times)
    table, source, k = model.alias_table(weights), source_of(model.alias_table(weights)), min(n_ids, 6)
    source.attach(rows.Exact(np.array(weights, np.uint64)))
    got, stopped = draw(source, 12, k, first=2**32 - 5, distinct=True)
    assert stopped == 12
    assert got.tolist() == [table.row(KEY, EPOCH, 2**32 - 5 + i, k, True)[0] for i in range(12)]
    got, stopped = draw(source, 12, 3, sets=[[heavy]] * 12)
    assert stopped == 12
    assert got.tolist() == [table.row(KEY, EPOCH, i, 3, False, [heavy])[0] for i in range(12)]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_noted_of_a_heavy_id_changes_no_row(form, seed):
    """A source without an `Exact` notes no heavy id, and stops at the first row that needs weights."""
    rng = np.random.default_rng(seed)
    n_ids, heavy = int(rng.integers(2, 5000)), int(rng.integers(2))
    weights = np.array(heavy_weights(n_ids, heavy, int(rng.integers(1, 40))), np.uint64)
    bits = (n_ids - 1).bit_length()
    units = weights * np.uint64((1 << bits + 32) // int(weights.sum()))
    units[heavy] += np.uint64((1 << bits + 32) - int(units.sum()))
    tables = building.alias_table(units, bits, 32)
    plain, noted = rows.Source(*tables, bits), rows.Source(*tables, bits)
    noted.attach(rows.Exact(weights))
    k = min(n_ids, 1 + int(rng.integers(1, 9)))
    got, _ = draw(noted, 300, k, distinct=True)
    expected, stopped = draw(plain, 300, k, distinct=True)
    np.testing.assert_array_equal(got[:stopped], expected[:stopped])
    everywhere, _ = in_plain_c(form, lambda: draw(noted, 300, k, distinct=True))
    np.testing.assert_array_equal(got, everywhere)


@pytest.mark.parametrize("k", [3, 5, 16, 33, 64])
@pytest.mark.parametrize("share", [1, 3, 9])
def test_columns_that_try_again_together_are_those_of_the_model(form, k, share):
    """A heavy id of half, 3/4 or 9/10 of the mass: repeats and excluded ids take many, few and no rounds together."""
    weights = heavy_weights(300, 17, share)
    table, source, first = model.alias_table(weights), source_of(model.alias_table(weights)), 2**32 - 7
    source.attach(rows.Exact(np.array(weights, np.uint64)))
    n = 260 // k  # more columns than a list has
    got, stopped = draw(source, n, k, first=first, distinct=True)
    assert stopped == n
    assert got.tolist() == [table.row(KEY, EPOCH, first + i, k, True)[0] for i in range(n)]
    sets = [[17], [], [2, 17, 40], [17, 299]] * n
    got, stopped = draw(source, n, k, sets=sets[:n], csr=True)
    assert stopped == n
    assert got.tolist() == [table.row(KEY, EPOCH, i, k, False, sets[i])[0] for i in range(n)]


def test_refused_words_and_excluded_ids_that_try_again_together_are_those_of_the_model(form):
    """A uniform law that refuses a third of the words. Each row excludes two ids that it would have got."""
    n_ids, n, k = 2**32 // 3 + 1, 100, 5
    source, table = rows.UniformSource(n_ids), model.Uniform(0, 0, [], masses=range(n_ids))
    plain, _ = draw(source, n, k)
    sets = [sorted({int(row[i % k]), int(row[-1])}) for i, row in enumerate(plain)]
    got, stopped = draw(source, n, k, sets=sets, csr=True)
    assert stopped == n
    assert got.tolist() == [table.row(KEY, EPOCH, i, k, False, sets[i])[0] for i in range(n)]
