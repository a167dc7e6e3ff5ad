# SPDX-License-Identifier: MIT
"""check_fidelity accepts the honest and rejects broken samplers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.fidelity import FidelityResult

COUNTS = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)


class Scripted(samplers.Sampler):
    """Ids from a function of (p, rng, shape), honest unless a subclass says otherwise."""

    name = "scripted"
    source = "this test"
    stream = "numpy default_rng"
    replacement_modes = (True, False)

    def _build(self) -> None:
        self._p = self.noise.probabilities

    def _seed(self, rng) -> None:
        self._rng = rng

    def draw(self, p, rng, shape):
        if self.replacement:
            return rng.choice(len(p), size=shape, p=p)
        race = rng.exponential(size=(shape[0], len(p))) / np.maximum(p, 1e-300)
        return np.argsort(race, axis=1)[:, : shape[1]]

    def _fill(self, out) -> None:
        out[...] = self.draw(self._p, self._rng, out.shape)

    @property
    def nbytes(self) -> int:
        return 1


def tilted(weight):
    """Draws from p * weight(id, V)."""

    class Tilted(Scripted):
        def draw(self, p, rng, shape):
            q = p * weight(np.arange(len(p)), len(p))
            return super().draw(q / q.sum(), rng, shape)

    return Tilted


class OffByOne(Scripted):
    def draw(self, p, rng, shape):
        return super().draw(p, rng, shape) + 1


class Forgets(Scripted):
    """Writes nothing that exists."""

    def draw(self, p, rng, shape):
        return np.full(shape, -5)


class OnlyZeros(Scripted):
    """Nothing but an id of weight zero."""

    def draw(self, p, rng, shape):
        return np.full(shape, int(np.argmin(p)))


class Constant(Scripted):
    """Post 004's printed rule, (previous * MAX + 11) % MAX, is 11 for ever."""

    def draw(self, p, rng, shape):
        return np.zeros(shape, dtype=int)


class TooGood(Scripted):
    """Proportional allotment: every id exactly as often as expected."""

    def draw(self, p, rng, shape):
        return np.repeat(np.arange(len(p)), np.rint(shape[0] * shape[1] * p).astype(int) + 1)[
            : shape[0] * shape[1]
        ].reshape(shape)


class Frozen(Scripted):
    """One row, drawn once."""

    def draw(self, p, rng, shape):
        return np.tile(super().draw(p, np.random.default_rng(5), (1, shape[1])), (shape[0], 1))


class DrawsZeros(Scripted):
    """One id in 10,000 is one of weight zero."""

    def draw(self, p, rng, shape):
        ids = super().draw(p, rng, shape)
        ids[rng.random(shape) < 1e-4] = int(np.argmin(p))
        return ids


class Sorted(Scripted):
    """Distinct ids in ascending order: the right set, the wrong first column."""

    def draw(self, p, rng, shape):
        return np.sort(super().draw(p, rng, shape), axis=1)


class Repeats(Scripted):
    """With replacement, though asked for distinct ids."""

    def draw(self, p, rng, shape):
        return rng.choice(len(p), size=shape, p=p)


BROKEN = [
    (tilted(lambda i, v: COUNTS**-0.05), True, "chi-square"),  # exponent 0.70
    (tilted(lambda i, v: COUNTS**-0.75), True, "chi-square"),  # uniform
    (tilted(lambda i, v: i < v - 1), True, "chi-square"),  # ignores the last id
    (tilted(lambda i, v: i > 0), True, "chi-square"),  # top word dropped
    (tilted(lambda i, v: 1 + 0.1 * (i >= v // 2)), True, "chi-square"),  # rare half + 10 %
    (OffByOne, True, "range"),
    (Constant, True, "chi-square"),
    (Forgets, True, "range"),
    (Forgets, False, "range"),
    (TooGood, True, "chi-square"),
    (Frozen, True, "total variation"),
    (Repeats, False, "duplicates"),
    (Sorted, False, "chi-square of the first column"),
    (tilted(lambda i, v: COUNTS**-0.75), False, "total variation of the first column"),
]


def sampler(kind, replacement=True, counts=COUNTS):
    return kind(samplers.NoiseDistribution(counts), rng=1, replacement=replacement)


@pytest.mark.parametrize(("kind", "replacement", "test"), BROKEN)
def test_a_broken_sampler_is_rejected_by_the_test_that_is_there_for_it(kind, replacement, test):
    result = samplers.check_fidelity(sampler(kind, replacement), rows=40_000, rng=3)
    assert not result.passed
    assert test in {t.name for t in result.tests if not t.passed}
    assert "NOT faithful" in str(result)
    assert "FAIL" in str(result)


def test_an_id_of_weight_zero_fails_at_once():
    result = samplers.check_fidelity(sampler(DrawsZeros, counts=[*COUNTS, 0]), rows=20_000, rng=3)
    assert [t.name for t in result.tests if not t.passed] == ["zero weights"]


def test_nothing_but_impossible_ids_is_a_failure_and_no_crash():
    result = samplers.check_fidelity(sampler(OnlyZeros, counts=[*COUNTS, 0]), rows=20_000, rng=3)
    assert {"zero weights", "chi-square"} <= {t.name for t in result.tests if not t.passed}
    assert "none is possible" in str(result)


def test_an_id_with_nearly_all_the_weight_leaves_nothing_to_test():
    result = samplers.check_fidelity(sampler(Scripted, counts=[10**18, 1]), rng=1)
    assert result.passed
    assert "nothing: one id has all the weight" in str(result)


@pytest.mark.parametrize("replacement", [True, False])
def test_an_honest_sampler_passes_and_the_result_is_readable(replacement):
    result = samplers.check_fidelity(sampler(Scripted, replacement), rows=40_000, rng=3)
    assert isinstance(result, FidelityResult)
    assert result.passed
    text = str(result)
    assert text.startswith("scripted: faithful in 40,000 rows of 5")
    for test in result.tests:
        assert test.name in text
        assert 0 <= test.p_value <= 1
        assert 0 < test.detectable < 1
    with pytest.raises(AttributeError):
        result.rows = 3


@pytest.mark.slow
@pytest.mark.parametrize("replacement", [True, False])
def test_p_values_of_an_honest_sampler_are_uniform_over_seeds(replacement):
    """300 seeds, Kolmogorov-Smirnov; false-alarm rate 1e-4, seeds fixed."""
    one = sampler(Scripted, replacement)
    p = []
    for seed in range(300):
        result = samplers.check_fidelity(one, rows=1_000, rng=seed)
        assert result.passed
        p += [t.p_value for t in result.tests if t.name.startswith("chi-square")]
    assert stats.kstest(p, "uniform").pvalue > 1e-4


def test_the_result_counts_what_was_drawn():
    one = sampler(Scripted)
    result = samplers.check_fidelity(one, k=3, rows=1_000, rng=9)
    expected = np.bincount(one.with_rng(9).sample(1_000, 3).reshape(-1), minlength=100)
    np.testing.assert_array_equal(result.observed, expected)


def test_a_given_rng_leaves_the_sampler_and_none_takes_its_next_rows():
    one = sampler(Scripted)
    samplers.check_fidelity(one, rows=500, rng=3)
    assert one.position == 0
    samplers.check_fidelity(one, rows=500)
    assert one.position == 500


def test_a_single_id_leaves_nothing_to_test():
    result = samplers.check_fidelity(sampler(Scripted, counts=[0, 5]), rows=100)
    assert result.passed
    assert "nothing: one id has all the weight" in str(result)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sampler": [1, 2]}, TypeError, "sampler must be a samplers.Sampler, got list"),
        ({"k": 0}, ValueError, "k must be at least 1, got 0"),
        ({"rows": 0}, ValueError, "rows must be at least 1, got 0"),
        ({"rows": 1, "k": 1}, ValueError, "1 ids are too few to test"),
        ({"rng": "x"}, (TypeError, ValueError), "rng must be"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        samplers.check_fidelity(**({"sampler": sampler(Scripted)} | arguments))
