# SPDX-License-Identifier: MIT
"""The cases of NumPy's tests of ``Generator.choice``, asked of samplers.

NumPy pins the ids of a seed. Ours are other ids, so that such a case asks that a seed repeats and another differs.
"""

from __future__ import annotations

import numpy as np
import pytest

import samplers

from .suites import POSITIONAL, NotMet, Suite, drawing, make, refused

SUITE = Suite(
    files=("numpy/random/tests/test_generator_mt19937.py",),
    not_applicable={
        "test_choice_multidimensional_default_axis": {"": "ids are drawn, and not elements of an array"},
        "test_choice_multidimensional_custom_axis": {"": "ids are drawn, and not elements of an array"},
        "test_choice_exceptions": {
            "p longer than a": "there are counts alone, and V is their number",
            "p that does not sum to 1": "counts need not sum to 1",
        },
        "test_choice_return_shape": {"scalars and arrays of no dimension": "the shape is always (rows, k)"},
        "test_choice_array_size_empty_tuple": {"": "the shape is always (rows, k)"},
    },
    not_met=[
        NotMet(
            "test_choice_return_shape",
            lambda: make("alias", [1, 2]).sample(3, 0),
            "k must be at least 1, got 0",
            "a row without ids is the mistake of a caller",
        ),
        NotMet(
            "test_choice_return_shape",
            lambda: make("alias", []).sample(0, 4),
            "counts must have 1 to .* entries, got 0",
            "a law without ids has no probabilities, so that there is no sampler",
        ),
    ],
)


def repeats(name, weights, replacement, k):
    """A seed gives the same ids again; another gives others in some of 20 rows."""
    first, again, other = (make(name, weights, replacement, rng).sample(20, k) for rng in (1234, 1234, 4321))
    assert (first == again).all()
    assert (first != other).any()
    return first


@SUITE.case("test_choice_uniform_replace")
@drawing(True)
def test_choice_uniform_replace(name, replacement):
    assert np.isin(repeats(name, [1] * 4, replacement, 4), range(4)).all()


@SUITE.case("test_choice_nonuniform_replace")
@drawing(True)
def test_choice_nonuniform_replace(name, replacement):
    repeats(name, [0.4, 0.4, 0.1, 0.1], replacement, 4)


@SUITE.case("test_choice_uniform_noreplace")
@drawing(False)
def test_choice_uniform_noreplace(name, replacement):
    assert all(len(set(row)) == 3 for row in repeats(name, [1] * 4, replacement, 3).tolist())
    assert (np.sort(make(name, [1] * 4, replacement).sample(20, 4)) == range(4)).all()


@SUITE.case("test_choice_nonuniform_noreplace")
@drawing(False)
def test_choice_nonuniform_noreplace(name, replacement):
    assert all(len(set(row)) == 3 for row in repeats(name, [0.1, 0.3, 0.5, 0.1], replacement, 3).tolist())


@SUITE.case("test_choice_noninteger")
def test_choice_noninteger():
    sampler = samplers.create("alias", dict.fromkeys("abcd", 1), rng=1)
    assert set(np.array(sampler.noise.words)[sampler.sample(1, 40)[0]]) == set("abcd")


REFUSED = {
    "a negative population": lambda name: make(name, -1),
    "a population that is a float": lambda name: make(name, 3.0),
    "an empty population": lambda name: make(name, []),
    "p of two dimensions": lambda name: make(name, [[0.25, 0.25], [0.25, 0.25]]),
    "p with a negative entry": lambda name: make(name, [1.1, -0.1]),
    "4 distinct of 3": lambda name: make(name, [1, 1, 1], False).sample(1, 4),
    "size -2": lambda name: make(name, [1, 1, 1]).sample(1, -2),
    "size (-1,)": lambda name: make(name, [1, 1, 1]).sample(-1, 1),
    "size (-1, 1)": lambda name: make(name, [1, 1, 1]).sample(-1, 1),
    "2 distinct of 1 with p > 0": lambda name: make(name, [1, 0, 0], False).sample(1, 2),
}


@SUITE.case("test_choice_exceptions", REFUSED)
@pytest.mark.parametrize("name", POSITIONAL)
def test_choice_exceptions(name, given):
    refused(lambda: given(name))


SHAPES = {
    "(2, 3)": lambda name, mode: make(name, [0.1, 0.1, 0.1, 0.1, 0.4, 0.2], mode).sample(2, 3).shape == (2, 3),
    "no rows": lambda name, mode: make(name, [1] * 6, mode).sample(0, 4).shape == (0, 4),
}


@SUITE.case("test_choice_return_shape", SHAPES)
@drawing()
def test_choice_return_shape(name, replacement, given):
    assert given(name, replacement)


@SUITE.case("test_choice_return_shape", {"10 of an empty population": lambda: make("alias", []).sample(10, 1)})
def test_choice_return_shape_of_nothing(given):
    refused(given)


@SUITE.case("test_choice_nan_probabilities")
def test_choice_nan_probabilities():
    refused(lambda: make("alias", [None, None, None]))


@SUITE.case("test_choice_p_non_contiguous")
@drawing()
def test_choice_p_non_contiguous(name, replacement):
    p = np.ones(10) / 5
    p[1::2] = 3.0
    ids = [make(name, weights, replacement).sample(9, 3) for weights in (p[::2], np.ascontiguousarray(p[::2]))]
    assert (ids[0] == ids[1]).all()


@SUITE.case("test_choice_return_type")
@drawing()
def test_choice_return_type(name, replacement):
    assert make(name, np.ones(4) / 4, replacement).sample(1, 2).dtype == np.int64


@SUITE.case("test_choice_large_sample")
@drawing(False, POSITIONAL)
def test_choice_large_sample(name, replacement):
    first, again = (make(name, [1] * 10_000, replacement).sample(1, 5_000)[0] for _ in range(2))
    assert (first == again).all()
    assert len(np.unique(first)) == 5_000
