# SPDX-License-Identifier: MIT
"""Ids grouped by equal weight, against a dict."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samplers
from samplers.laws import classes as module

COUNTS = {
    "falling": [9, 9, 5, 5, 5, 1],
    "rising": [1, 5, 5, 5, 9, 9],
    "unsorted": [5, 9, 1, 5, 9, 5],
    "falling, zeros last": [9, 5, 5, 0, 0],
    "rising, zeros first": [0, 0, 5, 5, 9],
    "zeros first, falling": [0, 9, 5, 5],
    "zeros last, rising": [5, 5, 9, 0],
    "zeros between": [9, 0, 5, 0, 0, 5],
    "zeros at both ends": [0, 3, 3, 0],
    "one class": [4, 4, 4],
    "one id": [4],
    "one id among zeros": [0, 0, 4, 0],
    "floats": [0.1, 2.5, 0.1, 1e300, 0.0, 5e-324],
    "floats, falling": [1e300, 2.5, 2.5, 0.1],
    "beyond int64": [2**63, 2**64 - 1, 2**63, 1],
}
SORTED = ("falling", "rising", "falling, zeros last", "rising, zeros first", "one class", "one id")


def check(noise: samplers.NoiseDistribution) -> module.WeightClasses:
    """Everything that a WeightClasses promises."""
    found = noise.classes
    expected: dict[int, list[int]] = {}
    for i, weight in enumerate(noise.weights.tolist()):
        if weight:
            expected.setdefault(weight, []).append(i)
    assert {int(w): found.ids(d).tolist() for d, w in enumerate(found.weights)} == expected
    assert len(found.weights) == len(expected)
    assert found.sizes.tolist() == [len(expected[int(w)]) for w in found.weights]
    assert (found.first[1:] == found.first[:-1] + found.sizes[:-1]).all()
    assert (found.weights.dtype, found.first.dtype, found.sizes.dtype) == (np.uint64, np.int64, np.int64)
    assert found.order is None or found.order.dtype == np.int32
    np.testing.assert_array_equal(found.spread(found.weights, len(noise)), noise.weights)
    return found


@pytest.mark.parametrize("exponent", [0.75, 1.0, 0.0, -0.5, -1.0, 0.3])
@pytest.mark.parametrize("counts", COUNTS)
def test_ids_of_equal_weight_form_a_class(counts, exponent):
    check(samplers.NoiseDistribution(COUNTS[counts], exponent=exponent))


@pytest.mark.parametrize("counts", COUNTS)
def test_only_unsorted_counts_need_an_array_of_ids(counts):
    found = samplers.NoiseDistribution(COUNTS[counts]).classes
    is_sorted = sorted(COUNTS[counts]) in (COUNTS[counts], COUNTS[counts][::-1])
    assert (found.order is None) == is_sorted


def test_at_exponent_zero_there_is_one_class():
    found = samplers.NoiseDistribution([9, 5, 1, 0], exponent=0).classes
    assert (found.sizes.tolist(), found.first.tolist(), found.order) == ([3], [0], None)


def test_a_negative_exponent_turns_the_order_of_weights_round():
    found = check(samplers.NoiseDistribution([9, 5, 5, 1, 0], exponent=-1))
    assert (np.diff(found.weights.astype(object)) > 0).all()


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=40).filter(any),
    st.sampled_from([0.0, 0.5, 0.75, 1.0, -0.75]),
    st.sampled_from([None, False, True]),
)
def test_random_counts_are_grouped_as_in_a_dict(counts, exponent, falling):
    if falling is not None:
        counts = sorted(counts, reverse=falling)
    check(samplers.NoiseDistribution(counts, exponent=exponent))


@given(st.lists(st.floats(0, 1e308), min_size=1, max_size=30).filter(any), st.floats(-3, 3))
def test_random_floats_are_grouped_as_in_a_dict(counts, exponent):
    check(samplers.NoiseDistribution(counts + counts[:3], exponent=exponent))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
@pytest.mark.parametrize("counts", COUNTS)
def test_runs_are_found_across_the_borders_of_chunks(monkeypatch, counts, chunk):
    monkeypatch.setattr(module, "_CHUNK", chunk)
    check(samplers.NoiseDistribution(COUNTS[counts]))


@pytest.mark.parametrize("direction", [1, -1])
def test_counts_of_several_chunks_are_grouped(direction):
    counts = np.repeat(np.arange(1, 1301), 1000)[::direction]
    found = samplers.NoiseDistribution(counts).classes
    assert found.order is None
    assert (found.sizes == 1000).all()
    assert len(found.weights) == 1300


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30).filter(any), st.integers(0, 5))
def test_zero_counts_more_change_no_class(counts, zeros):
    """Appended zeros: the weights, sizes and ids stay, in whatever order."""
    plain = samplers.NoiseDistribution(counts).classes
    more = samplers.NoiseDistribution(counts + [0] * zeros).classes
    of_plain = {int(w): plain.ids(d).tolist() for d, w in enumerate(plain.weights)}
    assert {int(w): more.ids(d).tolist() for d, w in enumerate(more.weights)} == of_plain


@pytest.mark.parametrize(
    ("counts", "equal"),
    [([3, 1, 2], [1, 1, 1]), ([7, 0, 3, 5], [2, 0, 2, 2])],
)
@pytest.mark.parametrize("name", ["alias", "spectrum"])
def test_distributions_of_one_fingerprint_give_the_same_ids(name, counts, equal):
    """The stream is a function of the weights, which the fingerprint pins, and not of the counts behind them."""
    one, other = (samplers.NoiseDistribution(c, exponent=0) for c in (counts, equal))
    assert one.fingerprint == other.fingerprint
    ids = [samplers.create(name, noise, rng=1).sample(50, 3) for noise in (one, other)]
    np.testing.assert_array_equal(*ids)


@pytest.mark.parametrize("chunk", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize("counts", COUNTS)
def test_a_known_order_spares_the_sort_and_a_wrong_one_changes_nothing(monkeypatch, counts, chunk):
    monkeypatch.setattr(module, "_CHUNK", chunk)
    array = np.array(COUNTS[counts])
    noise = samplers.NoiseDistribution(array, exponent=1.0)
    expected = noise.classes
    right = np.argsort(array, kind="stable").astype(np.int32)
    wrong = [right[::-1], right[:-1], right * 0, right - 1, right + 1, np.roll(right, 1), right[:0]]
    spared = counts != "floats"  # two of them have one weight, so that the ids are sorted by their weights
    for order in [right, *(order for order in wrong if not np.array_equal(order, right))]:
        with monkeypatch.context() as sorting:
            if order is right and spared:
                sorting.setattr(module, "_sorted_runs", None)
            got = module.classes_of_counts(noise.counts, noise._weigh, order)
        for field in ("weights", "first", "sizes", "order"):
            np.testing.assert_array_equal(getattr(got, field), getattr(expected, field))
        assert (got.order is order) == (order is right and spared and expected.order is not None)


@pytest.mark.parametrize("part", [1, 2, 3, 100])
@pytest.mark.parametrize("counts", SORTED)
def test_the_weights_of_sorted_ids_in_parts(counts, part):
    noise = samplers.NoiseDistribution(COUNTS[counts])
    values, n_ids = noise.classes.weights, len(noise)
    parts = [noise.classes._spread_part(values, i, min(i + part, n_ids)) for i in range(0, n_ids, part)]
    np.testing.assert_array_equal(np.concatenate(parts), noise.classes.spread(values, n_ids))
