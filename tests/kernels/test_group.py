# SPDX-License-Identifier: MIT
"""Ids sorted by keys, and values spread to ids, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samplers.kernels import building


def check(values: np.ndarray) -> None:
    """The order is that of a stable sort, and runs are those of `numpy.unique`."""
    order, starts, keys = building.sorted_runs(values.view(np.uint64), int(values.dtype.kind == "f"))
    expected = np.argsort(values, kind="stable")
    assert (order.dtype, starts.dtype, keys.dtype) == (np.int32, np.int64, np.uint64)
    np.testing.assert_array_equal(order, expected)
    distinct, first = np.unique(values[expected], return_index=True)
    np.testing.assert_array_equal(starts, first)
    np.testing.assert_array_equal(keys.view(values.dtype), distinct)


KEYS = {
    "few": lambda rng, n: rng.integers(0, 9, n, dtype=np.uint64),
    "small and large": lambda rng, n: (2.0 ** rng.uniform(0, 63.9, n)).astype(np.uint64),
    "all of 64 bits": lambda rng, n: rng.integers(0, 2**64 - 1, n, dtype=np.uint64, endpoint=True),
    "limits": lambda rng, n: rng.choice(np.array([0, 1, 2**63 - 1, 2**63, 2**64 - 1], np.uint64), n),
    "close and large": lambda rng, n: np.uint64(2**63) + rng.integers(0, n, n, dtype=np.uint64),
    "a bucket of many keys": lambda rng, n: np.append(rng.integers(2**61, 2**61 + 2**20, n - 1, dtype=np.uint64), 1),
    "powers of two": lambda rng, n: np.uint64(2) ** rng.integers(0, 64, n, dtype=np.uint64) - np.uint64(1),
    "permutation": lambda rng, n: rng.permutation(np.arange(n, dtype=np.uint64)),
    "fractions": lambda rng, n: rng.random(n),
    "fractions that repeat": lambda rng, n: rng.choice(rng.random(n // 4 + 1), n),
    "all floats": lambda rng, n: np.ldexp(rng.random(n), rng.integers(-1080, 1024, n)),
    "floats and zeros": lambda rng, n: rng.random(n) * rng.integers(-1, 2, n) ** 2,
    "signed zeros": lambda rng, n: rng.choice(np.array([0.0, -0.0, 5e-324, 1.0, 1.7e308]), n),
}


@pytest.mark.parametrize("n", [1, 2, 3, 24, 25, 26, 255, 1000, 70_001])
@pytest.mark.parametrize("kind", KEYS)
def test_the_order_is_that_of_a_stable_sort(kind, n):
    check(KEYS[kind](np.random.default_rng([n, len(kind)]), n))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=60))
def test_any_integers(keys):
    check(np.array(keys, np.uint64))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(0, 63))
def test_keys_at_the_borders_of_buckets(keys, shift):
    check(np.array([(2**shift + key) % 2**64 for key in keys], np.uint64))


@given(st.lists(st.floats(0, allow_infinity=False), min_size=1, max_size=60))
def test_any_floats_that_are_not_negative(keys):
    check(np.array(keys))


def test_no_keys_and_other_shifts_are_refused():
    with pytest.raises(ValueError, match="0 keys and left=0 do not fit"):
        building.sorted_runs(np.empty(0, np.uint64), 0)
    for left in (-1, 2, 64):
        with pytest.raises(ValueError, match=f"3 keys and left={left} do not fit"):
            building.sorted_runs(np.ones(3, np.uint64), left)


def spread(values, first, sizes, order, n_ids) -> list[int]:
    out = np.full(n_ids, 9, np.uint64)
    arrays = (np.array(values, np.uint64), np.array(first, np.int64), np.array(sizes, np.int64))
    building.spread(*arrays, np.array(order, np.int32), out)
    return out.tolist()


def test_values_are_spread_and_other_ids_keep_theirs():
    assert spread([7, 8], [1, 3], [2, 1], [4, 0, 2, 1, 3], 5) == [7, 8, 7, 9, 9]
    assert spread([], [], [], [0], 2) == [9, 9]


@pytest.mark.parametrize(
    ("first", "sizes", "order"),
    [
        ([0], [4], [0, 1, 2]),
        ([3], [1], [0, 1, 2]),
        ([-1], [1], [0, 1, 2]),
        ([0], [-1], [0, 1, 2]),
        ([1], [2**63 - 1], [0, 1, 2]),
        ([0], [3], [0, 1, 3]),
        ([0], [3], [0, -1, 2]),
    ],
)
def test_classes_that_do_not_fit_are_refused(first, sizes, order):
    with pytest.raises(ValueError, match="the classes do not fit 3 ids in order, of 3 ids"):
        spread([5], first, sizes, order, 3)


def test_values_and_classes_must_be_as_many():
    with pytest.raises(ValueError, match="2 values, 1 starts and 2 sizes do not fit"):
        spread([5, 6], [0], [1, 1], [0, 1], 2)
