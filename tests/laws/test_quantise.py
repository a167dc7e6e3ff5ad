# SPDX-License-Identifier: MIT
"""The largest-remainder rule, against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samplers.kernels import building
from samplers.laws.classes import classes_of_weights
from samplers.laws.quantise import quantise, quantise_ids, quantise_weights

CLASSES = st.lists(st.tuples(st.integers(1, 2**62), st.integers(1, 50)), min_size=1, max_size=20)
NEAR = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 6)), min_size=1, max_size=12)


def each_id(units, sizes) -> list[list[int]]:
    """Units of every id, class by class."""
    ids = [[int(unit)] * size for unit, size in zip(units.per_id, sizes, strict=True)]
    for i in range(units.extra):
        ids[units.partial][i] += 1
    return ids


def shares(masses, sizes, bits) -> list[Fraction]:
    """Of one id of each class."""
    total = sum(mass * size for mass, size in zip(masses, sizes, strict=True))
    return [Fraction(mass << bits, total) for mass in masses]


def by_remainders(masses, sizes, bits) -> list[list[int]]:
    """The rule, id by id, for shares of at least one unit: whole units, then one more by remainder."""
    share = shares(masses, sizes, bits)
    ids = [(d, i) for d, size in enumerate(sizes) for i in range(size)]
    units = {(d, i): int(share[d]) for d, i in ids}
    left = (1 << bits) - sum(units.values())
    for d, i in sorted(ids, key=lambda at: (int(share[at[0]]) - share[at[0]], at))[:left]:
        units[d, i] += 1
    return [[units[d, i] for i in range(size)] for d, size in enumerate(sizes)]


@given(CLASSES)
def test_shares_of_a_unit_and_more_follow_the_largest_remainder_rule(classes):
    masses, sizes = [m for m, _ in classes], [n for _, n in classes]
    bits = 63
    if min(shares(masses, sizes, bits)) < 1:
        masses = [m + 2**50 for m in masses]
    assert each_id(quantise(masses, sizes, bits), sizes) == by_remainders(masses, sizes, bits)


@given(NEAR, st.integers(0, 3))
def test_small_totals_follow_the_largest_remainder_rule_with_ties_by_order(classes, more):
    masses, sizes = [m for m, _ in classes], [n for _, n in classes]
    bits = more
    while min(shares(masses, sizes, bits)) < 1:
        bits += 1
    assert each_id(quantise(masses, sizes, bits), sizes) == by_remainders(masses, sizes, bits)


@given(NEAR, st.integers(0, 10))
def test_units_sum_exactly_and_every_id_has_one(classes, bits):
    masses, sizes = [m for m, _ in classes], [n for _, n in classes]
    if sum(sizes) > 1 << bits:
        with pytest.raises(ValueError, match=f"{sum(sizes)} ids of positive weight do not fit into 2\\*\\*{bits}"):
            quantise(masses, sizes, bits)
        return
    units = quantise(masses, sizes, bits)
    ids = each_id(units, sizes)
    assert sum(map(sum, ids)) == 1 << bits
    assert min(map(min, ids)) >= 1
    assert 0 <= units.extra < sizes[units.partial]
    assert units.per_id.dtype == np.uint64


@given(NEAR, st.integers(0, 10))
def test_an_id_whose_share_is_below_one_unit_gets_exactly_one(classes, bits):
    masses, sizes = [m for m, _ in classes], [n for _, n in classes]
    if sum(sizes) > 1 << bits:
        return
    ids = each_id(quantise(masses, sizes, bits), sizes)
    for got, share in zip(ids, shares(masses, sizes, bits), strict=True):
        if share < 1:
            assert set(got) == {1}, (masses, sizes, bits)


@given(NEAR, st.integers(0, 10))
def test_only_ids_that_pay_for_lifted_ones_are_off_by_a_unit_and_more(classes, bits):
    """And they are the heaviest: nobody keeps more units than they do, but for one."""
    masses, sizes = [m for m, _ in classes], [n for _, n in classes]
    if sum(sizes) > 1 << bits:
        return
    share = shares(masses, sizes, bits)
    ids = each_id(quantise(masses, sizes, bits), sizes)
    lifted = any(s < 1 for s in share)
    for d, got in enumerate(ids):
        for unit in got:
            assert unit - share[d] < 1
            assert share[d] - unit < 1 or lifted


def test_equal_remainders_go_to_the_earlier_class_and_inside_it_to_the_first_ids():
    units = quantise([1, 1], [2, 3], 3)
    assert (units.per_id.tolist(), units.partial, units.extra) == ([2, 1], 1, 1)
    assert each_id(units, [2, 3]) == [[2, 2], [2, 1, 1]]
    assert each_id(quantise([5], [3], 2), [3]) == [[2, 1, 1]]


def test_light_ids_are_lifted_to_one_unit_and_the_heaviest_pays():
    assert each_id(quantise([10**9, 1, 10**8], [1, 5, 1], 8), [1, 5, 1]) == [[228], [1] * 5, [23]]
    assert each_id(quantise([1, 10**9], [7, 1], 3), [7, 1]) == [[1] * 7, [1]]


def test_as_many_ids_as_units_get_one_each():
    assert each_id(quantise([9, 1, 4], [2, 5, 1], 3), [2, 5, 1]) == [[1, 1], [1] * 5, [1]]


def test_one_id_gets_everything():
    assert quantise([7], [1], 63).per_id.tolist() == [2**63]


@pytest.mark.parametrize(("ids", "bits"), [(3, 1), (2, 0), (1025, 10)])
def test_more_ids_than_units_are_refused(ids, bits):
    with pytest.raises(ValueError, match=f"{ids} ids of positive weight do not fit into 2\\*\\*{bits} units"):
        quantise([1], [ids], bits)


def test_masses_and_sizes_must_be_as_many():
    with pytest.raises(ValueError, match="shorter"):
        quantise([1, 2], [1], 5)


@given(st.one_of(CLASSES, NEAR), st.integers(0, 63))
def test_the_compiled_rule_gives_the_units_of_the_rule_in_python(classes, bits):
    masses, sizes = (list(column) for column in zip(*classes, strict=True))
    arrays = np.array(masses, np.uint64), np.array(sizes, np.int64)
    try:
        expected = quantise(masses, sizes, bits)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error).split("*")[0]):
            quantise_weights(*arrays, bits)
        return
    assert each_id(quantise_weights(*arrays, bits), sizes) == each_id(expected, sizes)


MANY = {
    "random": lambda rng, n: rng.integers(2**61, 2**62, n),
    "from 1 to 2**62": lambda rng, n: (2.0 ** rng.uniform(0, 61.9, n)).astype(np.int64) + 1,
    "few": lambda rng, n: rng.integers(1, 9, n),
    "equal": lambda rng, n: np.full(n, 5),
    "falling": lambda rng, n: np.sort(rng.integers(2**40, 2**41, n))[::-1],
}


@pytest.mark.parametrize("kind", MANY)
@pytest.mark.parametrize("n", [63, 64, 65, 200, 4097])
@pytest.mark.parametrize("joined", [False, True])
def test_the_compiled_rule_of_many_classes(kind, n, joined):
    """Remainders of several levels, of which those of one level are sorted."""
    rng = np.random.default_rng([n, len(kind)])
    weights = MANY[kind](rng, n).astype(np.uint64)
    for sizes in (np.ones(n, np.int64), rng.integers(1, 2**18, n), rng.integers(1, 3, n)):
        masses, ids = weights.tolist(), sizes.tolist()
        if joined:
            masses, ids = [m * i for m, i in zip(masses, ids, strict=True)], [1] * n
        for bits in (32, 47, 62, 63):
            got = quantise_weights(weights, sizes, bits, joined=joined)
            expected = quantise(masses, ids, bits)
            assert got.per_id.tolist() == expected.per_id.tolist()
            assert got.extra == expected.extra
            assert not got.extra or got.partial == expected.partial


def by_classes(weights, bits):
    """The units of each id of `quantise` over the classes of the weights."""
    classes = classes_of_weights(weights)
    units = quantise(classes.weights.tolist(), classes.sizes.tolist(), bits)
    of_ids = classes.spread(units.per_id, len(weights))
    of_ids[classes.ids(units.partial)[: units.extra]] += np.uint64(1)
    return of_ids


TIES = {  # equal remainders of different weights, so that the order of the classes decides which id gets a unit
    "falling": [4, 1, 1, 0],
    "a zero before falling ones": [0, 4, 1, 1],
    "rising": [1, 1, 4],
    "no order": [1, 7, 4, 1, 4, 10, 0],
    "no order, falling but for the last": [10, 7, 4, 1, 1, 4],
    "one positive": [0, 5, 0],
    "equal": [3, 3, 3],
}


@pytest.mark.parametrize("bits", [33, 34, 52, 61, 63])
@pytest.mark.parametrize("kind", TIES)
def test_units_of_ids_without_classes_are_those_of_their_classes_at_ties(kind, bits):
    for up in (1, 2**30, 2**58):
        weights = np.array(TIES[kind], np.uint64) * np.uint64(up)
        assert quantise_ids(weights, bits).tolist() == by_classes(weights, bits).tolist()


@pytest.mark.parametrize("kind", MANY)
@pytest.mark.parametrize("zeros", [0.0, 0.3])
def test_units_of_ids_without_classes_are_those_of_their_classes(kind, zeros):
    rng = np.random.default_rng(len(kind))
    for n in (2, 65, 4097):
        weights = MANY[kind](rng, n).astype(np.uint64) * (rng.random(n) >= zeros)
        weights[n // 2] = weights[n // 2] or np.uint64(9)
        got = quantise_ids(weights, 62)
        if got is None:  # a share below one unit
            assert weights[weights > 0].min() * 2.0**62 / weights.sum(dtype=float) < 1.01
        else:
            assert got.tolist() == by_classes(weights, 62).tolist()


def test_the_compiled_rule_takes_the_largest_masses_and_sizes():
    """Sums of 2**93, shares of 2**125: products that need 128 bits."""
    masses, sizes = [2**62, 2**62 - 1, 2**61 + 7, 2**62], [2**29, 2**30 - 5, 3, 2**28]
    units = building.shared_units(np.array(masses, np.uint64), np.array(sizes, np.int64), 63)
    assert units is not None
    expected = quantise(masses, sizes, 63)
    assert units[0].tolist() == expected.per_id.tolist()
    assert units[1:] == (expected.partial, expected.extra)


@pytest.mark.parametrize("total_bits", [-1, 64])
def test_arrays_that_do_not_fit_are_refused_before_they_are_read(total_bits):
    ones, sizes = np.ones(3, np.uint64), np.ones(3, np.int64)
    for arguments in ((ones, sizes, total_bits), (ones, sizes[:2], 40), (ones[:0], sizes[:0], 40)):
        with pytest.raises(ValueError, match="do not fit"):
            building.shared_units(*arguments)


def test_the_example_of_the_streams_page():
    """The exact share of the heaviest of six ids is 3.0 units above its units."""
    weights = [2**62, 1, 1, 3, 2**40, 5]
    share = Fraction(weights[0] << 35, sum(weights))
    units = quantise(weights, [1] * 6, 35)
    assert float(share - int(units.per_id[0])) == pytest.approx(3.0, abs=0.05)
