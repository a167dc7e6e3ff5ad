# SPDX-License-Identifier: MIT
"""Repeated windows: how improbable chance repeats are, and what reuses its draws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samplers
from samplers.fidelity.plan import Plan
from samplers.fidelity.windows import CHANCE, RepeatedWindows, chance_of_a_repeat, repeats, window_width

NOISE = samplers.NoiseDistribution(np.floor(1000 / (np.arange(100) + 2.7)).astype(int))


def draws(plan, seed, rows=None):
    """Independent ids; without replacement the test reads the first column only, whose ids are independent too."""
    return np.random.default_rng(seed).choice(100, size=(rows or plan.rows, plan.k), p=plan.probabilities)


def checked(plan, ids, cuts=()):
    family = RepeatedWindows(plan)
    for batch in np.split(ids, cuts):
        family.see(batch)
    (test,) = family.tests()
    return test


@pytest.mark.parametrize(("n", "width"), [(4, 1), (5, 2), (6, 2), (6, 3), (7, 2)])
@pytest.mark.parametrize("p", [[0.5, 0.5], [0.9, 0.1], [0.5, 0.3, 0.2]])
def test_the_chance_of_a_repeat_is_a_bound_by_enumeration(n, width, p):
    exact = 0.0
    for ids in product(range(len(p)), repeat=n):
        windows = [ids[t : t + width] for t in range(n - width + 1)]
        if len(set(windows)) < len(windows):
            exact += float(np.prod(np.array(p)[list(ids)]))
    assert exact <= chance_of_a_repeat(n, width, max(p), float(np.square(p).sum())) * (1 + 1e-9)


def test_the_chance_is_met_where_windows_rarely_repeat():
    """2,000 streams of 300 ids against a bound of 0.1 to 0.5; not above it by five standard errors (3e-7), and
    not so far below that the windows would be longer than they need be."""
    plan, n, width = Plan(NOISE, 5, 60, True), 300, 3
    bound = chance_of_a_repeat(n, width, float(plan.probabilities.max()), plan.collision)
    found = sum(len(repeats(draws(plan, seed).reshape(-1), width)[0]) > 0 for seed in range(2_000)) / 2_000
    assert 0.1 < bound < 0.5
    assert bound / 3 < found <= bound + 5 * np.sqrt(bound / 2_000)


@given(st.integers(8, 10**6), st.lists(st.floats(1e-6, 1), min_size=1, max_size=20))
def test_the_width_is_the_smallest_that_keeps_the_chance(n, weights):
    p = np.array(weights) / np.sum(weights)
    largest, collision = float(p.max()), float(np.square(p).sum())
    width = window_width(n, largest, collision)
    if width is None:
        assert chance_of_a_repeat(n, n // 4, largest, collision) > CHANCE
        return
    assert chance_of_a_repeat(n, width, largest, collision) <= CHANCE
    assert width == 1 or chance_of_a_repeat(n, width - 1, largest, collision) > CHANCE


@given(st.lists(st.integers(0, 2), min_size=4, max_size=60), st.integers(1, 4))
def test_repeats_are_those_of_a_dictionary(ids, width):
    seen, again = {}, []
    for t in range(len(ids) - width + 1):
        again += [t] if tuple(ids[t : t + width]) in seen else []
        seen.setdefault(tuple(ids[t : t + width]), t)
    found, source = repeats(np.array(ids), width)
    assert found.tolist() == again
    if again:
        assert ids[source : source + width] == ids[again[0] : again[0] + width]


def test_equal_hashes_of_unequal_windows_are_no_repeat(monkeypatch):
    monkeypatch.setattr("samplers.fidelity.windows.window_hashes", lambda ids, width: ids[width - 1 :] // 100)
    assert len(repeats(np.arange(500), 3)[0]) == 0


@pytest.mark.parametrize("replacement", [True, False])
def test_honest_windows_never_repeat(replacement):
    """200 streams; a false alarm has probability 2e-10."""
    plan = Plan(NOISE, 5, 2_000, replacement)
    for seed in range(200):
        test = checked(plan, draws(plan, seed))
        assert (test.p_value, test.statistic, test.calibrated) == (1.0, 0.0, False)
        assert test.detectable < 25


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("pool", [50, 777, 999])
def test_a_reused_pool_is_found(pool, replacement):
    """Pools of rows, at any period that comes twice; chance 1e-12."""
    plan = Plan(NOISE, 5, 2_000, replacement)
    ids = np.resize(draws(plan, pool, pool), (plan.rows, plan.k))
    test = checked(plan, ids)
    each = plan.k if replacement else 1
    assert test.p_value <= CHANCE
    assert test.note == f"what begins at place {pool * each:,} began at place 0 before"
    assert test.effect == (plan.rows - pool) * each


@pytest.mark.parametrize(("start", "again", "length"), [(0, 9_000, 24), (17, 2_222, 40), (3, 30, 27), (100, 101, 60)])
def test_a_stretch_that_comes_twice_is_found_at_any_offset(start, again, length):
    """Of the stated length and beyond; one id less is none of its business."""
    plan = Plan(NOISE, 5, 2_000, True)
    flat = draws(plan, 10).reshape(-1)
    width = int(checked(plan, flat.reshape(-1, 5)).detectable)
    for extra, alarm in ((length - width, True), (0, True), (-2, False)):
        ids = flat.copy()
        for t in range(width + extra):  # one by one: copies may overlap
            ids[again + t] = ids[start + t]
        test = checked(plan, ids.reshape(-1, 5))
        assert (test.p_value <= CHANCE) == alarm
        assert not alarm or test.effect >= width


def test_workers_with_one_stream_are_found():
    """Two workers hand in blocks of 64 rows in turn; chance 1e-12."""
    plan = Plan(NOISE, 5, 2_048, True)
    blocks = draws(plan, 11, 1_024).reshape(16, 64, 5)
    test = checked(plan, np.repeat(blocks, 2, axis=0).reshape(-1, 5))
    assert test.p_value <= CHANCE
    assert 64 * 5 <= test.effect < 64 * 5 + test.detectable  # chance may lengthen a block


@pytest.mark.parametrize("replacement", [True, False])
def test_a_constant_row_is_found(replacement):
    plan = Plan(NOISE, 5, 2_000, replacement)
    ids = np.tile(np.arange(5), (plan.rows, 1))
    test = checked(plan, ids)
    assert test.p_value <= CHANCE


def test_ids_beyond_the_cap_are_not_kept(monkeypatch):
    monkeypatch.setattr("samplers.fidelity.windows.MOST_IDS", 4_001)
    plan = Plan(NOISE, 5, 2_000, True)
    ids = draws(plan, 12)
    ids[1_000:] = ids[:1_000]
    test = checked(plan, ids, (7, 500, 900))
    assert (test.n, test.p_value) == (4_001, 1.0)
