# SPDX-License-Identifier: MIT
"""The filter of prepared sets: no id of a set is missed, few others pass, and draws are those without a filter."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import samplers
from samplers import IdSets
from samplers.kernels import rows
from tests.counter_based.streams import make, modes

# Around the sizes at which a set is compared in another way: vectors of 4 and 8 ids, 48 together, 96 one by one.
SIZES = [0, 1, 3, 4, 5, 7, 8, 9, 47, 48, 49, 55, 56, 57, 95, 96, 97, 300, 1000]
LAWS = {
    "alias": (1e6 / np.arange(1, 100_001)).astype(np.int64) + 1,  # ids of more than 16 bits
    "spectrum": np.random.default_rng(2).integers(0, 30, 3000),
    "uniform": np.ones(2_001, np.int64),
}


def sets_of(rng, n_ids, copies):
    """A CSR pair: sets of all sizes, the ids that are drawn most often among them."""
    sizes = rng.permutation(np.repeat(SIZES, copies))
    ids = rng.integers(0, rng.choice([n_ids, n_ids // 20], sizes.sum()))
    return np.concatenate([[0], np.cumsum(sizes)]), ids


def passes(words, ids, first, count):
    """Whether ids pass the filter of a set, as `filter.h` defines it."""
    hashes = np.asarray(ids).astype(np.uint64) * np.uint64(0x9E3779B1) & np.uint64(2**32 - 1)
    bits = np.zeros(len(hashes), np.uint64)
    for shift in (7, 12, 17):
        bits |= np.uint64(1) << (hashes >> np.uint64(shift) & np.uint64(31))
    places = first + (hashes * np.uint64(count) >> np.uint64(32)).astype(np.int64)
    return (words[places] & bits) == bits


@pytest.mark.parametrize("step", [1, 2, 64, 1000])
def test_a_filter_passes_all_ids_of_a_set_and_few_others(step):
    """Random ids, multiples of a power of two, and others that a poor hash would put into few words."""
    rng, sizes = np.random.default_rng(step), np.repeat([1, 2, 5, 20, 50, 300, 5000], 40)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    ids = rng.integers(0, (2**31 - 1) // step, starts[-1]) * step
    words = rows.set_filter(ids, starts[:-1], starts[1:])
    assert words.shape == (len(ids) + 1,)
    others = rng.integers(0, (2**31 - 1) // step, 3000) * step
    passed = []
    for start, stop in itertools.pairwise(starts):
        assert passes(words, ids[start:stop], start, stop - start).all()
        passed.append(passes(words, others, start, stop - start).mean())
    assert 0.001 < np.mean(passed) < 0.006
    # A filter that passes everything would be seen: draws would be right, and slow.
    assert passes(np.full_like(words, 2**32 - 1), others, 0, 50).all()


def test_the_filter_of_no_set_and_of_empty_sets_has_a_word():
    nothing, places = np.zeros(0, np.int64), np.zeros(3, np.int64)
    assert rows.set_filter(nothing, nothing, nothing).tolist() == [0]
    assert rows.set_filter(nothing, places, places).tolist() == [0]


@pytest.mark.parametrize("name", LAWS)
@modes
@pytest.mark.parametrize("k", [1, 2, 5, 6, 16, 17, 31, 64])
def test_draws_with_a_filter_are_those_without_in_every_form(form, name, replacement, k):
    """An int of NumPy for k takes the long way, which has no filter; both ways are compared with the sets besides."""
    rng, counts = np.random.default_rng(k), LAWS[name]
    pair = sets_of(rng, len(counts), 6)
    sets = IdSets.from_csr(*pair, len(counts))
    users = rng.permutation(len(sets))[: 4000 // k]
    short, long = (make(name, counts, 4, replacement=replacement) for _ in range(2))
    exclude = sets[users]
    for on_collision in ("redraw", "mark"):
        ids = short.sample(len(users), k, exclude=exclude, on_collision=on_collision)
        np.testing.assert_array_equal(
            ids, long.sample(len(users), np.int64(k), exclude=exclude, on_collision=on_collision)
        )
        assert not exclude.contains(np.arange(len(users)), ids).any()
        assert (ids < 0).any() == (on_collision == "mark")
    out = np.empty((len(users), k), np.int32)
    assert short._stream.next_rows(len(users), k, exclude, "redraw", "raise", out) is not None, "the call was not short"


def test_sets_that_leave_few_ids_are_found_again_by_short_calls():
    """What is left beside a large set is noted by the first row, and later rows are drawn in a short call."""
    counts = np.arange(1, 40_001)
    sets = IdSets.from_lists([range(3, 40_000), [1], range(39_990)], V=len(counts))
    short, long = (samplers.create("alias", counts, rng=3, exponent=1.0) for _ in range(2))
    arguments = (4, 3, sets[[0, 1, 2, 0]], "redraw", "raise", None)
    assert isinstance(short._stream.next_rows(*arguments), tuple)
    short.position = 0
    drawn = [short.sample(4, 3, exclude=sets[[0, 1, 2, 0]]) for _ in range(3)]
    again = short._stream.next_rows(*arguments)
    assert isinstance(again, np.ndarray)
    for ids in (*drawn, again):
        np.testing.assert_array_equal(ids, long.sample(4, np.int64(3), exclude=sets[[0, 1, 2, 0]]))
