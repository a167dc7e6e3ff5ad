# SPDX-License-Identifier: MIT
"""The cases of TensorFlow's tests of its candidate samplers, asked of samplers. TensorFlow itself is not needed.

The files are ``core/kernels/range_sampler_test.cc`` and ``python/kernel_tests/candidate_sampler_ops_test.py``.
"""

from __future__ import annotations

import numpy as np
import pytest

import samplers
from samplers import NoiseDistribution

from .suites import POSITIONAL, Suite, drawing, make, refused

SUITE = Suite(
    files=("tensorflow/core/kernels/range_sampler_test.cc",),
    not_applicable={
        "RangeSamplerTest.UnigramProbabilities1": {"Update()": "a law is fixed; it is asked with the final counts"},
        "RangeSamplerTest.FixedUnigramNoMatchingRangeWeights": {"": "V is the number of lines of the file"},
        "RangeSamplerTest.FixedUnigramProbabilitiesReserve1": {"a file": "counts of 0 before an array reserve ids"},
    },
)
TRUE = np.array([[1, 2], [0, 4], [3, 3]])
WEIGHTS = 2.0 ** np.arange(9)
POWERS = WEIGHTS**0.8 / (WEIGHTS**0.8).sum()
VOCABULARY = "".join(f"w{i + 1},{2**i}\n" for i in range(9))


def log_uniform(V):
    return np.log((np.arange(V) + 2) / (np.arange(V) + 1)) / np.log(V + 1)


def has_histogram(sampler, p):
    """TensorFlow's check: no frequency of 1,000 ids is 0.05 away, which is 3.2 standard errors of p = 1/2, or more.

    A right sampler fails it by a chance below 2e-3. It finds an error of 0.1 of a probability, and no small ones.
    """
    ids = sampler.sample(1, 1000).ravel()
    assert np.abs(np.bincount(ids, minlength=len(p)) / 1000 - p).max() < 0.05


@SUITE.case("RangeSamplerTest.UniformProbabilities")
@pytest.mark.parametrize("law", [NoiseDistribution([1] * 10), samplers.uniform(10)])
def test_uniform_probabilities(law):
    assert (law.probabilities == 0.1).all()
    assert law.probabilities.sum() == pytest.approx(1, abs=1e-12)


@SUITE.case("RangeSamplerTest.UniformHistogram")
@drawing(True)
def test_uniform_histogram(name, replacement):
    has_histogram(make(name, [1] * 10, replacement, 123), np.full(10, 0.1))


@SUITE.case("RangeSamplerTest.LogUniformProbabilities")
@pytest.mark.parametrize(
    "law", [samplers.log_uniform(10**6), NoiseDistribution(log_uniform(10**6), exponent=1.0)], ids=["law", "weights"]
)
def test_log_uniform_probabilities(law):
    p = law.probabilities
    at = 100 * 2 ** np.arange(14)
    assert at[-1] < 10**6 <= 2 * at[-1]
    assert np.abs(p[at] / p[at // 2] - 0.5).max() < 0.1
    assert p.sum() == pytest.approx(1, abs=1e-9)


@SUITE.case("RangeSamplerTest.LogUniformHistogram")
@drawing(True)
def test_log_uniform_histogram(name, replacement):
    has_histogram(make(name, log_uniform(10), replacement, 123), log_uniform(10))


UPDATES = {
    "UnigramProbabilities1": np.array([1, 1, 1, 11, 1, 1, 1, 1, 1, 1]),
    "UnigramProbabilities2": np.arange(1, 11),
}


@SUITE.case("RangeSamplerTest.UnigramHistogram", UPDATES)
@drawing(True)
def test_unigram(name, replacement, given):
    p = given / given.sum()
    sampler = make(name, given, replacement, 123)
    np.testing.assert_allclose(sampler.noise.probabilities, p, rtol=0, atol=1e-12)
    has_histogram(sampler, p)


@SUITE.case("RangeSamplerTest.FixedUnigramHistogramFromVector", {f"{n} reserved": n for n in (0, 1, 2)})
@drawing(True)
def test_fixed_unigram(name, replacement, given):
    reserved = np.zeros(given)
    law, p = NoiseDistribution(np.append(reserved, WEIGHTS), exponent=0.8), np.append(reserved, POWERS)
    np.testing.assert_allclose(law.probabilities, p, rtol=0, atol=1e-12)
    has_histogram(samplers.create(name, law, replacement=replacement, rng=123), p)


@SUITE.case("RangeSamplerTest.FixedUnigramProbabilities", {"commas": VOCABULARY, "tabs": VOCABULARY.replace(",", "\t")})
def test_fixed_unigram_of_a_file(given, tmp_path):
    """Lines of ``word,count`` were read as a corpus of nine words, each once, and nothing said so."""
    (tmp_path / "vocab_file").write_text(given, encoding="utf-8")
    law = NoiseDistribution(tmp_path / "vocab_file", exponent=0.8)
    assert law.words == tuple(f"w{i + 1}" for i in range(9))
    np.testing.assert_allclose(law.probabilities, POWERS, rtol=0, atol=1e-12)


@SUITE.case("RangeSamplerTest.FixedUnigramNoExistingFilename")
def test_fixed_unigram_of_no_file(tmp_path):
    refused(lambda: NoiseDistribution(tmp_path / "vocab_file"), (FileNotFoundError,))


@SUITE.case("RangeSamplerTest.All")
@drawing(False, POSITIONAL)
def test_all(name, replacement):
    """``RangeSamplerOpsTest.testTrueLogExpectedCount`` asks for the logs."""
    sampler = make(name, np.arange(1, 11), replacement)
    assert (np.sort(sampler.sample(5, 10)) == np.arange(10)).all()
    np.testing.assert_allclose(sampler.expected_counts(10), 1, rtol=1e-9)
    np.testing.assert_allclose(sampler.log_expected_count(TRUE, 10), np.zeros((3, 2)), atol=1e-9)


@SUITE.case("RangeSamplerTest.Unique")
@drawing(False, POSITIONAL)
def test_unique(name, replacement):
    """Their tolerance of 0.2 is four standard errors of a mean of 100 at 1/2, or more: a false alarm has 6e-3.

    It finds a bias of 0.4 in an inclusion probability.
    """
    sampler = make(name, log_uniform(100), replacement, 123)
    ids = sampler.sample(100, 50)
    assert all(len(set(row)) == 50 for row in ids.tolist())
    assert np.abs(np.bincount(ids.ravel(), minlength=100) / 100 - sampler.expected_counts(50)).max() < 0.2


@SUITE.case("RangeSamplerTest.Avoid")
@drawing(False, POSITIONAL)
def test_avoid(name, replacement):
    ids = make(name, log_uniform(100), replacement, 123).sample(1, 98, exclude=[[17, 23]])
    assert set(ids[0]) == set(range(100)) - {17, 23}


@SUITE.case("RangeSamplerOpsTest.testAccidentalHits")
@drawing(False, POSITIONAL)
def test_accidental_hits(name, replacement):
    sampler = make(name, [1] * 5, replacement)
    ids = sampler.with_rng(1).sample(3, 5)
    marked = sampler.with_rng(1).sample(3, 5, exclude=TRUE, on_collision="mark")
    hits = (ids[:, :, None] == TRUE[:, None]).any(axis=2)
    assert hits.sum(axis=1).tolist() == [2, 2, 1]
    assert (marked == np.where(hits, -1, ids)).all()


@SUITE.case("RangeSamplerOpsTest.testSampledCandidates")
@drawing(False, POSITIONAL)
def test_sampled_candidates(name, replacement):
    """One set of negatives for a whole batch, without its true classes."""
    ids = make(name, [1] * 9, replacement).sample(1, 4, exclude=np.unique(TRUE)[None])
    assert set(ids[0]) == set(range(9)) - set(TRUE.ravel().tolist())


@SUITE.case("RangeSamplerOpsTest.testSeed", {f"seed {seed}": seed for seed in (1, 12, 123, 1234)})
@drawing()
def test_seed(name, replacement, given):
    first, again = (make(name, log_uniform(5), replacement, given).sample(1, 5) for _ in range(2))
    assert (first == again).all()


@SUITE.case("RangeSamplerOpsTest.testSeed", {"no seed": None})
@drawing()
def test_no_seed(name, replacement, given):
    draws = [make(name, log_uniform(50), replacement, given).sample(1, 5).tolist() for _ in range(20)]
    assert sum(first == second for first, second in zip(draws[::2], draws[1::2], strict=True)) <= 2


@SUITE.case("RangeSamplerOpsTest.testTrueCandidates")
def test_true_candidates():
    assert make("alias", [1] * 5).log_expected_count(TRUE, 5).shape == (3, 2)
