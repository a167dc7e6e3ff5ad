# SPDX-License-Identifier: MIT
"""Expected counts of rows with excluded ids, against weights that are renormalised and enumerated row by row."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import samplers
from tests.laws.test_inclusion import enumerated, relative_error

COUNTS = [50, 0, 4, 30, 20, 9]
SETS = [[3], [], [0, 2, 2], [1, 5]]  # of four rows
FORMS = {
    "lists": lambda: SETS,
    "sets": lambda: [set(s) for s in SETS],
    "arrays": lambda: [np.array(s, dtype=np.uint8) for s in SETS],
    "padded": lambda: np.array([[3, -1, -1], [-1, -1, -1], [0, 2, 2], [1, -1, 5]]),
    "masked": lambda: np.ma.masked_less([[3, -9, -9], [-9, -9, -9], [0, 2, 2], [1, -9, 5]], 0),
    "CSR pair": lambda: (np.array([0, 1, 1, 4, 6]), np.array([3, 0, 2, 2, 1, 5])),
    "sparse": lambda: csr_array(np.array([[i in s for i in range(6)] for s in SETS])),
    "booleans": lambda: np.array([[i in s for i in range(6)] for s in SETS]),
}


def exact_rows(sampler: samplers.Sampler, k: int) -> list[list[Fraction]]:
    """The expected counts of each row of `SETS`, in rational numbers."""
    rows = []
    for members in SETS:
        left = sampler.noise.weights.astype(object)
        left[members] = 0
        total = left.sum()
        rows.append([Fraction(k * w, total) for w in left] if sampler.replacement else enumerated(left, k))
    return rows


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("replacement", [True, False])
def test_every_form_of_exclude_gives_each_row_its_own_law(form, replacement):
    sampler = samplers.create("alias", COUNTS, rng=1, replacement=replacement)
    exact = exact_rows(sampler, 2)
    expected = sampler.expected_counts(2, exclude=FORMS[form]())
    assert expected.shape == (4, 6)
    for row, law in zip(expected, exact, strict=True):
        assert relative_error(row, law) < 1e-14
    ids = np.array([[5, 0, 3], [1, 2, 4], [0, 2, 3], [5, 1, 4]])
    with np.errstate(divide="ignore"):
        logs = np.log(np.take_along_axis(expected, ids, axis=1))
    np.testing.assert_allclose(sampler.log_expected_count(ids, 2, exclude=FORMS[form]()), logs, rtol=1e-13)
    # The forms are those of `sample`: whatever is drawn beside them can be drawn.
    drawn = sampler.sample(4, 2, exclude=FORMS[form]())
    assert np.isfinite(sampler.log_expected_count(drawn, 2, exclude=FORMS[form]())).all()


@pytest.mark.parametrize("replacement", [True, False])
def test_a_positive_for_each_row_corrects_each_row_for_its_own(replacement):
    """The positives of a batch are one id a row, and not one set for all rows."""
    sampler = samplers.create("alias", [1000, 400, 90, 30, 5], rng=1, replacement=replacement)
    positives = np.array([0, 3, 1])
    negatives = sampler.sample(3, 3, exclude=positives)
    logs = sampler.log_expected_count(negatives, 3, exclude=positives)
    by_hand = [sampler.expected_counts(3, exclude=[[p]])[0][row] for p, row in zip(positives, negatives, strict=True)]
    np.testing.assert_allclose(np.exp(logs), by_hand, rtol=1e-13)


def test_the_observed_counts_of_many_rows_are_the_expected_ones():
    """4 x 50,000 rows of 3 distinct ids; z-tests of 16 ids at 1e-6 together: an error of 0.011 is found with 0.99."""
    sampler = samplers.create("spectrum", COUNTS, rng=3, replacement=False)
    expected = sampler.expected_counts(3, exclude=SETS)
    for members, law in zip(SETS, expected, strict=True):
        drawn = sampler.sample(50_000, 3, exclude=[members] * 50_000)
        observed = np.bincount(drawn.ravel(), minlength=6)
        spread = np.sqrt(50_000 * law * (1 - law)) + 1e-9
        assert (np.abs(observed - 50_000 * law) < 5.4 * spread + 1e-6).all()


@given(st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=5), st.booleans(), st.integers(1, 2))
def test_rows_do_not_depend_on_each_other(sets, replacement, k):
    sampler = samplers.create("alias", [50, 11, 4, 30, 20, 9], rng=1, replacement=replacement)
    together = sampler.expected_counts(k, exclude=sets)
    alone = [sampler.expected_counts(k, exclude=[members])[0] for members in sets]
    np.testing.assert_array_equal(together, alone)


# Rising counts whose weights do not rise: 0.3 is no quarter, and the first and the third round to one weight.
SEAM = [0.7071067811865472, 0.7071067811865475, 0.7071067811865476, 1000.3]


@pytest.mark.parametrize("members", [[], [0], [2], [0, 2]])
@pytest.mark.parametrize("name", ["alias", "spectrum"])
def test_two_classes_of_one_weight_are_told_apart(name, members):
    sampler = samplers.create(name, SEAM, exponent=0.3, rng=1, replacement=False)
    weights = sampler.noise.weights.tolist()
    assert weights[0] == weights[2] < weights[1] < weights[3]
    left = [0 if i in members else weight for i, weight in enumerate(weights)]
    (expected,) = sampler.expected_counts(2, exclude=[members])
    assert relative_error(expected, enumerated(left, 2)) < 1e-14
    drawn = np.bincount(sampler.sample(20_000, 2, exclude=[members] * 20_000).ravel(), minlength=4)
    spread = np.sqrt(20_000 * expected * (1 - expected))
    assert (np.abs(drawn - 20_000 * expected) <= 6 * spread + 1e-6).all()


def test_rows_of_ids_and_of_exclude_must_agree():
    sampler = samplers.create("alias", COUNTS, rng=1)
    for ids in ([[1, 2]], 3, [1, 2, 3]):
        with pytest.raises(ValueError, match=r"ids must have shape \(2, \.\.\.\), because exclude has 2 rows"):
            sampler.log_expected_count(ids, 2, exclude=[[0], [2]])
    assert sampler.log_expected_count([1, 2], 2, exclude=[0, 3]).shape == (2,)
    assert sampler.log_expected_count(np.empty((0, 3), dtype=int), 2, exclude=np.empty(0, dtype=int)).shape == (0, 3)
    assert sampler.expected_counts(2, exclude=[]).shape == (0, 6)


@pytest.mark.parametrize("replacement", [True, False])
def test_a_row_with_too_few_ids_left_is_named(replacement):
    sampler = samplers.create("alias", COUNTS, rng=1, replacement=replacement)
    sets = [[], [0, 2, 3, 4, 5]]
    for call in (
        lambda: sampler.expected_counts(2, exclude=sets),
        lambda: sampler.log_expected_count([[1], [2]], 2, exclude=sets),
    ):
        with pytest.raises(ValueError, match="exclude leaves 0 ids of positive weight in row 1"):
            call()


LONG = samplers.NoiseDistribution(np.floor(1e7 / (np.arange(1_000_000) + 2.7)))


@pytest.mark.parametrize("exclude", [None, [[5], [7, 9]]])
def test_thousands_of_distinct_ids_of_a_million(exclude):
    """8,192 negatives, as sampled softmax asks for: the sum of a row is 8,192. Time beyond the limit is an error."""
    sampler = samplers.create("alias", LONG, rng=1, replacement=False)
    ids = np.arange(6).reshape(2, 3)
    expected = np.atleast_2d(sampler.expected_counts(8192, exclude=exclude))
    np.testing.assert_allclose(expected.sum(axis=1), 8192, rtol=1e-11)
    logs = sampler.log_expected_count(ids, 8192, exclude=exclude)
    np.testing.assert_allclose(np.exp(logs), np.take_along_axis(expected[[0, -1]], ids, axis=1), rtol=1e-11)
    for call in (sampler.expected_counts, lambda *a, **options: sampler.log_expected_count(ids, *a, **options)):
        with pytest.raises(ValueError, match=r"k=8191 .* would take about .* s, .*time_limit=None"):
            call(8191, exclude=exclude, time_limit=1e-3)


def test_a_time_limit_is_a_number_of_seconds():
    sampler = samplers.create("alias", COUNTS, replacement=False)
    for bad, error in (("1", TypeError), (True, TypeError), (0, ValueError), (-1.0, ValueError), (np.nan, ValueError)):
        with pytest.raises(error, match="time_limit must be a "):
            sampler.expected_counts(2, time_limit=bad)
    with pytest.raises(ValueError, match=r"time_limit is 1e-09 s: draw with replacement"):
        samplers.create("alias", LONG, rng=1, replacement=False).expected_counts(20, time_limit=1e-9)
    assert sampler.expected_counts(2, time_limit=None).sum() == pytest.approx(2)
