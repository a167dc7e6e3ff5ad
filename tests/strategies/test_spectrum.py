# SPDX-License-Identifier: MIT
"""spectrum: its cells are those of the model, its classes are its target to the last unit, its tables small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import samplers
from samplers.laws.quantise import quantise
from tests.data import audit
from tests.data import stream_model as model

REPEATING = [kind for kind in audit.COUNTS if kind != "random floats"]


@pytest.mark.parametrize("replacement", [True, False], ids=["with", "without"])
@pytest.mark.parametrize("direction", [1, -1], ids=["falling", "rising"])
@pytest.mark.parametrize("n_ids", [1, 2, 3, 100, 2**16 + 1])
def test_every_form_draws_the_ids_of_the_model(form, n_ids, direction, replacement):
    counts = audit.COUNTS["zipf"](n_ids)[::direction]
    sampler = samplers.create("spectrum", counts, rng=1, replacement=replacement)
    most = n_ids if n_ids > 99 else n_ids - 1
    cases = [case for case in audit.CASES if replacement or case[1] <= most]
    if (replacement and direction == 1) or n_ids > 3000:
        cases = [*cases, ([7], 1100 if direction == -1 else 3000, 8)]
    audit.drawn_as_modelled(sampler, cases)


@pytest.mark.parametrize("n_ids", [100, 2**16 + 1])
def test_unsorted_counts_go_through_the_array_of_ids(form, n_ids):
    counts = np.random.default_rng(1).permutation(audit.COUNTS["zipf"](n_ids))
    sampler = samplers.create("spectrum", counts, rng=1)
    assert sampler._source.order is not None
    audit.drawn_as_modelled(sampler, audit.CASES)


@pytest.mark.parametrize("n_ids", [2**20, 2**22 + 5, 10**7])
def test_large_classes_refuse_words_as_in_the_model(form, n_ids):
    """At 1e7 equal ids one word in 600 is refused."""
    counts = np.full(n_ids, 3)
    counts[: n_ids // 50] = 4
    audit.drawn_as_modelled(samplers.create("spectrum", counts, rng=2), [(list(range(2**32 - 100, 2**32 + 100)), 5, 1)])


def test_many_classes_leave_few_bits_and_ties_are_resolved(form):
    """2**16 classes and more: one cell in 2**15 ties, of 60,000 ids some do."""
    counts = np.repeat(np.arange(1, 70_001), 10)
    sampler = samplers.create("spectrum", counts, rng=3)
    assert sampler._source.bits == 17
    rows = list(range(12_000))
    ids = sampler.sample_rows(rows, 5)
    table, ties = audit.as_model(sampler), 0
    first = [[model.word(sampler.key, row, 0, 2 * column, 0) for column in range(5)] for row in rows[:6000]]
    for row, words in enumerate(first):
        for column, word in enumerate(words):
            left, high = word & 0x7FFF, int(sampler._source.hot[word >> 15]) >> 17
            if left == high or (row % 50 == 0):
                ties += left == high
                assert ids[row, column] == table.cell(sampler.key, 0, row, column)
    assert ties > 0


@pytest.mark.parametrize("n_ids", [1, 2, 3, 100, 1000])
@pytest.mark.parametrize("kind", audit.COUNTS)
def test_the_table_is_the_models(kind, n_ids):
    counts = audit.COUNTS[kind](n_ids) if kind != "many zeros" or n_ids > 3 else np.array([0, 3, 0][:n_ids] or [1])
    if not counts.any():
        pytest.skip("no positive count")
    noise = samplers.NoiseDistribution(counts)
    source = samplers.create("spectrum", noise, rng=1)._source
    expected = model.spectrum_table(noise.weights.tolist())
    rows, classes = audit.Rows(source, 62 - source.bits), audit.Classes(source.members)
    assert source.bits == expected.bits
    assert [rows[slot] for slot in range(1 << source.bits)] == list(expected.rows)
    ids = np.arange(n_ids) if source.order is None else source.order
    mine = [sorted(ids[f : f + n].tolist()) for f, n in (classes[d] for d in range(len(source.members)))]
    order = range(n_ids) if expected.order is None else expected.order
    assert mine == [sorted(order[f : f + n]) for f, n in expected.classes]


AUDITED = [("random floats", 10), ("random floats", 1000)]
AUDITED += [(kind, n_ids) for kind in REPEATING for n_ids in (10, 1000, 10**5, 10**6)]
AUDITED += [pytest.param(kind, 10**7, marks=pytest.mark.slow) for kind in REPEATING]


@pytest.mark.parametrize(("kind", "n_ids"), AUDITED)
def test_no_class_is_off_by_a_unit_of_its_share(kind, n_ids):
    """Units read back from the finished table against the weights, in integers; members share evenly."""
    sampler = audit.samplers_of("spectrum", kind, n_ids)
    source, noise = sampler._source, sampler.noise
    units = audit.table_units(source, 62 - source.bits, len(source.members))
    assert int(units.sum()) == 1 << 62
    first, sizes = source.members & np.uint64(model.M32), source.members >> np.uint64(32)
    ids = np.arange(n_ids) if source.order is None else source.order
    weights = noise.weights[ids[first.astype(np.int64)]]
    assert source.order is None or np.bincount(source.order).max() == 1
    assert int(sizes.sum()) == noise.nonzero
    assert (first[1:] == first[:-1] + sizes[:-1]).all()
    for f, n, w in zip(first.tolist(), sizes.tolist(), weights, strict=True):
        assert (noise.weights[ids[f : f + n]] == w).all()
    masses = np.array([int(w) * int(n) for w, n in zip(weights, sizes, strict=True)], dtype=object)
    total = masses.sum()
    for unit, mass, size in zip(units.tolist(), masses, sizes.tolist(), strict=True):
        error = abs(unit * total - (mass << 62))  # in units of the class
        assert error < total or unit == 1
        assert error * noise.nonzero << 32 <= (total << 62) * size
    implied = sampler.implied_probabilities()
    np.testing.assert_allclose(implied[ids[first.astype(np.int64)]], units / (sizes * 2.0**62), rtol=1e-15)
    assert implied.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("kind", REPEATING)
@pytest.mark.parametrize("n_ids", [10, 1000, 10**5])
def test_the_table_holds_the_quantised_masses_exactly(kind, n_ids):
    sampler = audit.samplers_of("spectrum", kind, n_ids)
    classes, source = sampler.noise.classes, sampler._source
    masses = [w * n for w, n in zip(classes.weights.tolist(), classes.sizes.tolist(), strict=True)]
    quantised = quantise(masses, [1] * len(masses), 62)
    assert quantised.extra == 0
    np.testing.assert_array_equal(audit.table_units(source, 62 - source.bits, len(masses)), quantised.per_id)


def test_weights_that_hardly_repeat_are_refused_and_alias_is_named():
    counts = np.random.default_rng(1).random(10**6)
    with pytest.raises(ValueError, match="1000000 distinct ones among 1000000 ids.*'alias'"):
        samplers.create("spectrum", counts, rng=1)
    variant = type("Renamed", (samplers.get("spectrum"),), {"info": replace(samplers.get("spectrum").info, name="own")})
    with pytest.raises(ValueError, match=r"own: the weights hardly repeat .* use 'alias'"):
        variant(samplers.NoiseDistribution(counts), rng=1)


def test_few_distinct_weights_are_taken_however_little_they_repeat():
    ids = samplers.create("spectrum", np.random.default_rng(1).random(16_000), rng=1).sample(10, 5)
    assert ids.max() < 16_000


@pytest.mark.parametrize("direction", [1, -1])
def test_sorted_counts_take_no_memory_of_size_v(direction):
    counts = audit.COUNTS["zipf"](10**6)[::direction]
    sampler = samplers.create("spectrum", counts, rng=1)
    classes = len(np.unique(counts))
    slots = 1 << (classes - 1).bit_length()
    assert sampler.nbytes == 8 * slots + 8 * classes + 24 * classes  # table, members, the classes themselves
    held = [v for v in vars(sampler).values() if isinstance(v, np.ndarray)]
    assert sum(a.nbytes for a in held) <= 100 * classes


def test_unsorted_counts_take_four_bytes_an_id_more():
    counts = np.random.default_rng(1).permutation(audit.COUNTS["zipf"](10**5))
    in_order = samplers.create("spectrum", np.sort(counts), rng=1).nbytes
    assert samplers.create("spectrum", counts, rng=1).nbytes == in_order + 4 * 10**5


def test_a_row_on_the_exact_path_leaves_no_array_of_size_v_behind():
    """One such row in a life must not turn a megabyte into 8 V bytes."""
    counts = np.full(10**6, 1)
    counts[0] = 10**15
    sampler = samplers.create("spectrum", counts, exponent=1, rng=1)
    assert sampler.sample(2, 1, exclude=np.zeros(2, dtype=np.int64)).min() > 0
    held = [v for v in vars(sampler).values() if isinstance(v, np.ndarray)]
    assert sum(a.nbytes for a in held) <= sampler.nbytes + 1000
