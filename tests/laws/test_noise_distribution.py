# SPDX-License-Identifier: MIT
"""NoiseDistribution: what it accepts, what it holds, what it refuses."""

import copy
import hashlib
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import samplers
from samplers.laws.classes import WeightClasses, classes_of_weights
from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import WordCounts

ZIPF = (100_000 / (np.arange(1000) + 2.7)).astype(np.int64)

BAD_COUNTS = [
    ([1.0, 2.0, math.nan], ValueError, r"counts\[2\] = nan is not finite"),
    ([1.0, math.inf], ValueError, r"counts\[1\] = inf is not finite"),
    ([-math.inf, 1.0], ValueError, r"counts\[0\] = -inf is not finite"),
    ([1, -3, -4], ValueError, r"counts\[1\] = -3 is negative"),
    ([1.0, -0.5], ValueError, r"counts\[1\] = -0.5 is negative"),
    ([0, 0, 0], ValueError, r"counts has no positive entry: all 3 are zero"),
    ([0.0], ValueError, r"counts has no positive entry: all 1 are zero"),
    ([], ValueError, r"counts must have 1 to 2\*\*31 - 1 entries, got 0"),
    (np.broadcast_to(np.int8(1), 2**31), ValueError, r"1 to 2\*\*31 - 1 entries, got 2147483648"),
    (7, ValueError, "counts must be one-dimensional, got the number 7"),
    ([[1, 2], [3, 4]], ValueError, r"counts must be one-dimensional, got shape \(2, 2\)"),
    ([[1, 2], [3]], ValueError, r"counts must be one-dimensional: .*inhomogeneous"),
    (["3", "4"], TypeError, r"counts must be numbers in an array.*got an array of dtype <U1"),
    ([True, False], TypeError, r"got an array of dtype bool"),
    ([1 + 2j], TypeError, r"got an array of dtype complex128"),
    (np.array(["2020-01-01"], "datetime64[D]"), TypeError, r"got an array of dtype datetime64"),
    (None, TypeError, r"counts must be numbers in an array.*got NoneType"),
    ({1, 2}, TypeError, r"what read_counts takes; got set"),
    ((c for c in [1, 2]), TypeError, r"got generator"),
    ([1, None], TypeError, r"counts\[1\] = None is not a number"),
    (np.array([1, True], object), TypeError, r"counts\[1\] = True is not a number"),
    ([Decimal(1)], TypeError, r"counts\[0\] = Decimal\('1'\) is not a number"),
    ([1, 2**64], ValueError, r"counts\[1\] = 18446744073709551616 is above 2\*\*64 - 1"),
    ([2**63, -1], ValueError, r"counts\[1\] = -1 is negative"),
    ([0.5, 10**400], ValueError, r"counts\[1\] = 10+ is above"),
    (WordCounts(("a", "b"), np.array([1])), ValueError, r"words and counts differ in length: 2 and 1"),
]

BAD_EXPONENTS = [
    (math.nan, ValueError, r"exponent must be finite, got nan"),
    (-math.inf, ValueError, r"exponent must be finite, got -inf"),
    (10**400, ValueError, r"exponent must be finite, got inf"),
    ("0.75", TypeError, r"exponent must be a number, got '0.75'"),
    (True, TypeError, r"exponent must be a number, got True"),
    (np.bool_(True), TypeError, r"exponent must be a number, got (np\.)?True"),
    (0.75j, TypeError, r"exponent must be a number, got 0.75j"),
]

BAD_IDS = [
    ([0, 3], ValueError, r"ids\[1\] = 3 is outside \[0, 3\)"),
    ([[0, 1], [-1, 9]], ValueError, r"ids\[1, 0\] = -1 is outside \[0, 3\)"),
    (np.uint64(2**63), ValueError, r"ids = 9223372036854775808 is outside \[0, 3\)"),
    ([0.0, 1.0], TypeError, r"ids must be integers, got dtype float64"),
    ([True], TypeError, r"ids must be integers, got dtype bool"),
    ("0", TypeError, r"^ids: this noise distribution has no words, because its counts had none"),
]


@pytest.mark.parametrize(("counts", "error", "message"), BAD_COUNTS)
def test_bad_counts_are_named(counts: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        NoiseDistribution(counts)


@pytest.mark.parametrize(("exponent", "error", "message"), BAD_EXPONENTS)
def test_bad_exponents_are_named(exponent: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        NoiseDistribution([1, 2], exponent=exponent)


@pytest.mark.parametrize(("ids", "error", "message"), BAD_IDS)
def test_bad_ids_are_named(ids: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        NoiseDistribution([1, 2, 3]).log_prob(ids)


@pytest.mark.parametrize(
    ("counts", "dtype"),
    [
        ([3, 0, 5], np.int64),
        ((3, 0, 5), np.int64),
        (np.array([3, 0, 5], np.uint8), np.int64),
        (np.array([3, 0, 5], ">i4"), np.int64),
        (np.array([3, 9, 0, 9, 5, 9])[::2], np.int64),
        (np.array([3, 0, 5], np.uint64), np.uint64),
        (np.array([3, 0, 5], np.float16), np.float64),
        ([3.0, 0, 5], np.float64),
        (np.array([3, 0, 5], object), np.int64),
        ([Fraction(3), 0, Fraction(5)], np.float64),
    ],
)
def test_array_likes_keep_their_numbers(counts: Any, dtype: type) -> None:
    noise = NoiseDistribution(counts)
    assert noise.counts.dtype == dtype
    assert noise.counts.tolist() == [3, 0, 5]
    assert noise.fingerprint == NoiseDistribution([3, 0, 5]).fingerprint


def test_large_python_integers_are_not_rounded() -> None:
    # NumPy alone reads this list as float64 and loses the 1.
    noise = NoiseDistribution([2**53 + 1, 2**63, 2**64 - 1], exponent=1)
    assert noise.counts.tolist() == [2**53 + 1, 2**63, 2**64 - 1]
    assert noise.counts.dtype == np.uint64


def test_tensors_are_read_or_refused_by_name() -> None:
    torch = pytest.importorskip("torch")
    assert NoiseDistribution(torch.tensor([3, 0, 5])).counts.tolist() == [3, 0, 5]
    assert NoiseDistribution(torch.tensor([0.5, 2.0])).counts.dtype == np.float64
    with pytest.raises(TypeError, match=r"counts cannot be read as an array: .*requires grad"):
        NoiseDistribution(torch.tensor([0.5], requires_grad=True))


def test_probabilities_are_the_powers_normalised() -> None:
    noise = NoiseDistribution(ZIPF)
    with mpmath.workdps(40):
        powers = [mpmath.mpf(c) ** mpmath.mpf("0.75") for c in ZIPF.tolist()]
        expected = [float(p / mpmath.fsum(powers)) for p in powers]
    np.testing.assert_allclose(noise.probabilities, expected, rtol=1e-15)
    assert math.fsum(noise.probabilities) == pytest.approx(1, abs=1e-14)
    assert noise.probabilities.dtype == np.float64


def test_probabilities_are_the_weights_over_their_sum() -> None:
    noise = NoiseDistribution(ZIPF, exponent=0.7)
    assert noise.total_weight == sum(noise.weights.tolist()) > 2**64
    exact = np.array([float(Fraction(w, noise.total_weight)) for w in noise.weights.tolist()])
    assert (abs(noise.probabilities - exact) <= 2 * np.spacing(exact)).all()


@pytest.mark.parametrize("counts", [[1e308] * 3, [5e-324, 5e-324, 5e-324], [2**64 - 1] * 3])
def test_extreme_counts_do_not_overflow(counts: list[float]) -> None:
    noise = NoiseDistribution(counts, exponent=1)
    np.testing.assert_allclose(noise.probabilities, 1 / 3, rtol=1e-15)
    assert "nan" not in repr(noise)


def test_log_prob_has_the_shape_of_the_ids() -> None:
    noise = NoiseDistribution([16, 1, 0])
    p = np.array([8 / 9, 1 / 9, 0])
    ids = np.array([[0, 1, 0], [1, 1, 0]], np.int32)
    np.testing.assert_allclose(noise.log_prob(ids), np.log(p[ids]), rtol=1e-15)
    assert noise.log_prob(ids).dtype == np.float64
    assert noise.log_prob(2) == -math.inf
    assert np.shape(noise.log_prob(np.uint8(1))) == ()
    assert noise.log_prob(np.uint64(1)) == pytest.approx(math.log(1 / 9), rel=1e-15)
    assert noise.log_prob([]).shape == (0,)
    assert noise.log_prob(np.zeros((2, 0), np.int64)).shape == (2, 0)
    assert NoiseDistribution([5]).log_prob([0]).tolist() == [0.0]


def test_length_nonzero_words_and_repr() -> None:
    noise = NoiseDistribution({"the": 16, "a": 1, "unseen": 0})
    assert len(noise) == 3
    assert noise.nonzero == 2
    assert noise.words == ("the", "a", "unseen")
    assert noise.exponent == 0.75
    assert repr(noise) == "NoiseDistribution(V=3, exponent=0.75, tokens=17)"
    assert noise.fingerprint[:12] in repr(noise)
    assert NoiseDistribution([1, 2]).words is None
    assert repr(NoiseDistribution([0.5, 2])) == "NoiseDistribution(V=2, exponent=0.75, total=2.5)"
    assert f"tokens={2**65 - 2}" in repr(NoiseDistribution([2**64 - 1] * 2))


# Fixed for ever: a change here is a new format, not a new expectation.
KNOWN = [
    ([3, 0, 5], 0.75, "3977e28e27eb6e5a0751caf0ad56fffd52b9b2d6c381eba526391e66d112f79b"),
    (ZIPF, 0.5, "5258c91eaede7189b6d7a5bd7ac7df83fd03d76de352f7a5b88ea4debd79b877"),
    ([0.5, 1e5, 3.25, 0.0], 0.75, "e60bf046ed589a7a36106eacdb37ccee759b0c487e870a5026c40aece64c0d62"),
    (ZIPF, 0.7, "f2716ccc39cda097e7f53eff5d31326bac284da7133708a9936d6c4775122cc7"),
    (ZIPF, -0.25, "f814188c4b0cab65733b366c7262572c94960a371bcab44cffe407ca835643fa"),
]


@pytest.mark.parametrize(("counts", "exponent", "fingerprint"), KNOWN)
def test_known_fingerprints(counts: Any, exponent: float, fingerprint: str) -> None:
    assert NoiseDistribution(counts, exponent=exponent).fingerprint == fingerprint


def test_the_fingerprint_can_be_computed_by_hand() -> None:
    # Largest count 5: 125 has 7 bits, so s = (248 - 7) // 4 = 60.
    weights = [isqrt(isqrt(c**3 << 240)) for c in (3, 0, 5)]
    data = b"".join(value.to_bytes(8, "little") for value in [3, *weights])
    expected = hashlib.sha256(b"samplers.noise/v1\n" + data).hexdigest()
    assert NoiseDistribution([3, 0, 5]).fingerprint == expected


def test_the_fingerprint_tells_length_order_and_exponent_apart() -> None:
    variants = [([1, 2], 0.75), ([2, 1], 0.75), ([1, 2, 0], 0.75), ([1, 2], 0.5), ([0, 1, 2], 0.75)]
    assert len({NoiseDistribution(c, exponent=e).fingerprint for c, e in variants}) == len(variants)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda noise: pickle.loads(pickle.dumps(noise))])
@pytest.mark.parametrize("words", [None, ("x", "y")])
def test_copies_are_equal_and_still_read_only(clone: Any, words: tuple[str, ...] | None) -> None:
    counts = np.array([3.5, 0.0])
    noise = NoiseDistribution(counts if words is None else WordCounts(words, counts), exponent=0.6)
    other = clone(noise)
    assert (other.words, other.exponent, other.fingerprint) == (words, 0.6, noise.fingerprint)
    for array in (other.counts, other.weights, other.probabilities):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_nothing_of_it_can_be_changed() -> None:
    counts = np.array([3, 1])
    noise = NoiseDistribution(counts)
    counts[0] = 100
    assert noise.counts.tolist() == [3, 1]
    for name in ("counts", "exponent", "weights", "probabilities", "fingerprint"):
        with pytest.raises(AttributeError, match=f"immutable: cannot set '{name}'"):
            setattr(noise, name, None)
    assert noise.weights is noise.weights
    assert noise.probabilities is noise.probabilities


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=20),
    st.one_of(st.sampled_from([0.25, 0.5, 0.75, 1.0]), st.floats(-20, 20)),
)
def test_whole_floats_have_the_fingerprint_of_the_integers(counts: list[int], exponent: float) -> None:
    assume(any(counts))
    floats = NoiseDistribution(np.array(counts, np.float64), exponent=exponent)
    assert floats.fingerprint == NoiseDistribution(counts, exponent=exponent).fingerprint
    assert floats.probabilities.sum() == pytest.approx(1, abs=1e-12)


UNIGRAM = [0.5, 0.25, 0.125, 0.125]
MADE_OF = {
    "a list": UNIGRAM,
    "an array of float32": np.array([3, 2, 1, 4], np.float32) / np.float32(10),
    "a mapping": dict(zip("abcd", UNIGRAM, strict=True)),
    "zeros among them": [0.0, *UNIGRAM],
    "rounded": [0.3333333, 0.6666666],
}


@pytest.mark.parametrize("counts", MADE_OF.values(), ids=MADE_OF)
def test_probabilities_without_an_exponent_are_told_of(counts: Any) -> None:
    with pytest.warns(
        UserWarning,
        match=r"counts sum to 1.*power 0.75: if they are probabilities, write exponent=1; .*write exponent=0.75",
    ) as told:
        samplers.create("alias", counts)
    assert [warning.filename for warning in told] == [__file__]
    for exponent in (1, 0.75):  # and these are silent
        samplers.create("alias", samplers.NoiseDistribution(counts, exponent=exponent))
        samplers.create("alias", counts, exponent=exponent)


@pytest.mark.parametrize(
    "counts", [[1], [1.0], [1, 0], [1.0, 0.0], [0.25] * 4, [0.5, 0.3], [2.5, 0.5], [0.5, 0.5, 0.0], np.array([0, 1])]
)
def test_counts_that_are_no_probabilities_and_those_that_are_alike_are_not_told_of(counts: Any) -> None:
    noise = samplers.NoiseDistribution(counts)
    pickle.loads(pickle.dumps(noise))


def test_a_copy_of_probabilities_is_silent() -> None:
    with pytest.warns(UserWarning, match="counts sum to 1"):
        noise = samplers.NoiseDistribution(UNIGRAM)
    for clone in (copy.copy(noise), copy.deepcopy(noise), pickle.loads(pickle.dumps(noise))):
        assert clone.fingerprint == noise.fingerprint


@pytest.mark.parametrize("exponent", [0.75, 1.0, 0.0, -0.4])
@pytest.mark.parametrize("n", [2, 7, 1000])
def test_real_counts_that_are_not_grouped_have_the_weights_and_tables_of_their_classes(exponent: float, n: int) -> None:
    rng = np.random.default_rng(n)
    counts = rng.exponential(size=n) * (rng.random(n) < 0.8)
    for values in (counts + (np.arange(n) == 1), np.round(counts, 2) + 0.5, np.append(counts[::-1], [0.0, 3.5])):
        law, grouped = (NoiseDistribution(values, exponent=exponent) for _ in range(2))
        assert (grouped.classes.sizes.sum(), grouped.fingerprint) == (law.nonzero, law.fingerprint)
        law = NoiseDistribution(values, exponent=exponent)
        np.testing.assert_array_equal(law.weights, grouped.weights)
        drawn = [samplers.create("alias", noise, rng=1).sample(50, 7) for noise in (law, grouped)]
        np.testing.assert_array_equal(*drawn)
        assert n < 1000 or "classes" not in law.__dict__


def test_a_subclass_that_groups_in_its_own_way_is_asked() -> None:
    class Swapped(NoiseDistribution):
        def _grouped(self) -> WeightClasses:
            return classes_of_weights(np.array([1, 9, 0], np.uint64))

    law = Swapped([0.5, 0.3, 0.9])
    assert law.nonzero == 2
    assert law.weights.tolist() == [1, 9, 0]
    implied = samplers.create("alias", law, rng=1).implied_probabilities()
    assert implied == pytest.approx([0.1, 0.9, 0.0])
