# SPDX-License-Identifier: MIT
"""Positional samplers for the tests: made from counts, under a key of their own."""

from __future__ import annotations

import copy
import hashlib

import numpy as np
import pytest

import samplers
from benchmarks.workloads import WORKLOADS

NAMES = ("alias", "spectrum")
FORMS = ("scalar", "avx2", "avx512")
# The smallest p-value that a test may see: its false-alarm rate. Seeds are fixed.
ALPHA = 1e-6

both = pytest.mark.parametrize("name", NAMES)
of_any_law = pytest.mark.parametrize("name", [*NAMES, "uniform"])  # for tests of a stream whose law does not matter
modes = pytest.mark.parametrize("replacement", [True, False], ids=["with", "without"])


def make(name, counts, key=None, exponent=1.0, **options):
    """A sampler over counts, which are equal for `uniform`; with a key of its own where one is named."""
    counts = np.full(len(counts), 7) if name == "uniform" else counts
    sampler = samplers.create(name, samplers.NoiseDistribution(counts, exponent=exponent), rng=1, **options)
    return sampler if key is None else with_key(sampler, key)


def with_key(sampler, key, position=0):
    """The same sampler under another key."""
    twin = copy.copy(sampler)
    twin.key, twin.position = key, position
    return twin


def fingerprint(ids: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(ids, dtype="<i8")).hexdigest()


def excluded_of(kind, first, rows):
    """What rows first to first + rows exclude: functions of the row number."""
    number = np.arange(first, first + rows)
    if kind == "one id":
        return number * 7 % 100
    if kind == "sets":
        sizes = number % 11
        ids = [i for r, size in zip(number.tolist(), sizes.tolist(), strict=True) for i in range(r % 50, r % 50 + size)]
        return np.concatenate([[0], np.cumsum(sizes)]), np.array(ids, dtype=np.int64)
    return None


ROWS, K = 125_000, 5  # more than 2**19 ids: several chunks, so that threads share


def stream(name, replacement, threads=1):
    return make(name, WORKLOADS["zipf_1e4"].counts(), 11, 0.75, replacement=replacement, threads=threads)
