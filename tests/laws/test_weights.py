# SPDX-License-Identifier: MIT
"""Integer weights against Python's integers and mpmath."""

from math import isqrt

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from samplers.kernels import building
from samplers.laws.weights import exact_total, integer_weights

WHOLE_COUNTS = {
    "zipf": (100_000 / (np.arange(3000) + 2.7)).astype(np.int64),
    "one word": np.array([7]),
    "ones": np.ones(5, np.int64),
    "int64 limits": np.array([2, 3, 2**53, 2**53 + 1, 2**63 - 1]),
    "uint64 limits": np.array([5, 2**62, 2**63, 2**64 - 1], np.uint64),
}


def scale(counts: np.ndarray, q: int, weights: np.ndarray) -> int:
    """The s for which the largest weight is the integer part of largest**(q/4) * 2**s, below 2**62."""
    largest, top = int(counts.max()), int(weights.max())
    assert 2**61 <= top < 2**62
    with mpmath.workdps(60):
        return int(mpmath.nint(mpmath.log(mpmath.mpf(top) / mpmath.mpf(largest) ** (q / 4), 2)))


@pytest.mark.parametrize("q", range(5))
@pytest.mark.parametrize("name", WHOLE_COUNTS)
def test_quarter_powers_are_the_floor_and_not_one_unit_more(name: str, q: int) -> None:
    counts = WHOLE_COUNTS[name]
    weights = integer_weights(counts, q / 4)
    s = scale(counts, q, weights)
    for c, w in zip(counts.tolist(), weights.tolist(), strict=True):
        # w <= c**(q/4) * 2**s < w + 1, multiplied by 2**16 and raised to the fourth power.
        scaled = c**q << 4 * (s + 16)
        assert w**4 << 64 <= scaled < (w + 1) ** 4 << 64


@pytest.mark.parametrize("q", range(5))
@pytest.mark.parametrize("name", WHOLE_COUNTS)
def test_the_scale_is_the_largest_that_stays_below_2_to_62(name: str, q: int) -> None:
    counts = WHOLE_COUNTS[name]
    s = scale(counts, q, integer_weights(counts, q / 4))
    largest = int(counts.max())
    assert largest**q * 16 ** (s + 8) < 2 ** (248 + 32)
    assert largest**q * 16 ** (s + 9) >= 2 ** (248 + 32)


def by_python(counts: list[int], q: int) -> list[int]:
    """The weights, by roots of Python's integers."""
    shift = (248 - (max(counts) ** q).bit_length()) // 4
    scaled = [c**q << 4 * shift if shift >= 0 else c**q >> -4 * shift for c in counts]
    return [max(1, isqrt(isqrt(x))) if c else 0 for c, x in zip(counts, scaled, strict=True)]


def near_powers() -> list[int]:
    """Limits of integer types, powers of 2, and squares, cubes and fourth powers, with what is next to them."""
    rng = np.random.default_rng(4)
    limits = [1, 2**31, 2**32, 2**53, 2**62, 2**63, 2**64 - 1, *(2**i for i in range(64))]
    bases = [int(2.0 ** rng.uniform(1, 64 / power)) for power in (2, 3, 4) for _ in range(300)]
    powers = [base ** (2 + i // 300) for i, base in enumerate(bases)]
    return [c + step for c in (*limits, *powers) for step in (-2, -1, 0, 1, 2) if 0 <= c + step < 2**64]


@pytest.mark.parametrize("q", range(5))
@pytest.mark.parametrize("largest", [2**40, 2**62, 2**63 - 1, 2**64 - 1])
def test_compiled_roots_are_those_of_python_next_to_powers(q: int, largest: int) -> None:
    counts = [c for c in near_powers() if c <= largest] + [largest]
    assert integer_weights(np.array(counts, np.uint64), q / 4).tolist() == by_python(counts, q)


@pytest.mark.parametrize("q", range(5))
@pytest.mark.parametrize("bits", [1, 20, 40, 53, 64])
def test_compiled_roots_are_those_of_python_of_random_counts(q: int, bits: int) -> None:
    counts = (np.random.default_rng(bits).random(20_000) * 2.0 ** (bits - 1)).astype(np.uint64) * np.uint64(2)
    counts[0] = 2**bits - 1
    assert integer_weights(counts, q / 4).tolist() == by_python(counts.tolist(), q)
    if bits == 53:
        assert integer_weights(counts.astype(np.float64), q / 4).tolist() == by_python(counts.tolist(), q)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20).filter(any), st.integers(0, 4))
def test_compiled_roots_are_those_of_python(counts, q) -> None:
    assert integer_weights(np.array(counts, np.uint64), q / 4).tolist() == by_python(counts, q)


@pytest.mark.parametrize(("q", "shift"), [(3, 47), (5, 0), (-1, 0), (2, -1), (4, -64)])
def test_roots_that_would_not_fit_are_refused(q: int, shift: int) -> None:
    with pytest.raises(ValueError, match=f"2 counts, q={q} and shift={shift} do not fit"):
        building.quarter_roots(np.array([2**20 + 1, 3], np.uint64), q, shift)
    assert building.quarter_roots(np.array([2**20 + 1, 3], np.uint64), 3, 46).max() >> 61 == 1
    with pytest.raises(ValueError, match="0 counts"):
        building.quarter_roots(np.empty(0, np.uint64), 3, 40)


def test_a_positive_count_keeps_a_unit_even_where_the_floor_is_zero() -> None:
    # 2**64 - 1 under exponent 1 is scaled by 2**-2, which takes a count of 1 to 1/4.
    weights = integer_weights(np.array([2**64 - 1, 4, 3, 1, 0], np.uint64), 1.0)
    assert weights.tolist() == [2**62 - 1, 1, 1, 1, 0]


@pytest.mark.parametrize("exponent", [-1.0, -0.5, 0.0, 0.5, 0.7, 0.75, 1.0, 3.0])
@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.float64])
def test_zero_counts_weigh_nothing_under_any_exponent(exponent: float, dtype: type) -> None:
    weights = integer_weights(np.array([0, 3, 0, 1], dtype), exponent)
    assert weights.dtype == np.uint64
    assert (weights > 0).tolist() == [False, True, False, True]


def float_counts(kind: str) -> np.ndarray:
    rng = np.random.default_rng(20_240_229)
    if kind == "tokens":
        return np.exp(rng.uniform(0, 20, 300))
    if kind == "every float64":
        return np.append(2.0 ** rng.uniform(-1022, 1023.9, 300), [5e-324, 1e308])
    if kind == "close":
        return 1 + 1e-3 * rng.random(300)
    # Both sides of the point where the mantissa is folded, and of a power of two.
    return np.concatenate([0.5**0.5 + np.arange(-20, 20) * 2.0**-50, 1 + np.arange(-20, 20) * 2.0**-50])


@pytest.mark.parametrize("kind", ["tokens", "every float64", "close", "seams"])
@pytest.mark.parametrize("exponent", [0.75, 1 / 3, 0.7, 1e-3, 1.0, 7.3, 50.0, -0.5, -3.3])
def test_other_powers_are_within_the_stated_error_of_mpmath(kind: str, exponent: float) -> None:
    counts = float_counts(kind)
    weights = integer_weights(counts, exponent)
    reference = float(counts.max() if exponent > 0 else counts.min())
    bound = 2e-15 * max(1.0, abs(exponent))
    with mpmath.workdps(50):
        for c, w in zip(counts.tolist(), weights.tolist(), strict=True):
            true = mpmath.ldexp(1, 62) * (mpmath.mpf(c) / mpmath.mpf(reference)) ** mpmath.mpf(exponent)
            assert max(1, true * (1 - bound) - 1) <= w <= max(1, true * (1 + bound) + 1)
    assert weights.max() == 2**62


@pytest.mark.parametrize("exponent", [0.0, 5e-324, -1e-310])
def test_tiny_exponents_are_uniform(exponent: float) -> None:
    assert integer_weights(np.array([1e308, 0.0, 1.5, 5e-324]), exponent).tolist() == [2**62, 0, 2**62, 2**62]


@pytest.mark.parametrize("exponent", [50.0, 1e19, 1.7e308, -50.0, -1.7e308])
def test_hopeless_ratios_end_at_one_unit_without_overflow(exponent: float) -> None:
    weights = integer_weights(np.array([1e308, 1.5, 5e-324]), exponent)
    assert sorted(weights.tolist()) == [1, 1, 2**62]
    assert weights.argmax() == (0 if exponent > 0 else 2)


@pytest.mark.parametrize("q", [1, 2, 3, 4])
def test_float_counts_agree_with_the_integer_path(q: int) -> None:
    counts = WHOLE_COUNTS["zipf"]
    exact = integer_weights(counts, q / 4)
    # One count that is not whole sends all of them the other way.
    portable = integer_weights(np.append(counts, 0.5), q / 4)[:-1]
    assert portable[0] != exact[0]
    np.testing.assert_allclose(portable / portable[0], exact / exact[0], rtol=1e-13)


def test_float_counts_from_2_to_53_are_not_taken_for_exact_integers() -> None:
    assert integer_weights(np.array([2.0**53 - 1, 1]), 0.75).max() < 2**62
    assert integer_weights(np.array([2.0**53, 1]), 0.75).max() == 2**62


COUNTS = st.one_of(
    st.lists(st.integers(0, 2**62), min_size=1, max_size=30).map(lambda c: np.array(c, np.int64)),
    st.lists(st.floats(0, 1e308), min_size=1, max_size=30).map(np.array),
)
EXPONENTS = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(-60, 60))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(COUNTS, EXPONENTS, st.randoms(use_true_random=False))
def test_weights_follow_a_permutation_ignore_zeros_and_keep_order(counts, exponent, random) -> None:
    assume(counts.any())
    weights = integer_weights(counts, exponent)
    assert ((weights > 0) == (counts > 0)).all()
    order = np.array(random.sample(range(len(counts)), len(counts)))
    assert (integer_weights(counts[order], exponent) == weights[order]).all()
    assert integer_weights(np.append(counts, counts.dtype.type(0)), exponent).tolist() == [*weights, 0]
    positive = counts[counts > 0]
    by_weight = weights[counts > 0][np.argsort(positive, kind="stable")].astype(np.float64)
    # Two neighbouring floats may swap by an error of the last digits, no more.
    slack = 4e-15 * max(1.0, abs(exponent)) * by_weight[1:] + 1
    assert (np.diff(by_weight) * (1 if exponent >= 0 else -1) >= -slack).all()


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=30), EXPONENTS, st.integers(-60, 60))
def test_a_power_of_two_cancels(counts, exponent, power) -> None:
    first = integer_weights(np.array(counts), exponent)
    second = integer_weights(np.ldexp(counts, power), exponent)
    p, q = first / float(exact_total(first)), second / float(exact_total(second))
    # The last term: a weight has no fraction, so it may miss one unit of some 2**60.
    np.testing.assert_allclose(p, q, rtol=1e-12, atol=2.0**-59)


def test_long_vectors_agree_with_the_same_counts_alone() -> None:
    # Longer than two chunks of the float path, so that a chunk's edge would show.
    counts = np.random.default_rng(3).random(70_000) + 0.25
    counts[-1] = 2.0
    weights = integer_weights(counts, 0.6)
    for index in (0, 2**15 - 1, 2**15, 2**16, 69_998):
        assert integer_weights(counts[[index, -1]], 0.6)[0] == weights[index]


def test_exact_total_passes_64_bits() -> None:
    assert exact_total(np.full(1000, 2**64 - 1, np.uint64)) == 1000 * (2**64 - 1)
    assert exact_total(np.array([2**62, 3, 2**32 - 1], np.uint64)) == 2**62 + 2**32 + 2
    assert type(exact_total(np.ones(2, np.uint64))) is int


def log2_parts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log2 of positive x as a fraction in [-0.5, 0.5] and an integer."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < 0.7071067811865476
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    z = (mantissa - 1.0) / (mantissa + 1.0)
    square = z * z
    series = np.full_like(z, 1.0 / 21)
    for n in range(19, 0, -2):
        series = series * square + 1.0 / n
    return 2.0 * z * series / 0.6931471805599453, (exponent - low).astype(np.float64)


def by_ufuncs(counts: np.ndarray, exponent: float) -> np.ndarray:
    """The published formula of the portable weights: each operation is a ufunc, so that no two can be fused."""
    x = counts.astype(np.float64)
    extreme = x.max() if exponent >= 0 else x[x > 0].min()
    reference = log2_parts(np.array([extreme]))
    fraction, integer = log2_parts(np.where(x > 0, x, 1.0))
    fraction, integer = fraction - reference[0], integer - reference[1]
    product = exponent * integer
    power = np.rint(product)
    rest = (product - power) + exponent * fraction
    carry = np.rint(rest)
    power, rest = power + carry, rest - carry
    y = rest * 0.6931471805599453
    series = np.ones_like(y)
    for n in range(13, 0, -1):
        series = 1.0 + series * y / n
    scaled = np.ldexp(series, np.clip(power + 62, -2, 63).astype(np.int32))
    return np.where(x > 0, np.clip(scaled, 1.0, 2.0**62), 0.0).astype(np.uint64)


EXPONENTS = [0.7, 1.0, 0.75, 0.1, -0.5, -3.3, 2.5, 1e-300, 37.0, 1e5, -1e5, 2.0**51, 2.0**52 + 1, 2.0**63, -(2.0**64)]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_compiled_powers_are_those_of_numpys_operations_bit_for_bit(exponent: float) -> None:
    rng = np.random.default_rng(11)
    every = rng.integers(0, 0x7FF0_0000_0000_0000, 20_000).view(np.float64)  # also subnormal ones
    every[:2000] = rng.integers(0, 2**52, 2000).view(np.float64)
    tokens = np.append(rng.integers(0, 2**31, 4_999), 0)
    for counts in (
        every,
        rng.exponential(size=20_001),
        np.array([0.0, 5e-324, 2.0**-1022, 1.5]),
        rng.uniform(0.4, 2.2, 20_000) * np.sqrt(0.5),
        np.nextafter(2.0 ** rng.integers(-300, 300, 501), rng.choice([0, np.inf], 501)),
        tokens + 0.5,
        np.append(tokens.astype(np.uint64), np.uint64(2**64 - 1)),
        tokens,
    ):
        whole = exponent in (0.25, 0.5, 0.75, 1.0) and counts.dtype.kind in "iu"
        if whole:
            continue
        expected = by_ufuncs(counts, exponent)
        np.testing.assert_array_equal(integer_weights(counts, exponent), expected)
        reals = counts.astype(np.float64)
        extreme = reals.max() if exponent >= 0 else reals[reals > 0].min()
        for form in building.POWERS:
            weights = np.empty(len(counts), np.uint64)
            building.ratio_powers(reals, extreme, exponent, weights, form)
            np.testing.assert_array_equal(weights, expected, form)


def test_counts_that_do_not_fit_the_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="an item for each of 3 counts"):
        building.ratio_powers(np.ones(3), 1.0, 0.7, np.empty(2, np.uint64))
    with pytest.raises(ValueError, match="form must be one of .*'scalar'.*got 'sse9'"):
        building.ratio_powers(np.ones(3), 1.0, 0.7, np.empty(3, np.uint64), "sse9")
    for extreme, exponent in ((0.0, 0.7), (np.nan, 0.7), (1.0, np.nan), (1.0, 2.0**65)):
        with pytest.raises(ValueError, match="extreme must be positive"):
            building.ratio_powers(np.ones(3), extreme, exponent, np.empty(3, np.uint64))
