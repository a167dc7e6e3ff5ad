# SPDX-License-Identifier: MIT
"""alias: its cells are those of the model, and its table is its target to the last unit."""

from __future__ import annotations

import numpy as np
import pytest

import samplers
from samplers.laws.quantise import quantise
from tests.data import audit
from tests.data import stream_model as model

LARGE = [2**20, 2**21 + 1, 2**22]


@pytest.mark.parametrize("replacement", [True, False], ids=["with", "without"])
@pytest.mark.parametrize("n_ids", [1, 2, 3, 100, 2**16 + 1])
def test_every_form_draws_the_ids_of_the_model(form, n_ids, replacement):
    sampler = audit.samplers_of("alias", "zipf", n_ids, replacement=replacement)
    most = n_ids if n_ids > 99 else n_ids - 1  # the last of all ids may take the exact path: test_positional
    cases = [case for case in audit.CASES if replacement or case[1] <= most]
    if replacement or n_ids > 3000:
        cases = [*cases, ([7], 3000, 8)]
    audit.drawn_as_modelled(sampler, cases)


@pytest.mark.parametrize("n_ids", [1, 2, 3, 100, 1000])
@pytest.mark.parametrize("kind", audit.COUNTS)
def test_the_table_is_the_models(kind, n_ids):
    counts = audit.COUNTS[kind](n_ids) if kind != "many zeros" or n_ids > 3 else np.array([0, 3, 0][:n_ids] or [1])
    if not counts.any():
        pytest.skip("no positive count")
    noise = samplers.NoiseDistribution(counts)
    source = samplers.create("alias", noise, rng=1)._source
    expected = model.alias_table(noise.weights.tolist())
    rows = audit.Rows(source, 32)
    assert source.bits == expected.bits
    assert [rows[slot] for slot in range(1 << source.bits)] == list(expected.rows)


@pytest.fixture(scope="module")
def large():
    """A sampler of V ids, built once; half the ids as heavy again as the others, so that thresholds differ."""
    made = {}

    def large(n_ids):
        if n_ids not in made:
            made[n_ids] = samplers.create("alias", 2 + np.arange(n_ids) % 3, rng=4)
        return made[n_ids]

    return large


@pytest.mark.parametrize("n_ids", LARGE)
def test_large_tables_leave_few_bits_and_ties_are_resolved(form, large, n_ids):
    """At V = 2**22 one cell in 1,024 needs its refine word: some of these 6,000 do."""
    sampler = large(n_ids)
    source, ties = sampler._source, 0
    assert audit.drawn_as_modelled(sampler, [(list(range(2**32 - 600, 2**32 + 600)), 5, 2)]) == 6000
    for row in range(2**32 - 600, 2**32 + 600):
        for column in range(5):
            word = model.word(sampler.key, row, 2, column, 0)
            left = word & (1 << 32 - source.bits) - 1
            ties += left == int(source.hot[word >> 32 - source.bits]) >> source.bits
    assert ties > 0 or source.bits == 20  # 1.5 expected there


# The exact shares of ten million distinct weights take a minute.
LARGEST = {"random floats": 2**20 + 1}


@pytest.mark.parametrize(
    ("kind", "n_ids"),
    [
        pytest.param(kind, n_ids, id=f"{kind}-{n_ids:.0e}", marks=[pytest.mark.slow] if n_ids > 10**6 else [])
        for kind in audit.COUNTS
        for n_ids in (10, 1000, 10**5, 10**6, LARGEST.get(kind, 10**7))
    ],
)
def test_no_id_is_off_by_a_unit_of_its_share(kind, n_ids):
    """Units read back from the finished table against the weights, in integers."""
    sampler = audit.samplers_of("alias", kind, n_ids)
    noise, bits = sampler.noise, sampler._source.bits + 32
    units = audit.table_units(sampler._source, 32, n_ids)
    assert int(units.sum()) == 1 << bits
    assert not units[noise.weights == 0].any()
    order = np.argsort(noise.weights, kind="stable")[n_ids - noise.nonzero :]
    weights, starts, sizes = np.unique(noise.weights[order], return_index=True, return_counts=True)
    low, high = (f.reduceat(units[order], starts) for f in (np.minimum, np.maximum))
    assert np.count_nonzero(low != high) <= 1
    assert (high - low).max() <= 1
    audit.check_units(weights, sizes, low, high, bits)
    np.testing.assert_array_equal(sampler.implied_probabilities(), units / 2.0**bits)


@pytest.mark.parametrize("kind", audit.COUNTS)
@pytest.mark.parametrize("n_ids", [10, 1000, 10**5])
def test_the_table_holds_the_quantised_weights_exactly(kind, n_ids):
    sampler = audit.samplers_of("alias", kind, n_ids)
    classes = sampler.noise.classes
    quantised = quantise(classes.weights.tolist(), classes.sizes.tolist(), sampler._source.bits + 32)
    each = classes.spread(quantised.per_id, n_ids)
    each[classes.ids(quantised.partial)[: quantised.extra]] += np.uint64(1)
    np.testing.assert_array_equal(audit.table_units(sampler._source, 32, n_ids), each)


def test_weights_as_far_apart_as_they_can_be_are_one_unit_and_nearly_all():
    sampler = samplers.create("alias", [2.0**-1000, 2.0**1000, 0, 1.0], exponent=1, rng=1)
    units = audit.table_units(sampler._source, 32, 4)
    assert units.tolist() == [1, 2**34 - 2, 0, 1]


def test_the_table_takes_eight_bytes_a_slot():
    assert samplers.create("alias", np.ones(1000), rng=1).nbytes == 8 * 1024
    assert samplers.create("alias", np.ones(1025), rng=1).nbytes == 8 * 2048
    assert samplers.create("alias", [3], rng=1).nbytes == 8
