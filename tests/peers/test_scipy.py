# SPDX-License-Identifier: MIT
"""The cases of SciPy's tests of ``DiscreteAliasUrn``, and of those that all its samplers share, asked of samplers.

Every test of SciPy has a test here. Those of ``DiscreteGuideTable`` are not repeated, because they have the same laws.

SciPy asks that the variance lies within 0.1 + 0.1 %, and p > 0.1 at one seed. A right sampler of ``randint(7, 31)``
fails the first at one of four seeds. So `fits` asks for five standard errors, which is narrower for most laws, and
p > 0.001.
"""

from __future__ import annotations

import pickle
import threading
from copy import deepcopy

import numpy as np
import pytest
from scipy import special, stats

import samplers

from .suites import POSITIONAL, NotMet, Suite, drawing, fits, make, refused

INFINITE = [
    "betanbinom", "dlaplace", "geom", "logser", "nbinom(0.4, 0.4)", "nbinom(5, 0.5)", "planck", "poisson", "skellam",
    "zipf", "yulesimon",
]  # fmt: skip
SUITE = Suite(
    files=("scipy/stats/tests/test_sampling.py",),
    not_applicable={
        "TestDiscreteAliasUrn.test_basic": dict.fromkeys(INFINITE, "ids are 0 .. V - 1, and SciPy skips it too"),
        "test_bad_domain": {"(1, 1)": "the one id of V = 1 is a law"},
        "test_with_scipy_distribution": {
            "norm()": "a continuous law has no ids",
            "norm(10, 5)": "a continuous law has no ids",
        },
        "test_rvs_size": {"None": "the shape is always (rows, k)", "(2, 3, 4, 5)": "the shape is always (rows, k)"},
    },
    not_met=[
        NotMet(
            "test_rvs_size",
            lambda: make("alias", [1, 2]).sample(0, 0),
            "k must be at least 1, got 0",
            "a row without ids is the mistake of a caller",
        )
    ],
)
FINITE = {
    "bernoulli": stats.bernoulli(0.3),
    "betabinom": stats.betabinom(5, 2.3, 0.63),
    "binom": stats.binom(5, 0.4),
    "boltzmann": stats.boltzmann(1.4, 19),
    "hypergeom(30, 12, 6)": stats.hypergeom(30, 12, 6),
    "hypergeom(21, 3, 12)": stats.hypergeom(21, 3, 12),
    "hypergeom(21, 18, 11)": stats.hypergeom(21, 18, 11),
    "nchypergeom_fisher": stats.nchypergeom_fisher(140, 80, 60, 0.5),
    "nchypergeom_wallenius": stats.nchypergeom_wallenius(140, 80, 60, 0.5),
    "poisson_binom": [0.1, 0.6, 0.7, 0.8],
    "randint": stats.randint(7, 31),
    "zipfian(0.75, 15)": stats.zipfian(0.75, 15),
    "zipfian(1.25, 10)": stats.zipfian(1.25, 10),
    "nhypergeom": stats.nhypergeom(20, 7, 1),
}


def pmf_of(law):
    """The probabilities of the support; those of a sum of Bernoulli variables are a product of polynomials.

    SciPy has ``poisson_binom`` from version 1.15 on.
    """
    if isinstance(law, list):
        polynomials = [np.array([1 - p, p]) for p in law]
        total = np.ones(1)
        for polynomial in polynomials:
            total = np.convolve(total, polynomial)
        return total
    low, high = law.support()
    return law.pmf(np.arange(low, high + 1))


@SUITE.case("TestDiscreteAliasUrn.test_basic", FINITE)
@drawing(True, ("alias", "spectrum", "cum_table"))
def test_basic(name, replacement, given):
    weights = pmf_of(given)
    fits(make(name, weights, replacement, 42), weights)


BAD_PMF = {
    "infinite": [np.inf] * 10,
    "not a number": [np.nan] * 10,
    "all zero": [0.0] * 10,
    "lists": [[]] * 10,
    "negative": -np.arange(1.0, 11.0),
    "an undefined name": lambda x: foo,  # noqa: F821
    "a wrong signature": lambda: 1.0,
}


@SUITE.case("TestDiscreteAliasUrn.test_bad_pmf", BAD_PMF)
def test_bad_pmf(given):
    refused(lambda: make("alias", given))


@SUITE.case("TestDiscreteAliasUrn.test_sampling_with_pv", {str(p): p for p in ([0.18, 0.02, 0.8], [1, 2, 3, 4, 5, 6])})
@drawing(True)
def test_sampling_with_pv(name, replacement, given):
    fits(make(name, given, replacement, 123), given)


BAD_PV = ([], [[1.0, 0.0]], [0.2, 0.4, np.nan, 0.8], [0.2, 0.4, np.inf, 0.8], [0.0, 0.0])


@SUITE.case("TestDiscreteAliasUrn.test_bad_pv", {str(p): p for p in BAD_PV})
def test_bad_pv(given):
    refused(lambda: make("alias", given), (ValueError,))


# SciPy's domains are the first and the last value; a law of ours has the ids 0 .. V - 1.
INFINITE_DOMAINS = ((-np.inf, np.inf), (np.inf, np.inf), (-np.inf, -np.inf), (0, np.inf), (-np.inf, 0))


@SUITE.case("TestDiscreteAliasUrn.test_inf_domain", {str(d): d for d in INFINITE_DOMAINS})
@pytest.mark.filterwarnings("ignore:invalid value")  # inf - inf
def test_inf_domain(given):
    ids = np.float64(given[1]) - given[0] + 1
    for law in (samplers.uniform, samplers.log_uniform):
        refused(lambda law=law: law(ids))


BAD_DOMAINS = {"(2, 1)": 0, "(1, 2, 3)": (1, 2, 3), "()": (), "(0, nan)": np.nan, "(nan, nan)": (np.nan, np.nan)}


@SUITE.case("test_bad_domain", BAD_DOMAINS)
def test_bad_domain(given):
    for law in (samplers.uniform, samplers.log_uniform):
        refused(lambda law=law: law(given))


@SUITE.case("TestDiscreteAliasUrn.test_bad_urn_factor")
@pytest.mark.parametrize(("name", "option"), [("unigram_table", "table_size"), ("pool", "pool_size")])
def test_bad_urn_factor(name, option):
    for size in (-1, 0, np.nan):
        with pytest.raises((ValueError, TypeError), match=f"{option} must be"):
            samplers.create(name, [1, 1], **{option: size})


@SUITE.case("TestDiscreteAliasUrn.test_bad_args")
def test_bad_args():
    class Law:
        def pmf(self, x):
            return x

    for law in (Law(), stats.binom(10, 0.2)):
        refused(lambda law=law: make("alias", law), (TypeError,))


@SUITE.case("test_with_scipy_distribution", {"binom(10, 0.2)": stats.binom(10, 0.2)})
@drawing(True)
def test_with_scipy_distribution(name, replacement, given):
    fits(make(name, pmf_of(given), replacement, 0), pmf_of(given))


@SUITE.case("TestDiscreteAliasUrn.test_gh19359")
@drawing(True)
def test_gh19359(name, replacement):
    weights = special.softmax(np.ones(1533))
    fits(make(name, weights, replacement, 42), weights)


def of_seed(name, replacement, rng, k=2):
    return make(name, [0.02, 0.18, 0.8], replacement, rng).sample(50, k)


@SUITE.case("test_random_state", {"a seed": 123})
@drawing()
def test_random_state(name, replacement, given):
    assert (of_seed(name, replacement, given) == of_seed(name, replacement, given)).all()
    assert (of_seed(name, replacement, given) != of_seed(name, replacement, given + 1)).any()


LEGACY = {"RandomState and Generator": lambda: np.random.RandomState(np.random.MT19937(123))}


@SUITE.case("test_random_state", LEGACY)
@drawing(None, POSITIONAL)
def test_random_state_of_the_legacy_class(name, replacement, given):
    modern = np.random.Generator(np.random.MT19937(123))
    assert (of_seed(name, replacement, given()) == of_seed(name, replacement, modern)).all()


@SUITE.case("test_random_state", {"the global state": (5, 6)})
@drawing()
def test_random_state_of_numpy_is_neither_read_nor_written(name, replacement, given):
    before, ids = np.random.get_state(), []  # noqa: NPY002
    try:
        for seed in given:
            np.random.seed(seed)  # noqa: NPY002
            state = np.random.get_state()[1].copy()  # noqa: NPY002
            ids.append(of_seed(name, replacement, 1))
            assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    finally:
        np.random.set_state(before)  # noqa: NPY002
    assert (ids[0] == ids[1]).all()


@SUITE.case("test_set_random_state")
@drawing()
def test_set_random_state(name, replacement):
    sampler = make(name, [1, 2, 3], replacement, 123)
    first = sampler.sample(50, 2)
    assert (first == sampler.with_rng(123).sample(50, 2)).all()


@SUITE.case("test_threading_behaviour")
@drawing(True, POSITIONAL)
def test_threading_behaviour(name, replacement):
    sampler, errors = make(name, [1, 2, 3], replacement), {}

    def draw(thread, wrong):
        own = sampler.with_rng(thread)
        try:
            for call in range(50):
                own.sample(100, 5, exclude=np.full(100, wrong if call == 30 else 0))
        except ValueError as error:
            errors[thread] = str(error)

    threads = [threading.Thread(target=draw, args=(thread, 7 + thread)) for thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["id 7 " in errors[0], "id 8 " in errors[1]] == [True, True]


@SUITE.case("test_pickle")
@drawing()
def test_pickle(name, replacement):
    sampler = make(name, [1, 2, 3], replacement, 123)
    sampler.sample(2, 2)
    twins = pickle.loads(pickle.dumps(sampler)), deepcopy(sampler)
    ids = sampler.sample(50, 2)
    assert all((ids == twin.sample(50, 2)).all() for twin in twins)


@SUITE.case("test_rvs_size", {"0": (0, 1), "(0,)": (0, 1), "(0, 1)": (0, 1), "(10, 3)": (10, 3), "1": (1, 1)})
@drawing()
def test_rvs_size(name, replacement, given):
    assert make(name, [1, 2, 3], replacement).sample(*given).shape == given


@pytest.mark.parametrize("wrong", [[0.5, 0.5, 0.5, 0.5, 0.53, 0.47], [1, 1, 0]])
def test_wrong_laws_are_rejected(wrong):
    with pytest.raises(AssertionError):
        fits(make("alias", wrong, rng=42), [1] * len(wrong))
