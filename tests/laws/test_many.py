# SPDX-License-Identifier: MIT
"""Many laws in one object: what is read, what is refused, and what each of them is."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse

import samplers
from samplers import Laws

INDPTR, IDS, WEIGHTS = [0, 3, 3, 4, 8], [5, 0, 2, 1, 4, 3, 0, 5], [3, 1, 4, 9, 0, 2, 0.5, 1.5]


@pytest.fixture
def laws() -> Laws:
    return Laws(INDPTR, IDS, WEIGHTS, V=7)


def shares(laws: Laws, number: int) -> dict[int, Fraction]:
    weights = laws.weights_of(number).tolist()
    return {int(i): Fraction(w, sum(weights)) for i, w in zip(laws.ids_of(number), weights, strict=True)}


def test_each_law_has_its_ids_in_rising_order_and_none_of_weight_zero(laws):
    assert (len(laws), laws.n_ids, laws.sizes.tolist()) == (4, 7, [3, 0, 1, 3])
    assert [laws.ids_of(w).tolist() for w in range(4)] == [[0, 2, 5], [], [1], [0, 3, 5]]
    assert shares(laws, 0) == {0: Fraction(1, 8), 2: Fraction(1, 2), 5: Fraction(3, 8)}
    assert shares(laws, 3) == {0: Fraction(1, 8), 3: Fraction(1, 2), 5: Fraction(3, 8)}
    assert laws[3].probabilities.tolist() == [0.125, 0, 0, 0.5, 0, 0.375, 0]
    assert laws[3].nonzero == 3


def test_without_weights_the_ids_of_a_law_are_equally_likely():
    laws = Laws([0, 2, 5], [3, 1, 0, 1, 2])
    assert laws.n_ids == 4
    assert laws[1].probabilities.tolist() == [1 / 3, 1 / 3, 1 / 3, 0]


@pytest.mark.parametrize(
    "weights",
    [
        [1, 2**64 - 1, 2**63, 7],
        [1e-300, 1e300, 5e-324, 1.7e308],
        [0.1, 0.2, 0.3, 0.4],
        [2**52 + 1.0, 3.0, 1.0, 2.0**53],
        [2**62, 2**62 - 1, 1, 3],
        [1.0, 3.0, 7.0, 0.0],
    ],
)
def test_weights_of_any_size_keep_their_proportions(weights):
    """Against fractions: exactly for integers below 2**62, within 2**-51 of the largest otherwise."""
    laws = Laws([0, 4], range(4), np.array(weights))
    drawn = [Fraction(w) for w in weights if w]
    exact = {i: Fraction(w) / sum(drawn) for i, w in enumerate(weights) if w}
    got = shares(laws, 0)
    assert got.keys() == exact.keys()
    whole = all(w == int(w) and w < 2**53 for w in weights)
    for i, share in exact.items():
        assert got[i] == share if whole else abs(got[i] - share) < Fraction(1, 2**51), (i, float(got[i]))
    assert 2**61 <= int(laws.weights_of(0).max()) < 2**62


def test_a_law_does_not_depend_on_the_others():
    alone = Laws([0, 3], [2, 0, 1], [3.0, 1.0, 7.0], V=9)
    beside = Laws([0, 2, 5, 5], [8, 1, 2, 0, 1], [0.3, 1e200, 3.0, 1.0, 7.0], V=9)
    np.testing.assert_array_equal(alone.weights_of(0), beside.weights_of(1))
    assert alone[0].fingerprint == beside[1].fingerprint


def test_a_sparse_matrix_has_a_law_in_each_row():
    dense = np.array([[0, 2, 1], [0, 0, 0], [5, 0, 0]])
    for kind in (scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.coo_array):
        laws = Laws.from_sparse(kind(dense))
        assert (len(laws), laws.n_ids, laws.sizes.tolist()) == (3, 3, [2, 0, 1])
        np.testing.assert_allclose(laws[0].probabilities, [0, 2 / 3, 1 / 3])


def test_booleans_are_the_weights_0_and_1():
    adjacency = np.array([[0, 1, 1], [0, 0, 0], [1, 0, 1]], bool)
    expected = Laws([0, 2, 2, 4], [1, 2, 0, 2], V=3).fingerprint
    for kind in (scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.lil_array):
        assert Laws.from_sparse(kind(adjacency)).fingerprint == expected
    ids, weights = [0, 1, 2, 0, 2], [False, True, True, True, True]
    for booleans in (weights, tuple(weights), np.array(weights), np.ma.array(weights)):
        assert Laws([0, 3, 3, 5], ids, booleans).fingerprint == expected
    torch = pytest.importorskip("torch", reason="torch is not installed")
    assert Laws([0, 3, 3, 5], ids, torch.tensor(weights)).fingerprint == expected


def test_a_law_of_weights_0_is_as_one_without_ids():
    empty = Laws([0, 0, 0], [], V=3)
    for zeros in (Laws([0, 2, 3], [0, 1, 0], [0, 0, 0], V=3), Laws([0, 2, 3], [0, 1, 0], [0.0, 0.0, 0.0], V=3)):
        assert (zeros.sizes.tolist(), zeros.fingerprint) == ([0, 0], empty.fingerprint)
        with pytest.raises(ValueError, match="law 1 has no id of positive weight"):
            zeros[1]
        with pytest.raises(ValueError, match="law 1 has 0 ids for row 0: fewer than the 1 that a row needs"):
            samplers.create("alias", zeros, rng=1).sample(2, 1, law=1)


def test_a_single_law_does_not_show_its_scaled_weights_as_tokens(laws):
    assert repr(laws[2]) == "NoiseDistribution(V=7, exponent=1, total=2.59407e+18)"
    assert repr(samplers.from_weights([1, 2])) == "NoiseDistribution(V=2, exponent=1, tokens=3)"


def test_log_prob_is_that_of_the_law_of_the_row(laws):
    ids = np.array([[0, 2, 6], [1, 1, 0], [5, 3, 4]])
    which = [0, 2, 3]
    with np.errstate(divide="ignore"):
        expected = np.log([laws[w].probabilities[row] for w, row in zip(which, ids, strict=True)])
    np.testing.assert_allclose(laws.log_prob(ids, law=which), expected, rtol=1e-14)
    np.testing.assert_allclose(laws.log_prob([0, 6], law=3), [np.log(1 / 8), -np.inf])
    assert laws.log_prob([0, 1], law=1).tolist() == [-np.inf, -np.inf]
    assert Laws([0, 0], []).log_prob([0], law=0).tolist() == [-np.inf]


def test_copies_are_equal_and_other_laws_have_other_fingerprints(laws):
    for twin in (pickle.loads(pickle.dumps(laws)), copy.deepcopy(laws), Laws(INDPTR, IDS, WEIGHTS, V=7)):
        assert twin.fingerprint == laws.fingerprint
        assert repr(twin) == "Laws(4 laws of 7 ids, V=7)"
    others = [
        Laws(INDPTR, IDS, WEIGHTS, V=8),
        Laws(INDPTR, IDS, V=7),
        Laws([0, 3, 4, 4, 8], IDS, WEIGHTS, V=7),
        Laws(INDPTR, [5, 0, 2, 1, 4, 3, 0, 6], WEIGHTS, V=7),
    ]
    assert len({laws.fingerprint, *(other.fingerprint for other in others)}) == 5
    assert Laws([0, 2], [0, 1], [1, 2]).fingerprint == Laws([0, 2], [1, 0], [8.0, 4.0]).fingerprint


def test_what_the_caller_changes_later_changes_no_law():
    indptr, ids, weights = np.array([0, 2]), np.array([0, 1]), np.array([1, 3])
    laws = Laws(indptr, ids, weights)
    indptr[:], ids[:], weights[:] = 7, 7, 7
    assert laws[0].probabilities.tolist() == [0.25, 0.75]
    for array in (*laws.csr, laws.sizes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError, match="Laws is immutable: cannot set 'n_ids'"):
        laws.n_ids = 3


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0, 2], [0, 3], None, 3), ValueError, r"Laws: id 3 of law 0 lies outside \[0, 3\)"),
        (([0, 2], [0, -1]), ValueError, r"Laws: id -1 of law 0 lies outside"),
        (([0, 1, 3], [0, 2, 2]), ValueError, "Laws: id 2 occurs twice in law 1; add its weights up"),
        (([0, 2], [0, 1], [1, -1]), ValueError, r"weights\[1\], of id 1 in law 0, = -1 is negative"),
        (([0, 2], [0, 1], [1, np.nan]), ValueError, r"weights\[1\], of id 1 in law 0, = nan is not finite"),
        (([0, 2], [0, 1], 3), ValueError, "one entry for each of 2 ids, got the single number 3; .* leave weights out"),
        (([0, 0], [], 3.5), ValueError, "one entry for each of 0 ids, got the single number 3.5"),
        (([0, 2], [0, 1], np.array(3)), ValueError, "one entry for each of 2 ids, got the single number 3"),
        (([0, 2], [0, 1], [True, 2]), TypeError, r"weights\[0\], of id 0 in law 0, = True is not a number"),
        (([0, 2], [0, 1], np.ma.array([True, True], mask=[0, 1])), ValueError, "weights: 1 of 2 entries are masked"),
        (
            ([0, 2], [0, 1], scipy.sparse.coo_array(np.array([1, 2]))),
            TypeError,
            r"coo_array; write weights\.toarray\(\)",
        ),
        (([0, 0], [], scipy.sparse.coo_array(np.array([0]))), TypeError, r"coo_array; write weights\.toarray\(\)"),
        (([0, 0], [], iter([])), TypeError, "weights must be numbers in an array"),
        (([0, 2], [0, 1], [1]), ValueError, "weights must have one entry for each of 2 ids, got 1"),
        (([0, 0], [], [1]), ValueError, "weights must have one entry for each of 0 ids, got 1"),
        (([0, 2], [0, 1], "12"), TypeError, "weights must be numbers"),
        (([0, 1], [0, 1]), ValueError, r"indptr must rise from 0 to len\(ids\)=2, got 0 to 1"),
        (([0, 2, 1, 2], [0, 1]), ValueError, "and it falls in between"),
        (([], []), ValueError, "indptr of shape"),
        (([0], []), ValueError, "indptr has one entry, so that there is no law"),
        (([0, 2], [0.5, 1]), TypeError, "Laws: ids must be integers"),
        (([0, 2], [[0], [1]]), ValueError, "and ids of one dimension"),
        (([0, 1], [0], None, 0), ValueError, "V must be at least 1"),
        (([0, 1], [0], None, 2**31), ValueError, "V must be at most"),
    ],
)
def test_what_is_no_set_of_laws_is_refused(arguments, error, message):
    indptr, ids, *rest = arguments
    weights, n_ids = (*rest, None, None)[:2]
    with pytest.raises(error, match=message):
        Laws(indptr, ids, weights, V=n_ids)


@pytest.mark.parametrize(
    ("law", "error", "message"),
    [
        (None, TypeError, "law must be the number of a law, or an array .* from 0 to 3, got None"),
        (4, ValueError, "law must be at most 3, got 4"),
        (-1, ValueError, "law must be at least 0, got -1"),
        (True, TypeError, "law must be an integer"),
        ([0, 4], ValueError, r"law\[1\] = 4 lies outside \[0, 4\)"),
        ([0, -1], ValueError, r"law\[1\] = -1 lies outside \[0, 4\)"),
        ([0, 1, 2], ValueError, r"law must be one number or have shape \(rows,\) = \(2,\), got shape \(3,\)"),
        ([[0, 1]], ValueError, r"got shape \(1, 2\)"),
        ([3], ValueError, r"got shape \(1,\); for one law in all rows write its number, without an array"),
        (np.array(4), ValueError, "law must be at most 3, got 4"),
        (np.array(1.0), TypeError, "law must be integers, got dtype float64"),
        ([0.0, 1.0], TypeError, "law must be integers"),
        ([2**70, 1], (TypeError, ValueError), "law"),
        ("ab", TypeError, "law"),
    ],
)
def test_numbers_of_laws_are_checked(laws, law, error, message):
    with pytest.raises(error, match=message):
        laws._numbers(law, 2)
    if law is not None:
        with pytest.raises(error, match="law"):
            laws.log_prob([0, 1], law=law)


def test_one_law_is_taken_by_a_number_that_there_is(laws):
    with pytest.raises(IndexError, match="law must be 0 to 3, got 4"):
        laws[4]
    for number in (-1, 2**70, np.int64(-1)):
        with pytest.raises(IndexError, match=f"law must be 0 to 3, got {number}"):
            laws[number]
    with pytest.raises(IndexError, match="law must be 0 to 3, got -1"):
        laws.ids_of(-1)
    for number in (np.array([1]), np.array([1.0])):
        with pytest.raises(
            TypeError, match=r"number of one law, got an array of shape \(1,\); write int\(number\[0\]\)"
        ):
            laws[number]
    with pytest.raises(ValueError, match="law 1 has no id of positive weight"):
        laws[1]
    with pytest.raises(TypeError, match="law must be an integer"):
        laws[0:2]


@pytest.mark.parametrize(
    "call",
    [
        lambda laws: samplers.fastest(laws, rng=1),
        lambda laws: samplers.recommend(laws),
        lambda laws: samplers.NoiseDistribution(laws),
        lambda laws: samplers.create("bisect", [laws]),
        lambda laws: samplers.inclusion_probabilities(laws, 1),
        lambda laws: samplers.mixture([(1, laws)]),
        lambda laws: samplers.EProcess(laws),
        lambda laws: samplers.check_fidelity(samplers.create("alias", laws, rng=1)),
    ],
)
def test_many_laws_where_one_is_wanted_are_refused_with_the_cure(laws, call):
    with pytest.raises(TypeError, match=r"laws\[number\]|sampler\.of_law\(number\)"):
        call(laws)


@pytest.mark.parametrize("name", [name for name in samplers.names() if samplers.why_unavailable(name) is None])
def test_a_strategy_draws_from_many_laws_or_says_why_not(name, laws):
    if issubclass(samplers.get(name), samplers.get("alias")):
        assert isinstance(samplers.create(name, laws), samplers.LawsSampler)
        return
    with pytest.raises(TypeError, match=rf"^{name} draws from one law, and not from many: 'alias' draws from Laws"):
        samplers.create(name, laws)
    replacement = samplers.get(name).info.replacement_modes[0]
    try:
        sampler = samplers.create(name, laws[0], rng=1, replacement=replacement)
    except samplers.UnsuitableNoiseError:
        return
    assert set(sampler.sample(300, 2).ravel().tolist()) == {0, 2, 5}
